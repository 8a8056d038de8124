import { isBuiltin } from 'node:module'
import { type Clock, DomainctlError, systemClock } from '@domainctl/core'
import type { ProviderManifest } from '@domainctl/providers'
import type { Io } from '../io.ts'
import { nearest } from '../nearest.ts'
import { shortened } from '../output/text.ts'
import type { ConfiguredProvider } from './configured-provider.ts'
import type { ConfigFile } from './file.ts'
import { describeValue } from './problem.ts'
import { checkValues, hideSecret, resolveValues, valuesOf } from './provider-values.ts'
import { onceDone } from './waiting.ts'

/** A provider that domainctl does not come with: its code is loaded when it is shown or opened, and by no other command. */
export function fromPackage(
  name: string,
  type: string,
  written: Record<string, unknown>,
  file: ConfigFile,
  io: Pick<Io, 'env'>,
): ConfiguredProvider {
  const path = `providers.${shortened(name)}`
  let clock: Clock = systemClock()
  const load = onceDone(async (): Promise<ProviderManifest> => {
    const { loadProviderPackage } = await import('./provider-package.ts')
    const manifest = await loadProviderPackage(type, `${file.shown}: ${path}.type`, file, clock)
    const { foreign, told } = await import('./foreign-fault.ts')
    try {
      checkValues(manifest, written, file.shown, path)
    } catch (thrown) {
      // Its schema is code of theirs. Secrets have not been read yet.
      throw told(thrown, foreign(type, []))
    }
    return manifest
  })
  return {
    name,
    type,
    foreign: true,
    describe: async () => valuesOf(await load(), written, file).map(hideSecret),
    async open(runtime) {
      clock = runtime.clock
      const manifest = await load()
      const values = valuesOf(manifest, written, file)
      const given = await resolveValues(`providers.${name}`, values, file, io)
      const secrets = values.filter(({ secret }) => secret).map(({ option }) => String(given[option]))
      const [{ openGuarded }, { foreign }] = await Promise.all([import('./guarded-provider.ts'), import('./foreign-fault.ts')])
      return openGuarded(manifest, given, runtime, foreign(type, secrets))
    },
  }
}

/**
 * A package of npm, perhaps with a scope or a path in it, or a file beside the configuration. A name that begins with a hyphen
 * would be an option where it is typed after `npm install`, one with a tilde a home folder.
 */
const FOREIGN = /^((@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*(\/(?!\.\.?(\/|$))[\w.~-]+)*|\.\.?\/.+)$/

/**
 * Refuses a type that is neither one of ours nor one of somebody else that this configuration may load (ADR 10).
 * @param known types of ours
 * @throws DomainctlError `CONFIG_INVALID`
 */
export function refuseType(type: string, known: readonly string[], where: string, file: ConfigFile): void {
  // What is nearly one of ours is a slip: who has a package of such a name can name a file of it.
  const meant = nearest(type, known)
  if (!FOREIGN.test(type) || isBuiltin(type) || meant !== undefined) {
    throw new DomainctlError(
      'CONFIG_INVALID',
      `${where}: expected one of ${known.join(', ')} or the name of a package, found ${describeValue(type, false)}.`,
      {
        hint:
          meant === undefined ? 'Name a provider type that domainctl has, or a package that has one.' : `Did you mean ${meant}?`,
      },
    )
  }
  if (file.named) return
  throw new DomainctlError(
    'CONFIG_INVALID',
    `${where}: ${shortened(type)} is no provider that domainctl comes with (${known.join(', ')}), and code of others is loaded only from a configuration that is named.`,
    {
      hint: `If that is a package whose code you trust, name the configuration: --config ${file.shown} or DOMAINCTL_CONFIG=${file.shown}.`,
    },
  )
}
