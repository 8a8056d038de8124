import { dirname } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import type { z } from 'zod'
import type { Io } from '../io.ts'
import type { ConfigFile } from './file.ts'
import { type ConfigFault, describeValue, unknownKey, wrongValue } from './problem.ts'
import { REFERENCE, resolveReference } from './secret.ts'

/** One value of a provider, as `config show` prints it. */
export interface ProviderValue {
  option: string
  /** Absent for a secret: it is not even read for showing. */
  value?: unknown
  secret: boolean
  source: string
}

/** What a manifest says of the options of a provider, of a target or of a channel. */
interface Described {
  readonly schema: z.ZodObject
  readonly options: Readonly<Record<string, { env?: string; secret?: true; help: string; example: string }>>
}

/** The values that the file has, with what the manifest says of each. */
export function valuesOf(manifest: Described, written: Record<string, unknown>, file: ConfigFile): ProviderValue[] {
  return Object.entries(written).map(([option, value]) => ({
    option,
    value,
    secret: manifest.options[option]?.secret ?? false,
    source: file.shown,
  }))
}

/**
 * The values by option, with what references to secrets stand for.
 * @param path of what they belong to, in the file
 * @throws DomainctlError `CONFIG_INVALID` for one that leads nowhere
 */
export async function resolveValues(
  path: string,
  values: readonly ProviderValue[],
  file: ConfigFile,
  io: Pick<Io, 'env'>,
): Promise<Record<string, unknown>> {
  const given: Record<string, unknown> = {}
  for (const { option, value, secret } of values) {
    const where = `${file.shown}: ${path}.${option}`
    given[option] = secret ? await resolveReference(String(value), where, dirname(file.path), io.env) : value
  }
  return given
}

/**
 * Keys and values against the manifest; of a secret only that it is a reference.
 * @throws DomainctlError `CONFIG_INVALID` for what is wrong first
 */
export function checkValues(
  manifest: Described,
  values: Record<string, unknown>,
  file: string,
  path: string,
  others: readonly string[] = [],
): void {
  for (const { error } of faultsInValues(manifest, values, file, path, others)) throw error
}

/** All that is wrong with them; `path` of a fault is the option alone. */
export function* faultsInValues(
  manifest: Described,
  values: Record<string, unknown>,
  file: string,
  path: string,
  others: readonly string[] = [],
): Generator<ConfigFault> {
  const known = Object.keys(manifest.options)
  for (const option of Object.keys(values).filter((option) => !known.includes(option))) {
    yield { path: [option], error: unknownKey(file, `${path}.${option}`, ['type', ...known, ...others]) }
  }
  for (const [option, { secret = false }] of Object.entries(manifest.options)) {
    const value = Object.hasOwn(values, option) ? values[option] : undefined
    const where = `${file}: ${path}.${option}`
    if (secret && value !== undefined) {
      if (typeof value === 'string' && REFERENCE.test(value)) continue
      const expected = 'a reference to the secret (env:NAME or file:PATH)'
      yield { path: [option], error: wrongValue(where, expected, describeValue(value, true)) }
      continue
    }
    const checked = manifest.schema.shape[option]?.safeParse(value)
    if (checked === undefined || checked.success) continue
    const help = manifest.options[option]
    const problem = checked.error.issues[0]?.message ?? 'is wrong'
    const error = new DomainctlError('CONFIG_INVALID', `${where} ${problem}; found ${describeValue(value, secret)}.`, {
      hint: `${help?.help ?? ''} Such as ${secret ? `env:${help?.env ?? 'NAME'}` : (help?.example ?? '')}`,
    })
    yield { path: [option], error }
  }
}

export function hideSecret({ option, value, secret, source }: ProviderValue): ProviderValue {
  return secret ? { option, secret, source } : { option, value, secret, source }
}
