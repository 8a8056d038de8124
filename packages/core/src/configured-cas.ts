import type { ExternalAccount } from './contracts/issuer.ts'
import type { CaOptions, DomainctlOptions } from './contracts/options.ts'
import type { Clock } from './contracts/runtime.ts'
import { type CaLimits, limitsOf } from './domain/ca-limits.ts'
import { ACCOUNT_NAME, DEFAULT_ACCOUNT } from './domain/ids.ts'
import { KNOWN_CAS, knownCa } from './domain/known-cas.ts'
import { withoutCredentials } from './domain/without-credentials.ts'
import { DomainctlError } from './errors.ts'

/** The CAs of the options, by the names that they have there, by known ones and by their directories. */
export interface ConfiguredCas {
  /** The directory URL of one CA. @throws `CONFIG_INVALID` */
  directoryUrl(named: string): string
  /** Those of one CA or several, each once. @throws `CONFIG_INVALID` */
  directoryUrls(named: string | readonly string[]): string[]
  /** Roots (PEM) for the TLS of the API at this directory; undefined: Node's own. */
  roots(directory: string): Promise<string | undefined>
  /** What the CA at this directory counts: what is known of it, and before that what was agreed with it. */
  limits(directory: string): CaLimits
  /** For each request to the API at this directory, in ms, where it was given. */
  timeoutMs(directory: string): number | undefined
  /** Whether {@link ConfiguredCas.externalAccount} would have to be asked for, which makes one. */
  hasAccountApi(directory: string): boolean
  /** The name of the account that is used there. */
  accountName(directory: string): string
  /**
   * What an account there is bound to, where it was given, or is to be had for an API key: then asked for once.
   * @throws `CONFIG_INVALID`, `CA_…`
   */
  externalAccount(directory: string, o: { signal: AbortSignal; clock: Clock }): Promise<ExternalAccount | undefined>
}

/**
 * Reads `account`, `cas` and `caRoots` of the options.
 * @throws `CONFIG_INVALID` for a CA without a directory, or one that two share, and for what is no name of an account
 */
export function configuredCas({
  account,
  cas = {},
  caRoots,
}: Pick<DomainctlOptions, 'account' | 'cas' | 'caRoots'>): ConfiguredCas {
  const known = (named: string) => (Object.hasOwn(KNOWN_CAS, named) ? KNOWN_CAS[named]?.directory : undefined)
  /** The CA counts how many it gives, and one may be used again. */
  const fetched = new Map<string, ExternalAccount>()
  const byDirectory = new Map<string, CaOptions & { name: string }>()
  for (const [name, options] of Object.entries(cas)) {
    const directory = options.directory ?? known(name)
    if (directory === undefined) throw withoutDirectory(name)
    checkTimeout(options, name)
    const other = byDirectory.get(checked(directory))
    if (other) throw sameDirectory(other.name, name, directory)
    checkLimits(name, options.limits)
    if (options.account !== undefined) checkedName(options.account)
    byDirectory.set(directory, { name, ...options })
    if (options.apiKey !== undefined) apiOf(name, options)
  }

  const usual = checkedName(account ?? DEFAULT_ACCOUNT)

  function directoryUrl(named: string): string {
    const own = Object.hasOwn(cas, named) ? cas[named]?.directory : undefined
    return checked(own ?? known(named) ?? named, Object.keys(cas))
  }

  return {
    directoryUrl,
    directoryUrls(named) {
      const urls = [...new Set((typeof named === 'string' ? [named] : named).map(directoryUrl))]
      if (urls.length > 0) return urls
      throw new DomainctlError('CONFIG_INVALID', 'No CA is named.', {
        hint: 'Leave it out, or name one such as letsencrypt.',
      })
    },
    async roots(directory) {
      const roots = byDirectory.get(directory)?.roots ?? caRoots
      return typeof roots === 'function' ? await roots() : roots
    },
    limits: (directory) => limitsOf(directory, byDirectory.get(directory)?.limits),
    accountName: (directory) => byDirectory.get(directory)?.account ?? usual,
    hasAccountApi: (directory) => {
      const { externalAccount, apiKey } = byDirectory.get(directory) ?? {}
      return externalAccount === undefined && apiKey !== undefined && !fetched.has(directory)
    },
    timeoutMs: (directory) => byDirectory.get(directory)?.timeoutMs,
    async externalAccount(directory, o) {
      const options = byDirectory.get(directory)
      const { name, externalAccount } = options ?? {}
      const given = typeof externalAccount === 'function' ? await externalAccount() : externalAccount
      if (given) return checkedAccount(given, name ?? directory)
      if (options?.apiKey === undefined) return undefined
      const account = fetched.get(directory) ?? (await fetchAccount(options, options.apiKey, await this.roots(directory), o))
      fetched.set(directory, account)
      return account
    },
  }
}

