import type { SandboxRuntime } from '../../runtime.ts'
import type { GoDaddyCredentials, GoDaddyOperation, GoDaddyPolicy } from './godaddy-api.ts'
import { accessDenied, malformedCredentials, missingCredentials, unableToAuthenticate } from './refusal.ts'

/** The keys that are known. */
export interface Keys {
  /**
   * Who asks, by the header `Authorization: sso-key KEY:SECRET` (https://developer.godaddy.com/getstarted).
   * @throws GoDaddyRefusal 401
   */
  read(authorization: string | undefined): Key
  add(policy: GoDaddyPolicy): GoDaddyCredentials
}

/** A key that has shown its secret. */
export interface Key {
  readonly apiKey: string
  readonly policy: GoDaddyPolicy
}

/** @param first a key that may do everything */
export function createKeys(first: GoDaddyCredentials, runtime: SandboxRuntime): Keys {
  const keys = new Map<string, { secret: string; policy: GoDaddyPolicy }>()
  const put = (credentials: GoDaddyCredentials, policy: GoDaddyPolicy): GoDaddyCredentials => {
    keys.set(credentials.apiKey, { secret: credentials.apiSecret, policy })
    return credentials
  }
  put(first, {})
  return {
    read(authorization) {
      if (authorization === undefined || authorization === '') throw missingCredentials()
      const [, apiKey, secret] = /^sso-key ([^\s:]+):([^\s:]+)$/.exec(authorization) ?? []
      if (apiKey === undefined) throw malformedCredentials()
      const known = keys.get(apiKey)
      if (!known || known.secret !== secret) throw unableToAuthenticate()
      return { apiKey, policy: known.policy }
    },
    add: (policy) => put(newGoDaddyCredentials(runtime), policy),
  }
}

/**
 * Whether a key may do this at all.
 * @param isRRset whether it is about one type of records at one name
 * @throws GoDaddyRefusal 403
 */
export function checkAccess({ policy }: Key, operation: GoDaddyOperation, isRRset: boolean): void {
  const { reads = 'all', writes = 'all' } = policy
  const isRead = operation === 'listDomains' || operation === 'getDomain' || operation === 'getRecords'
  const mayRead = reads === 'all' || (reads === 'rrsets' && isRRset)
  if (isRead ? !mayRead : writes === 'none') throw accessDenied()
}

/** A new key and its secret: letters and digits. */
export function newGoDaddyCredentials(runtime: SandboxRuntime): GoDaddyCredentials {
  return { apiKey: newText(35, runtime), apiSecret: newText(22, runtime) }
}

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function newText(length: number, { random }: SandboxRuntime): string {
  return Array.from(random.bytes(length), (octet) => CHARACTERS[octet % CHARACTERS.length]).join('')
}
