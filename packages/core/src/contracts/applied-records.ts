import type { DnsHost } from '../domain/diagnosis/panel.ts'
import type { ReplacedRRset } from '../domain/model.ts'
import type { NeededRecord } from '../domain/records.ts'
import type { DomainReport } from '../domain/report.ts'
import type { SeenAnswer } from './verification.ts'

/** What `remove` has taken away. */
export interface Removal {
  domain: DomainReport
  /** Records of the DNS that were taken away. */
  removed: { name: string; type: string; value: string }[]
  /** Records that others made for us and may take away. */
  leftToOthers: NeededRecord[]
  /** What `apply` had replaced and is there again. */
  restored: RestoredRRset[]
  /** As in {@link Unapplication}. */
  late: Unapplication['late']
  warnings: string[]
}

/** A record of the domain, and what `apply` did about it. */
export interface AppliedRecord {
  purpose: 'routing' | 'delegation'
  type: 'CNAME' | 'A' | 'AAAA'
  name: string
  value: string
  /** Seconds. */
  ttl: number
  /** The configured provider that holds its zone. */
  provider: string
  /** `kept`: it was there already · `by-hand`: its provider is `manual`, so a person has to make it. */
  outcome: 'made' | 'replaced' | 'kept' | 'by-hand'
  /** What stood there and was replaced; `unapply` and `remove` put it back. */
  previous?: ReplacedRRset[]
}

/** What `apply` has done. */
export interface Application {
  domain: DomainReport
  records: AppliedRecord[]
  /** Things to know that did not stop the work. */
  warnings: string[]
}

/** What was replaced at a name and stands there again. */
export interface RestoredRRset extends ReplacedRRset {
  name: string
}

/** What became of the records that `apply` made. */
export interface Unapplication {
  domain: DomainReport
  removed: { name: string; type: string; value: string }[]
  /** What was put back in their place. */
  restored: RestoredRRset[]
  /**
   * Not there, but the request that was to make it, less than five minutes ago, may still be on its way: it stays in the journal,
   * and the same verb takes it away later if it has come.
   */
  late: { name: string; type: string; value: string }[]
  warnings: string[]
}

/** A record that a domain needs, with what is there now. */
export interface NeededRecordSeen extends NeededRecord {
  /** Apex of the zone that holds it, where it was found. */
  zone?: string
  /** Whose name servers that zone has, where that is known. */
  host?: DnsHost
  /** What the authoritative servers show now. */
  seen: SeenAnswer[]
}
