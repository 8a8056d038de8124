import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Clock, DomainctlError } from '@domainctl/core'
import { type ProviderManifest, providers } from '@domainctl/providers'
import { resolve as resolveModule } from 'import-meta-resolve'
import * as z from 'zod'
import { shortened } from '../output/text.ts'
import type { ConfigFile } from './file.ts'
import { firstLine } from './first-line.ts'
import { within } from './waiting.ts'

// Providers that domainctl does not come with: ADR 10.

/** How long a package may take for what it does when it is imported. */
const LONGEST_LOAD_MS = 30_000

const isFunction = (value: unknown): boolean => typeof value === 'function'

/** What a manifest has to be, asked without regard to the copies of packages that it was made by. */
const MANIFEST = z.looseObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'has to be lower-case letters, digits and hyphens'),
  title: z.string().min(1),
  help: z.string(),
  options: z.record(
    z.string(),
    z.looseObject({ help: z.string(), example: z.string(), secret: z.boolean().optional(), env: z.string().optional() }),
  ),
  docs: z.string().optional(),
  schema: z.looseObject({ shape: z.custom<object>((shape) => typeof shape === 'object' && shape !== null) }),
  create: z.custom(isFunction, 'has to be a function'),
})

/**
 * Loads the provider that a configuration names by its package or its file, as an import in the folder of that configuration
 * would find it.
 * @param where the file and the path in it, for messages
 * @throws DomainctlError `CONFIG_INVALID` when it is not there, cannot be loaded or exports no good `manifest`
 */
export async function loadProviderPackage(
  type: string,
  where: string,
  file: ConfigFile,
  clock: Clock,
): Promise<ProviderManifest> {
  const url = urlOf(type, where, file)
  const shown = shortened(type)
  let module: { manifest?: unknown }
  try {
    refuseSpecialFile(url)
    module = await within(LONGEST_LOAD_MS, clock, import(url), () => {
      throw new Error('it is not done with that after 30 seconds')
    })
  } catch (cause) {
    throw new DomainctlError('CONFIG_INVALID', `${where}: ${shown} cannot be loaded: ${firstLine(cause)}.`, {
      hint: 'It has to be a module that this Node can run, with all that it imports installed and, where it needs that, built.',
      cause,
    })
  }
  const problem = problemIn(module)
  if (problem === undefined) return module.manifest as ProviderManifest
  throw new DomainctlError('CONFIG_INVALID', `${where}: ${shown} is no provider for domainctl: ${problem}.`, {
    hint: 'It has to export a `manifest` made by defineProvider of @domainctl/providers (docs/providers/writing.md).',
  })
}

/** A pipe into which nobody writes would be waited for for ever. What is not there is told by the loading. */
function refuseSpecialFile(url: string): void {
  const path = fileURLToPath(url)
  if (existsSync(path) && !statSync(path).isFile()) throw new Error('it is no regular file')
}

function urlOf(type: string, where: string, file: ConfigFile): string {
  const shown = shortened(type)
  const folder = dirname(file.path)
  if (/^\.\.?\//.test(type)) {
    const path = resolve(folder, type)
    if (existsSync(path)) return pathToFileURL(path).href
    throw new DomainctlError('CONFIG_INVALID', `${where} names the file ${shortened(path)}, which is not there.`, {
      hint: 'Paths start from the folder of the configuration file.',
    })
  }
  try {
    // Node's own import.meta.resolve takes no other folder than that of the running file, and require.resolve goes by other
    // conditions of a package's exports.
    return resolveModule(type, pathToFileURL(file.path).href)
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) {
      throw new DomainctlError('CONFIG_INVALID', `${where}: ${shown} cannot be loaded: ${firstLine(cause)}.`, {
        hint: `Look at the package.json of ${shown}, or ask its makers.`,
        cause,
      })
    }
    throw new DomainctlError('CONFIG_INVALID', `${where}: the package ${shown} is not installed for ${folder}.`, {
      hint: `Install it there: npm install ${shortened(packageOf(type))}`,
      cause,
    })
  }
}

/** Without the path in it: npm would take that for a repository of GitHub. */
function packageOf(type: string): string {
  return /^(@[^/]+\/)?[^/]+/.exec(type)?.[0] ?? type
}

function problemIn(module: { manifest?: unknown }): string | undefined {
  try {
    return problemOf(module.manifest)
  } catch {
    return 'its manifest cannot be read'
  }
}

/** What is wrong with the manifest; undefined for nothing. */
function problemOf(manifest: unknown): string | undefined {
  if (manifest === undefined) return 'it exports no manifest'
  const checked = MANIFEST.safeParse(manifest)
  if (!checked.success) {
    const { path = [], message = '' } = checked.error.issues[0] ?? {}
    return `${['manifest', ...path].join('.')}: ${message}`
  }
  const { name, options, schema } = checked.data
  if (Object.hasOwn(providers, name)) return `its name ${name} is that of a provider that domainctl comes with`
  if (Object.hasOwn(options, 'type')) return 'its option type cannot be given, since every provider has a type'
  const keys = Object.keys(options)
  const unlike = [
    ...keys.filter((key) => !Object.hasOwn(schema.shape, key)),
    ...Object.keys(schema.shape).filter((key) => !keys.includes(key)),
  ]
  if (unlike.length > 0) return `the options and the schema of its manifest do not have the same keys (${unlike.join(', ')})`
  const unchecked = keys.find((key) => !isFunction(Reflect.get(schema.shape, key)?.safeParse))
  return unchecked === undefined ? undefined : `the schema of its option ${unchecked} is none of zod`
}
