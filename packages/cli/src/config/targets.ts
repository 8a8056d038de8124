import type { ConfiguredTarget, DeployTarget, DomainctlError } from '@domainctl/core'
import { type RegisteredTarget, type TargetManifest, targets } from '@domainctl/providers'
import type { Io } from '../io.ts'
import { nearest } from '../nearest.ts'
import { shortened } from '../output/text.ts'
import { parseDuration } from '../time.ts'
import type { ConfigFile } from './file.ts'
import { describeValue, wrongValue } from './problem.ts'
import { checkValues, hideSecret, type ProviderValue, resolveValues, valuesOf } from './provider-values.ts'
import { onceDone } from './waiting.ts'

const REGISTRY: Readonly<Record<string, RegisteredTarget>> = targets

/** What every target has beside the options of its type. */
const PROOF = ['proveAt', 'proveNames', 'proveTimeout']

/** A target of the configuration file. */
export interface WrittenTarget {
  type: string
  proveAt?: string[] | undefined
  proveNames?: 'primary' | 'all' | undefined
  /** A duration. */
  proveTimeout?: string | undefined
  [option: string]: unknown
}

/** A target as `config show` prints it, and as the engine takes it. */
export interface TargetOfFile {
  name: string
  type: string
  describe(): ProviderValue[]
  configured: ConfiguredTarget
}

/**
 * Targets of a configuration file. Keys and values are checked now, secrets are looked up when the target is used.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export async function targetsFromFile(
  written: Record<string, WrittenTarget>,
  file: ConfigFile,
  io: Pick<Io, 'env'>,
  runtime: Parameters<TargetManifest['create']>[1],
): Promise<Map<string, TargetOfFile>> {
  const found = new Map<string, TargetOfFile>()
  for (const [name, { type, proveAt, proveNames, proveTimeout, ...values }] of Object.entries(written)) {
    const path = `targets.${shortened(name)}`
    const registered = Object.hasOwn(REGISTRY, type) ? REGISTRY[type] : undefined
    if (registered === undefined) throw unknownType(`${file.shown}: ${path}.type`, type)
    const { manifest } = await registered.load()
    checkValues(manifest, values, file.shown, path, PROOF)
    const given = valuesOf(manifest, values, file)
    const proof = { proveAt, proveNames, proveTimeout }
    found.set(name, {
      name,
      type,
      describe: () => [...given.map(hideSecret), ...shownProof(proof, file)],
      configured: {
        target: lazyTarget(async () => manifest.create(await resolveValues(`targets.${name}`, given, file, io), runtime)),
        ...(proveAt && { proveAt }),
        ...(proveNames && { proveNames }),
        ...(proveTimeout !== undefined && { proveTimeoutMs: parseDuration(proveTimeout) ?? 0 }),
      },
    })
  }
  return found
}

function shownProof(proof: Record<string, unknown>, { shown: source }: ConfigFile): ProviderValue[] {
  return Object.entries(proof).flatMap(([option, value]) =>
    value === undefined ? [] : [{ option, value, secret: false, source }],
  )
}

function unknownType(where: string, type: string): DomainctlError {
  const known = Object.keys(REGISTRY)
  const meant = nearest(type, known)
  const guess = meant === undefined ? '' : ` (did you mean ${meant}?)`
  return wrongValue(where, `the type of a target (${known.join(', ')})`, `${describeValue(type, false)}${guess}`)
}

/** A target that is made by the first call that needs it. */
function lazyTarget(open: () => Promise<DeployTarget>): DeployTarget {
  const opening = onceDone(open)
  let opened: DeployTarget | undefined
  return {
    async deploy(certificate, o) {
      opened = await opening()
      return opened.deploy(certificate, o)
    },
    close: async () => opened?.close?.(),
  }
}
