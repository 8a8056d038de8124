import type { ProviderApi } from '../provider-api.ts'
import type { CloudflareFaultAnswers } from './refusal.ts'

/** What faults and counts call the requests. */
export const CLOUDFLARE_OPERATIONS = [
  'verifyToken',
  'listZones',
  'getZone',
  'listRecords',
  'getRecord',
  'createRecord',
  'updateRecord',
  'editRecord',
  'deleteRecord',
  'batchRecords',
] as const

/** One of the requests that the Cloudflare of the sandbox knows: `updateRecord` is PUT, `editRecord` PATCH. */
export type CloudflareOperation = (typeof CLOUDFLARE_OPERATIONS)[number]

/** What a request is sent with. */
export interface CloudflareCredentials {
  /** 40 letters, digits, `_` and `-`. */
  readonly apiToken: string
}

/** What a token may do. */
export interface CloudflareScope {
  /** Ids of the zones that it may see and change; all when not given. */
  readonly zones?: readonly string[]
  /** What it may do with their records; `edit` when not given, which includes reading. */
  readonly dns?: 'read' | 'edit'
  /** When it ends; never when not given. */
  readonly expiresOn?: Date
  /** Somebody has switched it off. */
  readonly isDisabled?: boolean
  /**
   * Whose it is: the user's when not given, or the account's that has the zones which are served
   * (https://developers.cloudflare.com/fundamentals/api/get-started/account-owned-tokens/). It is verified at another place, and
   * sees the zones of its account alone.
   */
  readonly owner?: 'user' | 'account'
}

/** Cloudflare's API v4 on loopback, over the zones that the sandbox's name servers serve. */
export interface CloudflareApi extends ProviderApi<CloudflareOperation> {
  /** Options of `createCloudflare` (@domainctl/providers), with the first token, which may do everything. */
  readonly options: CloudflareCredentials & {
    /** The SDK calls it `baseURL`. */
    readonly baseUrl: string
  }
  /** Answers for faults that a client has to live with: `addFault({ operation, nth: 1, answer: answers.rateLimited(1) })`. */
  readonly answers: CloudflareFaultAnswers
  /**
   * How many requests all tokens together may send in 5 minutes; 1200 when not set otherwise. Whoever sends more is shut out
   * for 5 minutes.
   * @throws DomainctlError `USAGE` for what is no number of requests; `Infinity` is one
   */
  requestLimit: number
  /**
   * How many records a zone may have; 1000 when not set otherwise, as zones that cost nothing have had until 2024-09; later ones
   * have 200 (https://github.com/cloudflare/cloudflare-docs/pull/16600).
   * @throws DomainctlError `USAGE` for what is no number of records; `Infinity` is one
   */
  recordLimit: number
  /** Another token of the user, or of the account. */
  addToken(scope: CloudflareScope): CloudflareCredentials
  /**
   * Makes a token end.
   * @throws DomainctlError `USAGE` for a token that nobody has
   */
  revokeToken(credentials: CloudflareCredentials): void
  /**
   * Adds a zone that no name server serves, in an account of its own: there may be one of its name already.
   * @throws DomainctlError `USAGE` for what is no name
   */
  addZone(name: string): { readonly id: string; readonly accountId: string }
  /** The id of the zone that is served for this apex; undefined when there is none. */
  zoneId(apex: string): string | undefined
  /** The id of the account that has the zones that are served. */
  readonly accountId: string
}
