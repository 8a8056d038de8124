import type { IssuerAuthorization, IssuerOrder } from '../contracts/issuer.ts'
import { LONGEST_TOKEN } from '../domain/http-challenge.ts'
import type { Answer } from './answer.ts'
import { linksOf } from './link.ts'
import { printable } from './printable.ts'
import { isRecord, parseProblem } from './problem.ts'
import { malformed } from './refusal.ts'
import { parseRetryAfter } from './retry-after.ts'

const ORDER_STATUSES = ['pending', 'ready', 'processing', 'valid', 'invalid'] as const
const AUTHORIZATION_STATUSES = ['pending', 'valid', 'invalid', 'deactivated', 'expired', 'revoked'] as const
const CHALLENGE_STATUSES = ['pending', 'processing', 'valid', 'invalid'] as const

/**
 * Reads an order (RFC 8555 §7.1.3).
 * @param url of the order, which only the answer to newOrder carries (as its Location)
 * @throws DomainctlError `CA_REFUSED` when the CA sent something else
 */
export function parseOrder(answer: Answer, url: string, now: Date): IssuerOrder {
  const order = new Resource(answer, 'an order', answer.data)
  const problem = parseProblem(order.optional('error'), answer.status)
  return {
    url,
    status: order.oneOf('status', ORDER_STATUSES),
    names: order.list('identifiers').map((identifier) => identifier.text('value').toLowerCase()),
    authorizations: order.urls('authorizations'),
    finalizeUrl: order.url('finalize'),
    ...order.optionalDate('expires'),
    ...(order.has('certificate') ? { certificateUrl: order.url('certificate') } : {}),
    ...(problem ? { error: problem } : {}),
    ...retryAfterOf(answer, now),
  }
}

/** What answers a challenge, from its token (RFC 8555 §8.1, §8.4). */
export interface ChallengeAnswers {
  keyAuthorization(token: string): string
  /** The value of the TXT record. */
  txtValue(token: string): string
}

/**
 * Reads an authorization (RFC 8555 §7.1.4).
 * @throws DomainctlError `CA_REFUSED` when the CA sent something else
 */
export function parseAuthorization(answer: Answer, answers: ChallengeAnswers, now: Date): IssuerAuthorization {
  const authorization = new Resource(answer, 'an authorization', answer.data)
  const challenges = authorization.list('challenges').map((challenge) => ({ type: challenge.text('type'), challenge }))
  const offered = (wanted: string) => challenges.find(({ type }) => type === wanted)?.challenge
  const dns01 = offered('dns-01')
  const http01 = offered('http-01')
  return {
    url: answer.url,
    status: authorization.oneOf('status', AUTHORIZATION_STATUSES),
    identifier: authorization.nested('identifier').text('value').toLowerCase(),
    wildcard: authorization.optional('wildcard') === true,
    ...authorization.optionalDate('expires'),
    ...(dns01 ? { dns01: parseDns01(dns01, answer, answers) } : {}),
    ...(http01 ? { http01: parseHttp01(http01, answer, answers) } : {}),
    ...retryAfterOf(answer, now),
  }
}

function parseDns01(
  challenge: Resource,
  answer: Answer,
  { txtValue }: ChallengeAnswers,
): NonNullable<IssuerAuthorization['dns01']> {
  const { token, ...rest } = parseChallenge(challenge, answer)
  return { ...rest, txtValue: txtValue(token) }
}

function parseHttp01(
  challenge: Resource,
  answer: Answer,
  { keyAuthorization }: ChallengeAnswers,
): NonNullable<IssuerAuthorization['http01']> {
  const { token, ...rest } = parseChallenge(challenge, answer)
  // It becomes the name of a file and a key of the state.
  if (token.length > LONGEST_TOKEN) throw malformed(answer.url, `sent a challenge with a token of ${token.length} characters`)
  return { ...rest, token, keyAuthorization: keyAuthorization(token) }
}

function parseChallenge(challenge: Resource, answer: Answer) {
  const token = challenge.text('token')
  // A token goes into a hash and a path; §8.1 allows the base64url alphabet alone, so that it cannot say anything else there.
  if (!/^[A-Za-z0-9_-]+$/.test(token)) throw malformed(answer.url, 'sent a challenge with a token that is not base64url')
  const problem = parseProblem(challenge.optional('error'), answer.status)
  return {
    url: challenge.url('url'),
    status: challenge.oneOf('status', CHALLENGE_STATUSES),
    token,
    ...(problem ? { error: problem } : {}),
  }
}

