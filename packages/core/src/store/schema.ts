import type { Generated } from 'kysely'
import type { LimitKind } from '../domain/ca-limits.ts'
import type { DeploymentStatus } from '../domain/deployment.ts'
import type { SpanState } from '../domain/health/uptime.ts'
import type { CertificateKeyType, DomainStatus, OrderState, ProofState, RecordPurpose, WrittenRecord } from '../domain/model.ts'
import type { NoticeEvent, NoticeSeverity } from '../domain/notice.ts'

/** Milliseconds since 1970. */
type Time = number
/** A JSON document as text. */
type Json = string
/** A secret as `seal.ts` writes it. */
type Sealed = string

/** The tables, as `migrations/` make them. Every row of what belongs to somebody has its `tenant` (requirements L9). */
export interface Schema {
  domains: DomainsTable
  domain_names: DomainNamesTable
  former_domain_ids: FormerDomainIdsTable
  orders: OrdersTable
  certificates: CertificatesTable
  records: RecordsTable
  http_challenges: HttpChallengesTable
  deployments: DeploymentsTable
  key_leases: KeyLeasesTable
  accounts: AccountsTable
  audit: AuditTable
  ca_circuits: CaCircuitsTable
  ca_budgets: CaBudgetsTable
  data_keys: DataKeysTable
  notices: NoticesTable
  notice_deliveries: NoticeDeliveriesTable
  delivered_notices: DeliveredNoticesTable
  health: HealthTable
  health_incidents: HealthIncidentsTable
  health_history: HealthHistoryTable
  meta: MetaTable
  schema_version: SchemaVersionTable
}

export interface DomainsTable {
  id: string
  tenant: string
  name: string
  status: DomainStatus
  status_since: Time
  /** What was chosen and nothing is searched by. */
  settings: Json
  labels: Json
  attempts: number
  last_error: Json | null
  /** CAs that asked to be left alone, each with its times and what it said. */
  ca_waits: Json | null
  next_action_at: Time | null
  certificate_id: string | null
  /** `not_after` of that certificate. */
  expires_at: Time | null
  created_at: Time
  updated_at: Time
  lease_owner: string | null
  lease_until: Time | null
  /** Only ever grows. */
  lease_fence: number
}

export interface DomainNamesTable {
  domain_id: string
  tenant: string
  /** 0 is the primary name. */
  position: number
  name: string
  /** `name` without `*.`. */
  base_name: string
  ownership_state: ProofState | null
  ownership_token: string | null
  ownership_checked_at: Time | null
  /** Not null: the name is this tenant's (requirements L9), whatever `ownership_state` is now. */
  ownership_proven_at: Time | null
  ownership_missing_since: Time | null
  routing_state: ProofState | null
  routing_target: string | null
  routing_addresses: Json | null
  routing_checked_at: Time | null
  delegation_state: ProofState | null
  delegation_target: string | null
  delegation_checked_at: Time | null
}

/** Ids that a domain had before it was removed and added again: its audit stands under them. */
export interface FormerDomainIdsTable {
  former_id: string
  tenant: string
  domain_id: string
}

export interface OrdersTable {
  id: string
  tenant: string
  domain_id: string
  ca: string
  account_id: string
  names: Json
  profile: string | null
  state: OrderState
  url: string | null
  finalize_url: string | null
  certificate_url: string | null
  expires: Time | null
  authorizations: Json
  /** Of an empty text where there is a request in its place. */
  certificate_key: Sealed
  csr: string | null
  key_type: CertificateKeyType
  /** What it has reserved under limits of its CA; null: nothing yet. */
  reserved: Json | null
  created_at: Time
  updated_at: Time
}

export interface CertificatesTable {
  id: string
  tenant: string
  domain_id: string
  order_id: string
  ca: string
  account_id: string
  chain: string
  /** Of an empty text where the key is with somebody else. */
  private_key: Sealed
  key_type: CertificateKeyType
  serial: string
  fingerprint: string
  issuer: string
  names: Json
  not_before: Time
  not_after: Time
  renew_at: Time
  renew_reason: string
  renewal_advice: Json | null
  revoked_at: Time | null
  revocation_reason: string | null
  created_at: Time
}

export interface RecordsTable {
  id: string
  tenant: string
  domain_id: string
  order_id: string | null
  purpose: RecordPurpose
  provider: string
  zone_id: string
  zone_name: string
  name: string
  type: string
  value: string
  ttl: number
  state: WrittenRecord['state']
  /** What was replaced by it. */
  previous: Json | null
  created_at: Time
}

