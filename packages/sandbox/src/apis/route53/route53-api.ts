import type { ProviderApi } from '../provider-api.ts'
import type { Route53FaultAnswers } from './refusal.ts'

/** What faults and counts call the requests of Route 53: by their names. */
export const ROUTE53_OPERATIONS = [
  'ListHostedZones',
  'ListHostedZonesByName',
  'GetHostedZone',
  'ListResourceRecordSets',
  'ChangeResourceRecordSets',
  'GetChange',
] as const

/** One of the requests that the Route 53 of the sandbox knows. */
export type Route53Operation = (typeof ROUTE53_OPERATIONS)[number]

/** An access key. */
export interface Route53Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** What a key may do. */
export interface Route53Policy {
  /** All when not given. */
  readonly operations?: readonly Route53Operation[]
  /** Ids of the zones that it may look into and change; all when not given. */
  readonly zones?: readonly string[]
}

/** Route 53 on loopback, over the zones that the sandbox's name servers serve. */
export interface Route53Api extends ProviderApi<Route53Operation> {
  /** Options of the SDK's `Route53Client`, with the first key, which may do everything. */
  readonly options: { readonly endpoint: string; readonly region: string; readonly credentials: Route53Credentials }
  /** Answers for faults that a client of Route 53 has to live with: `addFault({ operation, nth: 1, answer: answers.throttling })`. */
  readonly answers: Route53FaultAnswers
  /**
   * How long a change is PENDING, in ms; 0 when not set otherwise. The first name server shows it at once, the others after
   * their lag.
   * @throws DomainctlError `USAGE` for what is no time
   */
  syncMs: number
  /** Another key of the account. */
  addKey(policy: Route53Policy): Route53Credentials
  /**
   * Adds a zone that no name server serves: a private one, or a public twin to which nothing is delegated.
   * @returns its id
   * @throws DomainctlError `USAGE` for what is no name
   */
  addZone(zone: { name: string; isPrivate: boolean }): string
  /** The id of the zone that is served for this apex; undefined when there is none. */
  zoneId(apex: string): string | undefined
}
