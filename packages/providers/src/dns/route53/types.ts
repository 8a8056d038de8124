/** Seconds, of the API (`TTL` of ResourceRecordSet). */
export const TTL = { min: 0, max: 2_147_483_647 } as const

/** A hosted zone. `name` is in canonical form, `id` without `/hostedzone/`. */
export interface HostedZone {
  id: string
  name: string
  isPrivate: boolean
}

/** A record set as the API shows it: values as they are written there, so that they can be given back to the octet. */
export interface RecordSet {
  /** In canonical form. */
  name: string
  type: string
  ttl: number
  values: readonly string[]
  /** What makes it other than simple, in words: an alias, or one of several with an identifier. Such a set is never written. */
  special?: string
}

/** One change of a batch. */
export interface SetChange {
  /**
   * Never UPSERT: it takes the place of whatever is there. DELETE has to name just what is there, and CREATE finds nothing,
   * or all of the batch is refused: what others wrote meanwhile is seen (ministackorg/ministack#1308).
   */
  action: 'CREATE' | 'DELETE'
  set: RecordSet
}

/** Where a list of record sets begins. */
export interface ListStart {
  name?: string
  type?: string
  identifier?: string
}

/** An access key of AWS. */
export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** How the SDK is set up. */
export interface SdkSettings {
  region: string
  /** Absent: where AWS is. */
  endpoint?: string
  /** Of `~/.aws/config`; absent: the one that the environment names. */
  profile?: string
  /** Absent: the SDK looks for them in its chain: environment, profile, web identity, container, machine. */
  credentials?: AwsCredentials
  /** Longest wait for a connection, and for one answer. */
  timeoutMs: number
}

/**
 * What is used of the SDK, without its types: those of the published package must not ask for it. Answers are as they came:
 * {@link import('./client.ts')} looks at their shape.
 */
export interface Route53Sdk {
  getHostedZone(id: string, signal: AbortSignal): Promise<unknown>
  listHostedZones(marker: string | undefined, signal: AbortSignal): Promise<unknown>
  listRecordSets(zoneId: string, start: ListStart, maxItems: number, signal: AbortSignal): Promise<unknown>
  change(zoneId: string, changes: readonly SetChange[], signal: AbortSignal): Promise<unknown>
  getChange(id: string, signal: AbortSignal): Promise<unknown>
  /** Ends its connections. */
  destroy(): void
}
