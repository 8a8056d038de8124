import { DomainctlError } from '@domainctl/core'
import type { SandboxRuntime } from '../../runtime.ts'
import type { CloudflareCredentials, CloudflareScope } from './cloudflare-api.ts'
import { newId } from './ids.ts'
import { CloudflareRefusal, forbidden, invalidHeaders } from './refusal.ts'

/** A token and what it may do. */
export interface Token {
  readonly id: string
  readonly scope: CloudflareScope
}

/** The API tokens of the user. */
export interface Tokens {
  /**
   * Whose token a request has.
   * @throws CloudflareRefusal for none, for one that is none, and for one that nobody has
   */
  of(headers: Headers): Token
  /** The same for Verify Token, which also knows those that are good no more, and has other words for those that nobody has. */
  known(headers: Headers): Token
  add(scope: CloudflareScope): CloudflareCredentials
  /** @throws DomainctlError `USAGE` for a token that nobody has */
  revoke(credentials: CloudflareCredentials): void
}

/**
 * Tokens have 40 characters, an API key has 37 and is refused in their place
 * (https://github.com/kissgyorgy/cloudflare-dyndns/issues/40, https://github.com/putyourlightson/craft-cloudflare/issues/88).
 */
const TOKEN = /^Bearer ([A-Za-z0-9_-]{40})$/

/** @param first a token that may do everything */
export function createTokens(first: CloudflareCredentials, runtime: SandboxRuntime): Tokens {
  const tokens = new Map<string, Token>()
  const put = (credentials: CloudflareCredentials, scope: CloudflareScope): CloudflareCredentials => {
    tokens.set(credentials.apiToken, { id: newId(runtime), scope })
    return credentials
  }
  put(first, {})
  /** Undefined for one that nobody has. */
  function tokenIn(headers: Headers): Token | undefined {
    // Keys of the whole account are not given out here, and whatever came is none. They are looked at first, even when a
    // token stands beside them (https://github.com/cloudflare/cloudflare-php/issues/65).
    if (headers.has('x-auth-email') || headers.has('x-auth-key')) {
      throw invalidHeaders(6103, 'Invalid format for X-Auth-Key header')
    }
    const authorization = headers.get('authorization')
    if (authorization === null) {
      // https://github.com/cloudflare/cloudflare-python/issues/2678
      const message = 'Missing X-Auth-Key, X-Auth-Email or Authorization headers'
      throw new CloudflareRefusal(400, [{ code: 9106, message }])
    }
    const apiToken = TOKEN.exec(authorization)?.[1]
    if (apiToken === undefined) throw invalidHeaders(6111, 'Invalid format for Authorization header')
    return tokens.get(apiToken)
  }

  return {
    of(headers) {
      const token = tokenIn(headers)
      // Nobody has told the words for these; they are those for a token that is gone.
      if (token === undefined || statusOf(token, runtime.clock.now()) !== 'active') throw invalidToken()
      return token
    },
    known(headers) {
      const token = tokenIn(headers)
      if (token === undefined) throw unknownHere()
      return token
    },
    add(scope) {
      if (scope.expiresOn !== undefined && Number.isNaN(scope.expiresOn.getTime())) {
        throw new DomainctlError('USAGE', 'The token ends at no time.', { hint: 'Give a Date for expiresOn, or nothing.' })
      }
      return put(newCloudflareCredentials(runtime), scope)
    },
    revoke({ apiToken }) {
      if (tokens.delete(apiToken)) return
      throw new DomainctlError('USAGE', 'There is no such token.', { hint: 'Give what addToken, or options, gave.' })
    },
  }
}

/** https://github.com/home-assistant/addons/issues/3243, and its status: https://github.com/khuedoan/homelab/issues/108 */
function invalidToken(): CloudflareRefusal {
  return forbidden(9109, 'Invalid access token')
}

/** Of Verify Token: the code is that of the example in the documentation, the words are those that clients have met. */
function unknownHere(): CloudflareRefusal {
  return new CloudflareRefusal(401, [{ code: 1000, message: 'Invalid API Token' }])
}

/**
 * Verify Token (https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/), at the place of those
 * who own tokens.
 * @param owner of the place
 * @throws CloudflareRefusal 401 for the token of another owner (https://github.com/benvinegar/counterscale/pull/268; for a user's
 *   at an account nobody has told it)
 */
export function verified({ id, scope }: Token, owner: 'user' | 'account', now: Date): { result: object; messages: object[] } {
  if ((scope.owner ?? 'user') !== owner) throw unknownHere()
  const status = statusOf({ id, scope }, now)
  return {
    result: { id, status, ...(scope.expiresOn && { expires_on: scope.expiresOn.toISOString() }) },
    // https://github.com/putyourlightson/craft-cloudflare/issues/88; none is known for the others.
    messages: status === 'active' ? [{ code: 10_000, message: 'This API Token is valid and active', type: null }] : [],
  }
}

function statusOf({ scope }: Token, now: Date): 'active' | 'disabled' | 'expired' {
  if (scope.isDisabled) return 'disabled'
  return scope.expiresOn !== undefined && scope.expiresOn.getTime() <= now.getTime() ? 'expired' : 'active'
}

/** What zones say of the rights of a token. */
export function permissionsOf({ scope }: Token): readonly string[] {
  return [...(scope.dns === 'read' ? [] : ['#dns_records:edit']), '#dns_records:read', '#zone:read']
}

/** A new token, as those of Cloudflare look. */
export function newCloudflareCredentials({ random }: SandboxRuntime): CloudflareCredentials {
  return { apiToken: Buffer.from(random.bytes(30)).toString('base64url') }
}

/**
 * A token for some zones alone cannot list zones, or ask for one by a name that it may not see
 * (https://github.com/certbot/certbot/pull/8015, https://github.com/TimothyYe/godns/pull/83).
 */
export function mayNotList({ id }: Token): CloudflareRefusal {
  const permission = "requires permission 'com.cloudflare.api.account.zone.list' to list zones"
  return forbidden(0, `Actor 'com.cloudflare.api.token.${id}' ${permission}`)
}

/** https://github.com/octodns/octodns-cloudflare/issues/60 */
export function mayNotSeeZone(): CloudflareRefusal {
  return forbidden(9109, 'Unauthorized to access requested resource')
}

/** Of records, to see or to change: https://github.com/traefik/traefik/issues/9522 */
export function mayNotTouchRecords(): CloudflareRefusal {
  return forbidden(10_000, 'Authentication error')
}

/**
 * Whether a token may see a zone.
 * @param ownAccount the one that owns tokens
 */
export function maySee({ scope }: Token, zone: { id: string; account: { id: string } }, ownAccount: string): boolean {
  if (scope.owner === 'account' && zone.account.id !== ownAccount) return false
  return scope.zones?.includes(zone.id) ?? true
}
