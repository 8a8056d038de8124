import type { CheckedHealth } from '../contracts/health-store.ts'
import type { IncidentStep } from '../domain/health/incidents.ts'
import type { Notice } from '../domain/notice.ts'
import type { Db } from './database.ts'
import type { Engine } from './engine.ts'
import { addToHistory } from './health-history.ts'
import { noteNews } from './health-incidents.ts'
import { saveNotices } from './notices.ts'

/** Writes what a check has found, if its claim is still ours; returns what people are told, or null. */
export async function saveCheck(
  db: Db,
  checked: CheckedHealth,
  tell: (step: IncidentStep) => Notice[],
  engine: Engine,
): Promise<Notice[] | null> {
  const { claim, domainId, health, span, news } = checked
  const row = await db
    .selectFrom('health')
    .select(['tenant', 'claim', 'incident', 'checked_at', 'span_state', 'span_began_at'])
    .where('domain_id', '=', domainId)
    .modifyEnd(engine.takesRows)
    .executeTakeFirst()
  if (row?.claim !== claim) return null

  const last =
    row.span_state === null || row.span_began_at === null || row.checked_at === null
      ? null
      : { state: row.span_state, beganAt: new Date(row.span_began_at), endedAt: new Date(row.checked_at) }
  const spanBeganAt = await addToHistory(db, row.tenant, checked, last)
  const step = news ? await noteNews(db, row.incident, news, engine) : null
  const notices = [...(step ? tell(step) : []), ...checked.notices]
  const incident = step ? incidentAfter(step, checked) : row.incident
  await db
    .updateTable('health')
    .set({
      claim: null,
      next_check_at: health.nextCheckAt.getTime(),
      damping: JSON.stringify(health.damping),
      checked_at: health.checkedAt.getTime(),
      layer: health.layer ?? null,
      code: health.code ?? null,
      address: health.address ?? null,
      message: health.message ?? null,
      incident,
      expiry_told: health.expiryTold ? JSON.stringify(health.expiryTold) : null,
      span_state: span.state,
      span_began_at: spanBeganAt.getTime(),
    })
    .where('domain_id', '=', domainId)
    .execute()
  if (checked.toOutbox) await saveNotices(db, notices)
  return notices
}

/** What the domain is part of from now on: one that is well again is part of nothing. */
function incidentAfter({ incident }: IncidentStep, { news }: CheckedHealth): string | null {
  return news?.news === 'recovery' ? null : (incident?.id ?? null)
}
