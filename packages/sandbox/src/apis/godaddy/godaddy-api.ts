import type { ProviderApi } from '../provider-api.ts'
import type { GoDaddyFaultAnswers } from './refusal.ts'

/** What faults and counts call the requests. */
export const GODADDY_OPERATIONS = [
  'listDomains',
  'getDomain',
  'getRecords',
  'addRecords',
  'replaceRecords',
  'replaceType',
  'deleteRecords',
] as const

/**
 * One of the requests that the GoDaddy of the sandbox knows: `GET /v1/domains`, `GET /v1/domains/{domain}`, `GET …/records`
 * (`/{type}`, `/{type}/{name}`), `PATCH …/records`, `PUT …/records/{type}/{name}`, `PUT …/records/{type}`, `DELETE …/records/{type}/{name}`.
 */
export type GoDaddyOperation = (typeof GODADDY_OPERATIONS)[number]

/** A key and its secret, which go together. */
export interface GoDaddyCredentials {
  readonly apiKey: string
  readonly apiSecret: string
}

/** What a key may do. */
export interface GoDaddyPolicy {
  /** The domains of its account; all when not given. The others are those of another account. */
  readonly domains?: readonly string[]
  /**
   * `all` when not given · `rrsets`: one type of records at one name, as accounts with few domains
   * (https://github.com/acmesh-official/acme.sh/issues/6849) · `none`: every GET is refused with 403
   * (https://github.com/go-acme/lego/issues/2269).
   */
  readonly reads?: 'all' | 'rrsets' | 'none'
  /** `all` when not given · `none`: with `reads: 'none'` an account that may not use the API (https://github.com/srvrco/getssl/issues/847). */
  readonly writes?: 'all' | 'none'
}

/** GoDaddy's Domains API v1 on loopback, over the zones that the sandbox's name servers serve. */
export interface GoDaddyApi extends ProviderApi<GoDaddyOperation> {
  /** Options of the provider `godaddy` (@domainctl/providers), with the first key, which may do everything. */
  readonly options: GoDaddyCredentials & { readonly baseUrl: string }
  /** Answers for faults that a client of GoDaddy has to live with: `addFault({ operation, nth: 1, answer: answers.internalError })`. */
  readonly answers: GoDaddyFaultAnswers
  /**
   * How many requests a minute each key may send to each endpoint; 60 when not set otherwise, and `Infinity` for no limit.
   * @throws DomainctlError `USAGE` for what is no number of requests
   */
  requestLimit: number
  /** Another key. */
  addKey(policy: GoDaddyPolicy): GoDaddyCredentials
  /**
   * Adds a domain that has no zone here, as one whose DNS is elsewhere: it is listed, and its records are those of an
   * `UNKNOWN_DOMAIN`.
   * @param domain.status `ACTIVE` when not given
   * @throws DomainctlError `USAGE` for what is no name or no status
   */
  addDomain(domain: { name: string; status?: string }): void
  /**
   * Gives a domain another status; `PENDING_DNS_ACTIVE` has one that is registered elsewhere
   * (https://github.com/rmbolger/Posh-ACME/issues/254).
   * @throws DomainctlError `USAGE` for a domain that is not there, and for what is no status
   */
  setStatus(name: string, status: string): void
}
