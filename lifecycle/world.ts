import type { Clock, DomainctlOptions, Store } from '@domainctl/core'

/** What of a CA (RFC 8555 §7.1) the tests count and make fail. */
export type CaResource =
  | 'directory'
  | 'newNonce'
  | 'newAccount'
  | 'newOrder'
  | 'order'
  | 'authorization'
  | 'challenge'
  | 'finalize'
  | 'certificate'

/** A record as people write it: names without a final dot, TXT without quotes. */
export interface PublishedRecord {
  name: string
  type: 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'TXT'
  value: string
}

/**
 * A CA and the name servers that it validates at, on loopback: the lab's, which others wrote, or a sandbox's. The zones
 * `example.test` and `validation.test` are there and can be updated.
 */
export interface World extends AsyncDisposable {
  /** The directory URL of the CA. */
  readonly ca: string
  /** PEM: what the TLS of the CA's API is checked with. */
  readonly tlsRoot: string
  /** PEM: the root under which the CA issues. */
  readonly issuerRoot: string
  /** `ip:port` of the recursive resolver. */
  readonly resolver: string
  /** The port of all authoritative servers. */
  readonly authoritativePort: number
  /** `ip:port` of each server of `example.test`, the primary first. */
  readonly servers: readonly [string, ...string[]]
  /** The provider that the engine works by; RFC 2136 when there is none. */
  readonly provider?: Required<Pick<DomainctlOptions, 'provider' | 'providers'>>
  /** A new, empty state for whoever works here, and the key that seals it; a file of its own when there is none. */
  readonly newState?: () => Promise<{ state: string; encryptionKey: string }>
  /** A new, empty store of somebody's own for whoever works here by the library; it goes before `newState`. */
  readonly newStore?: () => Store
  /** Where the zones are updated, and with what. */
  readonly rfc2136: { nameserver: string; key: string; secret: string; algorithm: 'hmac-sha256' | 'hmac-sha512' }
  /** Whether the CA refuses good nonces now and then, so that what is asked once may come several times. */
  readonly refusesNonces: boolean
  /** The time that the world lives in, for those who work in it. */
  readonly clock: Clock
  /** What the command, which lives in the real time, needs to work here (docs/guide/sandbox.md). */
  readonly env: Readonly<Record<string, string>>
  /** Adds records, of one zone, at the primary; the other servers show them when they do. */
  publish(records: readonly PublishedRecord[]): Promise<void>
  /** Takes all records of a name and type away. */
  unpublish(record: Pick<PublishedRecord, 'name' | 'type'>): Promise<void>
  /** How often each resource was asked so far, refused requests among them. */
  requests(): Promise<Readonly<Partial<Record<CaResource, number>>>>
}

/** What befalls requests that a good CA would serve. */
export type CaFault = {
  resource: CaResource
} & (
  | {
      /** Which of the requests from now on, 1 the next; each of them when not given. */
      nth?: number
      /** Answered with this problem; the CA does nothing. `type` without `urn:ietf:params:acme:error:`. */
      refuse: { status: number; type?: string; detail?: string; retryAfter?: number | Date }
    }
  /** The CA does what it was asked, and the connection ends before the client has the answer. */
  | { nth: number; loseAnswer: true }
  /** The CA does what it was asked, and the client has the answer only after this. Before or after it the CA acts is open. */
  | { nth: number; delay: () => Promise<unknown> }
)

/** A fault in force. */
export interface FaultInForce {
  /** How many requests for its resource there were. */
  readonly seen: number
  /** How many of them met the fault. A sandbox counts those that it carries out all the same when that is done. */
  readonly hits: number
}

/** A world whose CA can be made to fail. While a fault is in force that is to meet one request, the CA refuses no nonce. */
export interface FaultyWorld extends World {
  addFault(fault: CaFault): FaultInForce
  /** From now on orders stay `processing` after their finalization; `hits` counts the finalizations. */
  stayProcessing(retryAfter?: number | Date): FaultInForce
  /** The CA is good again. */
  clearFaults(): void
}
