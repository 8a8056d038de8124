import type { LimitKind } from '../domain/ca-limits.ts'
import type { DeploymentStatus } from '../domain/deployment.ts'
import type { Damping } from '../domain/health/damping.ts'
import type { ExpiryLevel } from '../domain/health/expiry.ts'
import type { SpanState } from '../domain/health/uptime.ts'
import type {
  ChallengeType,
  DomainStatus,
  KeyType,
  OrderState,
  ProofState,
  RecordPurpose,
  ReplacedRRset,
  WrittenRecord,
} from '../domain/model.ts'
import type { NoticeSeverity } from '../domain/notice.ts'
import {
  assertKinds,
  type CellKind,
  COUNT,
  flag,
  isoTime,
  json,
  jsonOrNull,
  type Kind,
  listOf,
  mapOf,
  matching,
  number,
  oneOf,
  PAST,
  PAST_OR_NULL,
  PLANNED,
  PLANNED_OR_NULL,
  shape,
  TEXT,
  TEXT_OR_NULL,
  TIME,
  TIME_OR_NULL,
  text,
  word,
  wordOrNull,
} from './kinds.ts'
import type { NoticeDeliveriesTable, Schema } from './schema.ts'

const status = oneOf<DomainStatus>({
  pending_dns: true,
  pending_probe: true,
  issuing: true,
  active: true,
  failed: true,
  suspended: true,
  deleted: true,
})
const proof = oneOf<ProofState>({ ok: true, missing: true, wrong: true, unknown: true })
const challengeType = oneOf<ChallengeType>({ 'dns-01': true, 'http-01': true })
const keyType = oneOf<KeyType>({ ec256: true, ec384: true, rsa2048: true, rsa4096: true })
const certificateKeyType = matching(/^(ec256|ec384|rsa\d+)$/)
const limitKind = oneOf<LimitKind>({ accounts: true, orders: true, certificates: true, duplicates: true, failures: true })
const orderState = oneOf<OrderState>({
  new: true,
  ordered: true,
  published: true,
  challenged: true,
  finalizing: true,
  stored: true,
  invalid: true,
})
const purpose = oneOf<RecordPurpose>({ ownership: true, routing: true, delegation: true, challenge: true })
const recordState = oneOf<WrittenRecord['state']>({ planned: true, asked: true, present: true, removing: true, late: true })
const deploymentStatus = oneOf<DeploymentStatus>({ pending: true, deploying: true, deployed: true, failed: true })
const replacedType = oneOf<ReplacedRRset['type']>({ CNAME: true, A: true, AAAA: true })

const noticeSeverity = oneOf<NoticeSeverity>({ info: true, warning: true, critical: true })
const deliveryState = oneOf<NoticeDeliveriesTable['state']>({ waiting: true, sent: true, gave_up: true })

const texts = listOf(text)
const anything: Kind = () => null

const noticeContent = shape(
  { names: texts, title: text, text, labels: mapOf(text) },
  { incident: text, actor: text, channels: texts, details: mapOf(anything) },
)

const answer = { status: listOf(number), text }
const healthCheck = shape(
  {},
  {
    names: texts,
    addresses: texts,
    port: number,
    page: shape({ path: text }, answer),
    endpoint: shape({ path: text }, { ...answer, port: number }),
  },
)
const settings = shape(
  { provider: text, challenge: challengeType, keyType },
  {
    reason: text,
    cas: texts,
    csr: shape({ pem: text, keyType: certificateKeyType, publicKey: text }),
    reuseKey: flag,
    preferredChain: text,
    profile: text,
    contact: text,
    delegateZone: text,
    probe: shape({ path: text }, { token: text }),
    deploy: texts,
    healthCheck: (value) => (value === false ? null : healthCheck(value)),
    upstream: text,
    lastFinding: text,
  },
)
const failure = shape({ code: text, message: text, hint: text, actor: text, at: isoTime }, { retryAt: isoTime })
const wait = shape({ ca: text, since: isoTime, at: isoTime, code: text, reason: text })
const authorization = shape(
  { url: text, identifier: text, wildcard: flag, status: text, challengeUrl: text, challengeName: text, txtValue: text },
  { type: challengeType, token: text, keyAuthorization: text },
)
const budgetUnit = shape({
  key: shape({ ca: text, kind: limitKind, subject: text }),
  limit: shape({ count: number, windowMs: number }),
})
const advice = shape(
  { askedAt: isoTime, nextCheckAt: isoTime },
  { window: shape({ start: isoTime, end: isoTime }), explanationUrl: text },
)
const replaced = shape({ type: replacedType, values: texts, ttl: number }, { proxied: flag })