async function fetchAccount(
  { name, ...options }: CaOptions & { name: string },
  apiKey: string | (() => Promise<string>),
  caRoots: string | undefined,
  { signal, clock }: { signal: AbortSignal; clock: Clock },
): Promise<ExternalAccount> {
  const url = apiOf(name, options)
  const key = typeof apiKey === 'function' ? await apiKey() : apiKey
  const { fetchExternalAccount } = await import('./acme/external-account.ts')
  return fetchExternalAccount({ ca: name, url, apiKey: key, clock, ...(caRoots !== undefined && { caRoots }) }, signal)
}

/** @throws `CONFIG_INVALID` for a CA of which no such API is known */
function apiOf(name: string, { directory, externalAccountApi }: CaOptions): string {
  const known = Object.hasOwn(KNOWN_CAS, name) ? KNOWN_CAS[name] : undefined
  const api = externalAccountApi ?? (directory === undefined ? known : knownCa(directory))?.externalAccountApi
  if (api !== undefined) return api
  throw new DomainctlError('CONFIG_INVALID', `The CA ${JSON.stringify(name)} has an API key, and no API for it is known.`, {
    hint: 'Give the URL (externalAccountApi), or the key id and the HMAC key of an external account in its place.',
  })
}

function checked(url: string, own: readonly string[] = []): string {
  const why = refusalOf(url)
  if (why === null) return url
  throw new DomainctlError('CONFIG_INVALID', `${JSON.stringify(withoutCredentials(url))} is not a CA${why}.`, {
    hint: `Give the URL of its ACME directory, or one of: ${[...new Set([...own, ...Object.keys(KNOWN_CAS)])].join(', ')}.`,
  })
}

/** In ms: ten years. No CA counts for longer, and no calendar goes on for ever. */
const LONGEST_WINDOW = 3653 * 86_400_000

/** A limit of nothing in no time would let nothing through, or everything. */
function checkLimits(name: string, limits: CaLimits = {}): void {
  for (const [kind, limit] of Object.entries(limits)) {
    const { count, windowMs } = limit
    if (Number.isInteger(count) && count >= 1 && windowMs >= count && windowMs <= LONGEST_WINDOW) continue
    throw new DomainctlError('CONFIG_INVALID', `The limit ${kind} of the CA ${JSON.stringify(name)} cannot be one.`, {
      hint: 'Give a whole number of at least 1 (count), and the time in which so many may be had, in ms (windowMs), of ten years at most.',
    })
  }
}

function withoutDirectory(name: string): DomainctlError {
  return new DomainctlError('CONFIG_INVALID', `The CA ${JSON.stringify(name)} has no directory.`, {
    hint: `Give the URL of its ACME directory, or call it by a known name: ${Object.keys(KNOWN_CAS).join(', ')}.`,
  })
}

/** A timer of Node takes no longer one; it would fire at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1

function checkTimeout({ timeoutMs }: CaOptions, ca: string): void {
  if (timeoutMs === undefined || (timeoutMs > 0 && timeoutMs <= LONGEST_TIMEOUT)) return
  throw new DomainctlError('CONFIG_INVALID', `The time-out for the CA ${JSON.stringify(ca)} is ${timeoutMs}.`, {
    hint: `Give milliseconds from 1 to ${LONGEST_TIMEOUT}.`,
  })
}

/** Which of the two would count could only be guessed. */
function sameDirectory(one: string, other: string, directory: string): DomainctlError {
  const names = `${JSON.stringify(one)} and ${JSON.stringify(other)}`
  return new DomainctlError('CONFIG_INVALID', `The CAs ${names} have the same directory, ${directory}.`, {
    hint: 'Put what is to be known of it under one name.',
  })
}

/** Both are given as texts (RFC 8555 §7.3.4); the key is base64url, and some websites show it with padding. */
function checkedAccount({ kid, hmacKey }: ExternalAccount, ca: string): ExternalAccount {
  const key = hmacKey.trim().replace(/=+$/, '')
  const why = kid.trim() === '' ? 'the key id is empty' : /^[\w-]{16,}$/.test(key) ? null : 'the HMAC key is not base64url'
  if (why === null) return { kid: kid.trim(), hmacKey: key }
  throw new DomainctlError('CONFIG_INVALID', `The external account for ${ca} cannot be used: ${why}.`, {
    hint: 'Copy both as the website of the CA shows them.',
  })
}

function checkedName(name: string): string {
  if (ACCOUNT_NAME.test(name)) return name
  throw new DomainctlError('CONFIG_INVALID', `${JSON.stringify(name)} is no name of an account.`, {
    hint: 'Use up to 63 letters, digits, ., _ and -, beginning with a letter or a digit.',
  })
}

/** Why a URL cannot be that of an ACME directory; null where it can. */
function refusalOf(url: string): string | null {
  if (!URL.canParse(url)) return ''
  const { protocol, username, password, hash } = new URL(url)
  if (!/^https?:$/.test(protocol)) return ''
  // An account at a CA is its key (RFC 8555 §6.2); the URL is kept with each certificate, and shown.
  if (username !== '' || password !== '') return ': its URL has a user or a password, which ACME knows nothing of'
  return hash === '' ? null : ': its URL has a fragment (#), which no server ever sees'
}
