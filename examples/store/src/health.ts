import {
  type CheckedHealth,
  type ClaimedCheck,
  continuesSpan,
  type Domain,
  HEALTH_HOLDS,
  type HealthNews,
  type HealthSpan,
  type Incident,
  type IncidentStep,
  isPartOf,
  type Member,
  type Notice,
  undisturbed,
  withNews,
} from '@domainctl/core'
import { spanKey, viewOf } from './domains.ts'
import type { HealthRow, Memory, SpanRow } from './memory.ts'
import { addNotices } from './outbox.ts'
import { by } from './tables.ts'

/** What a claim on checks is given. */
export interface CheckClaim {
  claim: string
  forMs: number
  domainIds?: readonly string[]
  onlyDue?: boolean
}

/** Its first certificate has to be put where it serves before there is anything to see. */
const FIRST_CHECK = 60_000

const LONGEST_DUE_FIRST = by<HealthRow>(({ nextCheckAt = new Date(0) }) => nextCheckAt)

/** Watches a domain from when it has a certificate until it is suspended or removed. @returns the incident that is over with that */
export function followStatus(memory: Memory, domain: Domain): Incident | undefined {
  const { id: domainId, tenant, status, certificateId, updatedAt } = domain
  const row = memory.health.get(domainId)
  const isOver = status === 'suspended' || status === 'deleted'
  if (!isOver && certificateId !== undefined && !row?.nextCheckAt) {
    const nextCheckAt = new Date(updatedAt.getTime() + FIRST_CHECK)
    memory.health.set(domainId, { damping: undisturbed(), ...row, domainId, tenant, nextCheckAt })
  }
  if (!isOver || !row?.nextCheckAt) return undefined
  const incident = row.incident === undefined ? undefined : memory.incidents.get(row.incident)
  const left = incident && { ...incident, open: incident.open - 1 }
  if (left) keepIncident(memory, left)
  const { checkedAt, expiryTold } = row
  memory.health.set(domainId, {
    domainId,
    tenant,
    damping: undisturbed(),
    ...(checkedAt && { checkedAt }),
    ...(expiryTold && { expiryTold }),
  })
  if (status === 'deleted') for (const span of spansOf(memory, domainId)) memory.spans.delete(spanKey(span))
  return left && left.open <= 0 ? left : undefined
}

/** Rows whose check is due, longest due first. */
export function dueChecks({ health }: Memory, now: Date): HealthRow[] {
  return health.filter(({ nextCheckAt }) => nextCheckAt !== undefined && nextCheckAt <= now).sort(LONGEST_DUE_FIRST)
}

/** Claims checks, each for one caller. */
export function claimChecks(
  memory: Memory,
  now: Date,
  limit: number,
  { claim, forMs, domainIds, onlyDue }: CheckClaim,
): ClaimedCheck[] {
  const isNamed = ({ domainId }: HealthRow) => domainIds?.includes(domainId) ?? true
  const isFree = ({ nextCheckAt, claim: holder }: HealthRow) =>
    nextCheckAt !== undefined && (holder === undefined || nextCheckAt <= now)
  const found = domainIds && !onlyDue ? memory.health.filter(isFree) : dueChecks(memory, now)
  return found
    .filter(isNamed)
    .slice(0, limit)
    .flatMap((row) => {
      const there = memory.domains.get(row.domainId)
      if (!there) return []
      const claimed = { ...row, claim, nextCheckAt: new Date(now.getTime() + forMs) }
      memory.health.set(row.domainId, claimed)
      return [{ ...viewOf(memory, there.domain), claim, health: recordOf(claimed) }]
    })
}