const generation = { certificateId: text, fingerprint: text }
const live = shape({ ...generation, at: isoTime, proven: flag })
const spanState = oneOf<SpanState>({ ok: true, failing: true, broken: true, unknown: true })
const damping = shape(
  {
    is: oneOf<Damping['is']>({ ok: true, failing: true, broken: true }),
    failures: number,
    successes: number,
    told: oneOf<Damping['told']>({ ok: true, broken: true, flapping: true }),
    reminders: number,
    outages: listOf(number),
  },
  { failedAt: number, lastFailedAt: number, succeededAt: number, turnedAt: number, toldAt: number },
)
const incident = shape(
  {
    id: text,
    tenant: text,
    beganAt: number,
    names: texts,
    domains: number,
    open: number,
    told: number,
    reminders: number,
    labels: mapOf(text),
  },
  { place: text, flaps: flag, channels: texts },
)

/** What every column holds. A column more in {@link Schema} has to be said here. */
export const CELLS: { readonly [T in keyof Schema]: { readonly [C in keyof Schema[T]]: CellKind } } = {
  domains: {
    id: TEXT,
    tenant: TEXT,
    name: TEXT,
    status: word(status),
    status_since: PAST,
    settings: json(settings),
    labels: json(mapOf(text)),
    attempts: COUNT,
    last_error: jsonOrNull(failure),
    ca_waits: jsonOrNull(listOf(wait)),
    next_action_at: PLANNED_OR_NULL,
    certificate_id: TEXT_OR_NULL,
    expires_at: TIME_OR_NULL,
    created_at: PAST,
    updated_at: PAST,
    lease_owner: TEXT_OR_NULL,
    lease_until: TIME_OR_NULL,
    lease_fence: COUNT,
  },
  domain_names: {
    domain_id: TEXT,
    tenant: TEXT,
    position: COUNT,
    name: TEXT,
    base_name: TEXT,
    ownership_state: wordOrNull(proof),
    ownership_token: TEXT_OR_NULL,
    ownership_checked_at: PAST_OR_NULL,
    ownership_proven_at: PAST_OR_NULL,
    ownership_missing_since: PAST_OR_NULL,
    routing_state: wordOrNull(proof),
    routing_target: TEXT_OR_NULL,
    routing_addresses: jsonOrNull(texts),
    routing_checked_at: PAST_OR_NULL,
    delegation_state: wordOrNull(proof),
    delegation_target: TEXT_OR_NULL,
    delegation_checked_at: PAST_OR_NULL,
  },
  former_domain_ids: { former_id: TEXT, tenant: TEXT, domain_id: TEXT },
  orders: {
    id: TEXT,
    tenant: TEXT,
    domain_id: TEXT,
    ca: TEXT,
    account_id: TEXT,
    names: json(texts),
    profile: TEXT_OR_NULL,
    state: word(orderState),
    url: TEXT_OR_NULL,
    finalize_url: TEXT_OR_NULL,
    certificate_url: TEXT_OR_NULL,
    expires: PLANNED_OR_NULL,
    authorizations: json(listOf(authorization)),
    certificate_key: TEXT,
    csr: TEXT_OR_NULL,
    key_type: word(certificateKeyType),
    reserved: jsonOrNull(listOf(budgetUnit)),
    created_at: PAST,
    updated_at: PAST,
  },
  certificates: {
    id: TEXT,
    tenant: TEXT,
    domain_id: TEXT,
    order_id: TEXT,
    ca: TEXT,
    account_id: TEXT,
    chain: TEXT,
    private_key: TEXT,
    key_type: word(certificateKeyType),
    serial: TEXT,
    fingerprint: TEXT,
    issuer: TEXT,
    names: json(texts),
    not_before: TIME,
    not_after: TIME,
    renew_at: TIME,
    renew_reason: TEXT,
    renewal_advice: jsonOrNull(advice),
    revoked_at: PAST_OR_NULL,
    revocation_reason: TEXT_OR_NULL,
    created_at: PAST,
  },
  records: {
    id: TEXT,
    tenant: TEXT,
    domain_id: TEXT,
    order_id: TEXT_OR_NULL,
    purpose: word(purpose),
    provider: TEXT,
    zone_id: TEXT,
    zone_name: TEXT,
    name: TEXT,
    type: TEXT,
    value: TEXT,
    ttl: COUNT,
    state: word(recordState),
    previous: jsonOrNull(listOf(replaced)),
    created_at: PAST,
  },
  http_challenges: {
    token: TEXT,
    tenant: TEXT,
    domain_id: TEXT,
    order_id: TEXT,
    name: TEXT,
    key_authorization: TEXT,
    file: TEXT_OR_NULL,
    folders: json(texts),
    created_at: PAST,
  },
  deployments: {
    domain_id: TEXT,
    target: TEXT,
    tenant: TEXT,
    status: word(deploymentStatus),
    certificate_id: TEXT,
    fingerprint: TEXT,
    live: jsonOrNull(live),
    previous: jsonOrNull(shape(generation)),
    attempts: COUNT,
    last_error: jsonOrNull(failure),
    next_attempt_at: PLANNED_OR_NULL,
    created_at: PAST,
    updated_at: PAST,
  },
  key_leases: { key: TEXT, id: TEXT, owner: TEXT, lease_until: TIME },
  accounts: {
    id: TEXT,
    tenant: TEXT,
    ca: TEXT,
    name: TEXT,
    contact: TEXT_OR_NULL,
    url: TEXT_OR_NULL,
    key: TEXT,
    key_type: TEXT,
    next_key: TEXT_OR_NULL,
    created_at: PAST,
    ended_at: PAST_OR_NULL,
  },
  audit: {
    seq: COUNT,
    at: PAST,
    tenant: TEXT,
    domain_id: TEXT_OR_NULL,
    who: TEXT,
    event: TEXT,
    message: TEXT,
    details: jsonOrNull(mapOf(anything)),
  },
  ca_circuits: { ca: TEXT, failures: COUNT, open_until: PLANNED, reason: TEXT },
  ca_budgets: { ca: TEXT, kind: word(limitKind), subject: TEXT, full_at: TIME, taken_full_at: TIME },
  data_keys: { id: TEXT, wrapped_by: TEXT, wrapped: TEXT, created_at: PAST, retired_at: PAST_OR_NULL },
  notices: {
    id: TEXT,
    at: PAST,
    tenant: TEXT,
    event: TEXT,
    severity: word(noticeSeverity),
    domain_id: TEXT_OR_NULL,
    content: json(noticeContent),
    sameness: TEXT_OR_NULL,
    routed_at: PAST_OR_NULL,
  },
  notice_deliveries: {
    id: TEXT,
    tenant: TEXT,
    channel: TEXT,
    event: TEXT,
    severity: word(noticeSeverity),
    size: COUNT,
    state: word(deliveryState),
    attempts: COUNT,
    next_attempt_at: PLANNED_OR_NULL,
    last_error: jsonOrNull(shape({ code: text, message: text })),
    created_at: PAST,
    ended_at: PAST_OR_NULL,
    claim: TEXT_OR_NULL,
    claimed_by: TEXT_OR_NULL,
    claimed_until: TIME_OR_NULL,
  },
  delivered_notices: { tenant: TEXT, delivery_id: TEXT, notice_id: TEXT, subject: TEXT_OR_NULL },
  health: {
    domain_id: TEXT,
    tenant: TEXT,
    next_check_at: PLANNED_OR_NULL,
    claim: TEXT_OR_NULL,
    damping: json(damping),
    checked_at: PAST_OR_NULL,
    layer: TEXT_OR_NULL,
    code: TEXT_OR_NULL,
    address: TEXT_OR_NULL,
    message: TEXT_OR_NULL,
    incident: TEXT_OR_NULL,
    expiry_told: jsonOrNull(shape({ certificateId: text, level: oneOf<ExpiryLevel>({ warning: true, critical: true }) })),
    span_state: wordOrNull(spanState),
    span_began_at: PAST_OR_NULL,
  },
  health_incidents: { id: TEXT, tenant: TEXT, place: TEXT_OR_NULL, document: json(incident) },
  health_history: {
    domain_id: TEXT,
    tenant: TEXT,
    began_at: PAST,
    ended_at: PAST,
    state: word(spanState),
    checks: COUNT,
    layer: TEXT_OR_NULL,
    code: TEXT_OR_NULL,
    address: TEXT_OR_NULL,
    ms_sum: COUNT,
    ms_most: COUNT,
    ms_count: COUNT,
  },
  meta: { name: TEXT, value: TEXT },
  schema_version: { version: COUNT, applied_at: TIME },
}

/** What the column holds; undefined for one that is not known here. */
export function cellKind(table: string, column: string): CellKind | undefined {
  const kinds: Readonly<Record<string, Readonly<Record<string, CellKind>>>> = CELLS
  return Object.hasOwn(kinds, table) ? kinds[table]?.[column] : undefined
}

/**
 * Makes sure that a row is what its readers take it for, whoever has written it: without that a hand-changed time or word would
 * end as a fault of ours, somewhere else. JSON is looked at by who reads it.
 * @throws UnreadableValue
 */
export function assertRow<T extends object>(table: keyof Schema, row: T, id: unknown): T {
  assertKinds(CELLS[table], row, { table, row: String(id) })
  return row
}