/** A page of an account's orders (RFC 8555 §7.1.2.1) and the URL of the next page. */
export function parseOrderList(answer: Answer): { urls: string[]; next?: string } {
  const urls = new Resource(answer, 'a list of orders', answer.data).urls('orders')
  const [next] = linksOf(answer, 'next')
  return { urls, ...(next !== undefined && { next }) }
}

/** An account (RFC 8555 §7.1.2), reduced to what we look at. */
export function parseAccount(answer: Answer): { status: string; contact: string[]; ordersUrl?: string } {
  const account = new Resource(answer, 'an account', answer.data)
  const contact = account.optional('contact')
  return {
    status: printable(account.text('status')),
    contact: Array.isArray(contact) ? contact.filter((url) => typeof url === 'string').map(printable) : [],
    ...(account.has('orders') ? { ordersUrl: account.url('orders') } : {}),
  }
}

/** The Location of what a POST made. */
export function parseLocation(answer: Answer, subject: string): string {
  const location = answer.headers.location
  if (location === undefined || !URL.canParse(location, answer.url))
    throw malformed(answer.url, `made ${subject} but did not say where it is`)
  return new URL(location, answer.url).href
}

/** `Retry-After` of an answer, ready to be spread into a result. */
export function retryAfterOf(answer: Answer, now: Date): { retryAfterMs?: number } {
  const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], now)
  return retryAfterMs === undefined ? {} : { retryAfterMs }
}

/** An object of JSON whose members are what they have to be, or else `CA_REFUSED` that names the member. */
class Resource {
  readonly #answer: Answer
  readonly #what: string
  readonly #members: Record<string, unknown>

  constructor(answer: Answer, what: string, data: unknown) {
    this.#answer = answer
    this.#what = what
    if (!isRecord(data)) {
      const type = answer.contentType === '' ? 'no content type' : answer.contentType
      throw malformed(answer.url, `was asked for ${what} and sent no JSON object (HTTP status ${answer.status}, ${type})`)
    }
    this.#members = data
  }

  /** Null counts as absent: some servers write it out. */
  has(name: string): boolean {
    return this.optional(name) !== undefined && this.optional(name) !== null
  }

  optional(name: string): unknown {
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined
  }

  text(name: string): string {
    const value = this.optional(name)
    return typeof value === 'string' && value !== '' ? value : this.#fail(name, 'a text')
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.optional(name)
    return allowed.find((candidate) => candidate === value) ?? this.#fail(name, `one of ${allowed.join(', ')}`)
  }

  url(name: string): string {
    const value = this.optional(name)
    return isUrl(value) ? value : this.#fail(name, 'a URL')
  }

  urls(name: string): string[] {
    const value = this.optional(name)
    return Array.isArray(value) && value.every(isUrl) ? value : this.#fail(name, 'a list of URLs')
  }

  /** `{ [name]: Date }`, or nothing when the member is absent. */
  optionalDate<N extends string>(name: N): Partial<Record<N, Date>> {
    if (!this.has(name)) return {}
    const value = this.optional(name)
    // RFC 3339 (RFC 8555 §7.1.3); Date.parse alone would take `7` for a date.
    const date = typeof value === 'string' && /^\d{4}-\d\d-\d\dT/i.test(value) ? new Date(value) : new Date(Number.NaN)
    return Number.isNaN(date.getTime()) ? this.#fail(name, 'a time') : ({ [name]: date } as Record<N, Date>)
  }

  nested(name: string): Resource {
    return new Resource(this.#answer, `${this.#what} with "${name}"`, this.optional(name))
  }

  list(name: string): Resource[] {
    const value = this.optional(name)
    if (!Array.isArray(value)) return this.#fail(name, 'a list')
    return value.map((member) => new Resource(this.#answer, `${this.#what} with "${name}"`, member))
  }

  #fail(name: string, wanted: string): never {
    const found = this.optional(name) === undefined ? 'is missing' : `is not ${wanted}`
    throw malformed(this.#answer.url, `sent ${this.#what} in which "${name}" ${found}`)
  }
}

function isUrl(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value)
}