/** Writes what a check has found, if its claim is still the caller's. */
export function saveCheck(memory: Memory, checked: CheckedHealth, tell: (step: IncidentStep) => Notice[]): Notice[] | null {
  const { claim, domainId, health, news } = checked
  const row = memory.health.get(domainId)
  if (!row || row.claim !== claim) return null
  const span = addToHistory(memory, row, checked)
  const step = news && withNews(openIncident(memory, row, news), news.news, news.member)
  if (step?.incident) keepIncident(memory, step.incident)
  const notices = [...(step ? tell(step) : []), ...checked.notices]
  const incident = step ? (news?.news === 'recovery' ? undefined : step.incident?.id) : row.incident
  memory.health.set(domainId, { ...health, domainId, tenant: row.tenant, span, ...(incident !== undefined && { incident }) })
  if (checked.toOutbox) addNotices(memory, notices)
  return notices
}

/** What is known of a domain, without who is checking it. */
export function recordOf({ tenant: _, claim: __, span: ___, ...record }: HealthRow) {
  return record
}

/** The history that reaches beyond a time, oldest first. */
export function healthSpans(memory: Memory, domainId: string, from: Date): HealthSpan[] {
  return spansOf(memory, domainId)
    .filter(({ endedAt }) => endedAt.getTime() + HEALTH_HOLDS > from.getTime())
    .sort(by(({ beganAt }) => beganAt))
    .map(({ domainId: _, counted: { count, sum, most }, ...span }) => ({
      ...span,
      ...(count > 0 && { ms: { mean: sum / count, most } }),
    }))
}

/** Deletes the oldest spans that began before a time. */
export function forgetHealth({ spans }: Memory, before: Date, limit: number): number {
  const old = spans
    .filter(({ beganAt }) => beganAt < before)
    .sort(by(({ beganAt }) => beganAt))
    .slice(0, limit)
  for (const span of old) spans.delete(spanKey(span))
  return old.length
}

function addToHistory(
  memory: Memory,
  row: HealthRow,
  { domainId, health, span: { state, ms }, brokenSince }: CheckedHealth,
): SpanRow {
  const at = health.checkedAt
  if (brokenSince) {
    const begun = spansOf(memory, domainId).filter((span) => span.state === 'failing' && span.beganAt >= brokenSince)
    for (const span of begun) memory.spans.set(spanKey(span), { ...span, state: 'broken' })
  }
  const last = row.span && memory.spans.get(spanKey(row.span))
  const isWrong = state === 'failing' || state === 'broken'
  const { layer, code, address } = health
  const before: SpanRow =
    last && continuesSpan(last, state, at)
      ? last
      : {
          domainId,
          state,
          beganAt: at,
          endedAt: at,
          checks: 0,
          counted: { count: 0, sum: 0, most: 0 },
          ...(isWrong && layer !== undefined && { layer }),
          ...(isWrong && code !== undefined && { code }),
          ...(isWrong && address !== undefined && { address }),
        }
  const took = ms === undefined || state !== 'ok' ? undefined : Math.round(ms)
  const { count, sum, most } = before.counted
  const after = {
    ...before,
    endedAt: at,
    checks: before.checks + 1,
    counted: took === undefined ? before.counted : { count: count + 1, sum: sum + took, most: Math.max(most, took) },
  }
  memory.spans.set(spanKey(after), after)
  return after
}

/** The incident that the domain is part of, or the one at its place that it joins. */
function openIncident(
  { incidents }: Memory,
  row: HealthRow,
  { news, member }: { news: HealthNews; member: Member },
): Incident | null {
  if (row.incident !== undefined) return incidents.get(row.incident) ?? null
  const { tenant, place } = member
  if (place === undefined) return null
  return incidents.find((one) => one.tenant === tenant && one.place === place && isPartOf(one, news, member)) ?? null
}

/** One that no domain is part of is over. */
function keepIncident({ incidents }: Memory, incident: Incident): void {
  if (incident.open > 0) incidents.set(incident.id, incident)
  else incidents.delete(incident.id)
}

function spansOf({ spans }: Memory, domainId: string): SpanRow[] {
  return spans.filter((span) => span.domainId === domainId)
}
