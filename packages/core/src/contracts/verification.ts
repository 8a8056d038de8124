import type { PlainRecord } from '../domain/diagnosis/finding.ts'
import type { DnsHost, PanelForm } from '../domain/diagnosis/panel.ts'
import type { Severity } from '../domain/diagnosis/problems.ts'
import type { ProofState, RecordPurpose } from '../domain/model.ts'
import type { DomainReport } from '../domain/report.ts'
import type { DomainctlError } from '../errors.ts'

/** What one server showed of a record that `verify` looked at. */
export interface SeenAnswer {
  server: string
  rcode: string
  values: string[]
  /** Seconds. */
  ttl?: number
}

/** What a check is about: a record that the domain needs, or what stands between that record and those who look. */
export type CheckPurpose = RecordPurpose | 'zone' | 'caa' | 'http'

/** What mends a check, ready to be made as it stands. */
export interface Fix {
  /** `remove`: the record that is named has to go. `wait`: nothing has to be made. */
  action: 'create' | 'change' | 'remove' | 'wait'
  type: PlainRecord['type']
  name: string
  value: string
  /** Seconds. */
  ttl: number
  /** Further records that have to be made. */
  more?: (PlainRecord & { ttl: number; panel?: PanelForm })[]
  /** What was made by mistake, as it is now, and has to go; with `change` the record above takes its place. */
  remove?: PlainRecord[]
  /** The same as the panel of the zone's DNS host asks for it, where that host is known. */
  panel?: PanelForm
}

/** One thing that `verify` or `doctor` looked at: `checks` of cli.md. */
export interface Check {
  purpose: CheckPurpose
  record: { type: PlainRecord['type']; name: string; expected: string[] }
  seen: SeenAnswer[]
  /** Nothing has to be done; there may be a warning all the same. */
  ok: boolean
  state: ProofState
  /** A code of docs/errors.md: `RECORD_MISSING`, `RECORD_ZONE_DOUBLED`, `DNS_UNREACHABLE` … */
  problem?: string
  /** With `problem`. */
  severity?: Severity
  explanation: string
  /** The sentences of `explanation` that say what to do beside `fix`, a step each. */
  advice?: string[]
  fix?: Fix
  /** Apex of the zone that holds the record; of a check with a problem, where it was found. */
  zone?: string
  /** Whose name servers that zone has, where that is known. */
  host?: DnsHost
  actor: 'customer' | 'operator' | 'provider' | 'ca'
  /** When waiting will have helped; ISO 8601 UTC. */
  lookAgainAt?: string
}

/** What `verify` has found. */
export interface Verification {
  domain: DomainReport
  ok: boolean
  checks: Check[]
  /** `DNS_NOT_READY` when not ok. */
  error?: DomainctlError
}

/** Everything that `doctor` saw of one name. */
export interface Examination {
  /** The name as it is stored. */
  name: string
  /** Null when the state has none of that name; then what would be added with the options given was looked at. */
  domain: DomainReport | null
  /** No check is an error. */
  ok: boolean
  checks: Check[]
}
