import { dirname, resolve } from 'node:path'
import { type CaLimits, type CaOptions, DomainctlError, KNOWN_CAS } from '@domainctl/core'
import { isCaUrl } from '../forms.ts'
import type { Io } from '../io.ts'
import { nearest } from '../nearest.ts'
import { parseDuration } from '../time.ts'
import { readCaRoots } from './ca-roots.ts'
import type { WrittenCa } from './ca-schema.ts'
import type { ConfigFile } from './file.ts'
import { describeValue, wrongValue } from './problem.ts'
import { resolveReference } from './secret.ts'

/** The CAs of a configuration file as the engine takes them; secrets and roots are read when they are needed. */
export function casFromFile(
  written: Record<string, WrittenCa>,
  file: ConfigFile,
  io: Pick<Io, 'env'>,
): Record<string, CaOptions> {
  const folder = dirname(file.path)
  return Object.fromEntries(
    Object.entries(written).map(
      ([name, { directory, root, account, eabKid, eabHmacKey, apiKey, externalAccountApi, limits, timeout }]): [
        string,
        CaOptions,
      ] => [
        name,
        {
          ...(directory !== undefined && { directory }),
          ...(limits !== undefined && { limits: limitsFrom(limits) }),
          ...(root !== undefined && { roots: () => readCaRoots(resolve(folder, root), `cas.${name}.root`) }),
          ...(account !== undefined && { account }),
          ...(timeout !== undefined && { timeoutMs: parseDuration(timeout) ?? 0 }),
          ...(eabKid !== undefined &&
            eabHmacKey !== undefined && {
              externalAccount: async () => ({
                kid: eabKid,
                hmacKey: await resolveReference(eabHmacKey, `${file.shown}: cas.${name}.eabHmacKey`, folder, io.env),
              }),
            }),
          ...(apiKey !== undefined && {
            apiKey: () => resolveReference(apiKey, `${file.shown}: cas.${name}.apiKey`, folder, io.env),
          }),
          ...(externalAccountApi !== undefined && { externalAccountApi }),
        },
      ],
    ),
  )
}

/** As the engine takes them: the schema has seen that each duration is one. */
function limitsFrom(written: NonNullable<WrittenCa['limits']>): CaLimits {
  return Object.fromEntries(
    Object.entries(written).map(([kind, { count, per }]) => [kind, { count, windowMs: parseDuration(per) ?? 0 }]),
  )
}

/** Without what is said of the accounts of single CAs: a name that was typed or set for this call goes before it. */
export function withoutAccounts(written: Record<string, WrittenCa>): Record<string, WrittenCa> {
  return Object.fromEntries(Object.entries(written).map(([name, { account: _, ...rest }]) => [name, rest]))
}

/** The directory that a CA of the file has by itself or by a known name. */
function directoryOf(name: string, directory?: string): string | undefined {
  if (directory !== undefined) return directory
  return Object.hasOwn(KNOWN_CAS, name) ? KNOWN_CAS[name]?.directory : undefined
}

/**
 * What the schema cannot see: a name that is neither known nor has a directory, and two names for one CA.
 * @param shown the file, for messages. @throws DomainctlError `CONFIG_INVALID`
 */
export function checkCasOfFile(written: Record<string, WrittenCa>, shown: string): void {
  const names = new Map<string, string>()
  for (const [name, { directory: own }] of Object.entries(written)) {
    const directory = directoryOf(name, own)
    if (directory === undefined) {
      const known = Object.keys(KNOWN_CAS)
      const meant = nearest(name, known)
      const guess = meant === undefined ? '' : ` (did you mean ${meant}?)`
      throw wrongValue(`${shown}: cas.${name}`, `one of ${known.join(', ')}, or a mapping with a directory`, `neither${guess}`)
    }
    const other = names.get(directory)
    if (other !== undefined) throw wrongValue(`${shown}: cas.${name}`, 'a directory that no other CA has', `that of cas.${other}`)
    names.set(directory, name)
  }
}

/** The settings that say what the external account is, each with where it comes from. */
export interface AccountSettings {
  eabKid: string | undefined
  eabHmacKey: string | undefined
  /** They were not typed or set for this call: they stand in the file, where what is said of the one CA goes before them. */
  isOfFile: boolean
}

/**
 * The external account of the settings, which says nothing of whose it is: it belongs to the one CA.
 * @throws DomainctlError `CONFIG_INVALID` when there are several, or a half of it is missing
 */
export function withExternalAccount(
  cas: Record<string, CaOptions>,
  used: readonly string[],
  { eabKid, eabHmacKey, isOfFile }: AccountSettings,
): Record<string, CaOptions> {
  if (eabKid === undefined && eabHmacKey === undefined) return cas
  const [ca = '', ...others] = used
  if (eabKid === undefined || eabHmacKey === undefined) {
    const [given, missing] = eabKid === undefined ? ['eabHmacKey', 'eabKid'] : ['eabKid', 'eabHmacKey']
    throw new DomainctlError('CONFIG_INVALID', `${given} is set and ${missing} is not.`, {
      hint: 'An external account has both: a key id and an HMAC key.',
    })
  }
  if (others.length > 0) {
    throw new DomainctlError('CONFIG_INVALID', `eabKid is set, and there are several CAs (${used.join(', ')}).`, {
      hint: 'Say in the configuration file whose it is: cas: { NAME: { eabKid, eabHmacKey } }.',
    })
  }
  const directory = isCaUrl(ca) ? ca : directoryOf(ca, cas[ca]?.directory)
  // The file may know the same CA by another name.
  const [name, there] = Object.entries(cas).find(([name, one]) => directoryOf(name, one.directory) === directory) ?? [ca, {}]
  const externalAccount = { kid: eabKid, hmacKey: eabHmacKey }
  const own = isCaUrl(name) ? { directory: name } : {}
  return { ...cas, [name]: isOfFile ? { ...own, externalAccount, ...there } : { ...own, ...there, externalAccount } }
}

/**
 * The API key of the settings, for ZeroSSL, by whatever name the file knows it.
 * @param isOfFile it stands in the file, where what is said of the one CA goes before it
 */
export function withZerosslKey(
  cas: Record<string, CaOptions>,
  { zerosslApiKey, isOfFile }: { zerosslApiKey: string | undefined; isOfFile: boolean },
): Record<string, CaOptions> {
  if (zerosslApiKey === undefined) return cas
  const directory = directoryOf('zerossl')
  const [name, there] = Object.entries(cas).find(([name, one]) => directoryOf(name, one.directory) === directory) ?? [
    'zerossl',
    {},
  ]
  return { ...cas, [name]: isOfFile ? { apiKey: zerosslApiKey, ...there } : { ...there, apiKey: zerosslApiKey } }
}

/** What is wrong with the name of a CA; null when it is one that is known or configured. */
export function unknownCa(named: string, own: readonly string[]): { expected: string; found: string } | null {
  const names = [...new Set([...Object.keys(KNOWN_CAS), ...own])]
  if (names.includes(named) || isCaUrl(named)) return null
  const meant = nearest(named, names)
  const expected = `${names.join(', ')} or the http(s) URL of an ACME directory`
  return { expected, found: `${describeValue(named, false)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}` }
}