/** Answers to HTTP-01 challenges that are given, or about to be. */
export interface HttpChallengesTable {
  token: string
  tenant: string
  domain_id: string
  order_id: string
  name: string
  key_authorization: string
  /** In a webroot. */
  file: string | null
  /** Made for that file. */
  folders: Json
  created_at: Time
}

/** Where certificates are to serve. */
export interface DeploymentsTable {
  domain_id: string
  target: string
  tenant: string
  status: DeploymentStatus
  /** What is wanted there. */
  certificate_id: string
  fingerprint: string
  /** What is there, and what was there before that. */
  live: Json | null
  previous: Json | null
  attempts: number
  last_error: Json | null
  next_attempt_at: Time | null
  created_at: Time
  updated_at: Time
}

/** A row for each lease that is held, or whose holder has died. */
export interface KeyLeasesTable {
  key: string
  /** Of the claim. */
  id: string
  owner: string
  lease_until: Time
}

export interface AccountsTable {
  id: string
  tenant: string
  ca: string
  /** One that has ended leaves its name to another one. */
  name: string
  contact: string | null
  url: string | null
  key: Sealed
  key_type: string
  /** What its key is being changed to. */
  next_key: Sealed | null
  created_at: Time
  ended_at: Time | null
}

export interface AuditTable {
  seq: Generated<number>
  at: Time
  tenant: string
  domain_id: string | null
  who: string
  event: string
  message: string
  details: Json | null
}

/** CAs that fail by their own fault, for everybody. */
export interface CaCircuitsTable {
  ca: string
  failures: number
  open_until: Time
  reason: string
}

/**
 * What is left of the limits of CAs; no row: all of it. Each count is an instant (domain/ca-budget.ts), kept twice: what an order
 * has reserved comes back as time passes from `full_at` at once, while the CA counts it, and begins to fill up again, later.
 */
export interface CaBudgetsTable {
  ca: string
  kind: LimitKind
  subject: string
  /** With what is reserved; never before the other. */
  full_at: Time
  /** As the CA has it: with what it has answered to. */
  taken_full_at: Time
}

/** Keys that secrets are sealed with: a row for each key that opens it. All but one are retired, and on their way out. */
export interface DataKeysTable {
  id: string
  /** The id of the key that opens `wrapped`. */
  wrapped_by: string
  wrapped: Sealed
  created_at: Time
  retired_at: Time | null
}

/** What people are to be told, or have been. */
export interface NoticesTable {
  id: string
  at: Time
  tenant: string
  event: NoticeEvent
  severity: NoticeSeverity
  domain_id: string | null
  /** The rest of it. */
  content: Json
  /** Digest of what makes two notices tell the same; null: it is told however often it comes. */
  sameness: string | null
  /** Null: it has no deliveries yet. */
  routed_at: Time | null
}

/** Messages to channels. */
export interface NoticeDeliveriesTable {
  id: string
  tenant: string
  channel: string
  event: NoticeEvent
  severity: NoticeSeverity
  /** Of its notices. */
  size: number
  state: 'waiting' | 'sent' | 'gave_up'
  attempts: number
  next_attempt_at: Time | null
  last_error: Json | null
  created_at: Time
  ended_at: Time | null
  /** Who is at it; null: nobody. */
  claim: string | null
  claimed_by: string | null
  claimed_until: Time | null
}

/** Which notices a message has. */
export interface DeliveredNoticesTable {
  tenant: string
  delivery_id: string
  notice_id: string
  /** The incident, or else the domain, that the notice is about. */
  subject: string | null
}

/** A row for each domain that is or was watched. */
export interface HealthTable {
  domain_id: string
  tenant: string
  /** While it is claimed: until when. Null: it is not watched. */
  next_check_at: Time | null
  /** Of whoever is checking it. */
  claim: string | null
  damping: Json
  checked_at: Time | null
  layer: string | null
  code: string | null
  address: string | null
  message: string | null
  incident: string | null
  expiry_told: Json | null
  /** The span of the history that the last check belongs to. */
  span_state: SpanState | null
  span_began_at: Time | null
}

/** Outages that people were told of, until the last domain of each is well again. */
export interface HealthIncidentsTable {
  id: string
  tenant: string
  place: string | null
  document: Json
}

export interface HealthHistoryTable {
  domain_id: string
  tenant: string
  began_at: Time
  ended_at: Time
  state: SpanState
  checks: number
  layer: string | null
  code: string | null
  address: string | null
  ms_sum: number
  ms_most: number
  /** Of how many checks the time is known. */
  ms_count: number
}

/** Facts of the state as a whole. */
export interface MetaTable {
  name: string
  value: string
}

export interface SchemaVersionTable {
  version: number
  applied_at: Time
}
