import { type Selectable, sql } from 'kysely'
import type { DomainView } from '../contracts/domain-view.ts'
import type { ClaimedCheck, HealthRecord } from '../contracts/health-store.ts'
import { type Damping, undisturbed } from '../domain/health/damping.ts'
import type { ExpiryTold } from '../domain/health/expiry.ts'
import { healthTargets } from '../domain/health/health-check.ts'
import type { Incident } from '../domain/health/incidents.ts'
import type { Domain } from '../domain/model.ts'
import { assertRow } from './cells.ts'
import { dateOrNull, readObject, withoutNulls } from './columns.ts'
import type { Db } from './database.ts'
import { findDomains, viewsOf } from './domains.ts'
import type { Engine } from './engine.ts'
import { leaveIncident } from './health-incidents.ts'
import type { HealthTable } from './schema.ts'

/** Ids in one query. */
const MOST = 1000

/**
 * Watches a domain from when it has a certificate until it is suspended or removed.
 * @returns the incident that is over with that
 */
export async function followStatus(db: Db, domain: Domain, engine: Engine): Promise<Incident | undefined> {
  if (domain.status === 'suspended' || domain.status === 'deleted') return unwatch(db, domain, engine)
  if (!isWatched(domain)) return undefined
  await watch(db, domain)
  return healthTargets(domain).length === 0 ? (await forgetOutage(db, domain.id, engine))?.over : undefined
}

/**
 * A failure that is being made sure of: its checks have half of the places, since people are to be told in five minutes (requirements
 * H2), also where thousands of others have been due for longer. As text, or no engine would find its index.
 */
const IS_FAILING = sql<boolean>`span_state = 'failing'`

/** Domains whose check is due: by turns a failure that is being made sure of, and any; of both the longest due first. */
export async function dueChecks(db: Db, now: Date, limit: number): Promise<{ id: string; tenant: string; name: string }[]> {
  const due = db
    .selectFrom('health')
    .innerJoin('domains', 'domains.id', 'health.domain_id')
    .select(['domains.id', 'domains.tenant', 'domains.name'])
    .where('next_check_at', '<=', now.getTime())
    .orderBy('next_check_at')
  const failing = await due
    .where(IS_FAILING)
    .limit(Math.ceil(limit / 2))
    .execute()
  const any = await due.limit(limit).execute()
  if (failing.length === 0) return any
  const byTurns = any.flatMap((one, n) => [...failing.slice(n, n + 1), one])
  return [...new Map(byTurns.map((one) => [one.id, one])).values()].slice(0, limit)
}

/** Claims checks, each for one caller; until the claim ends they are not due. */
export async function claimChecks(
  db: Db,
  now: Date,
  limit: number,
  {
    claim,
    forMs,
    domainIds,
    onlyDue = false,
  }: { claim: string; forMs: number; domainIds?: readonly string[]; onlyDue?: boolean },
  engine: Engine,
): Promise<ClaimedCheck[]> {
  if (domainIds?.length === 0) return []
  const at = now.getTime()
  const most = Math.min(limit, MOST)
  const free = db.selectFrom('health').select('domain_id').modifyEnd(engine.skipLocked)
  const due = free.where('next_check_at', '<=', at).orderBy('next_check_at')
  const idsOf = async (query: typeof free) => (await query.execute()).map(({ domain_id }) => domain_id)
  const ids: string[] = []
  if (domainIds) {
    const named = (onlyDue ? due : free.where('next_check_at', 'is not', null)).where('domain_id', 'in', domainIds.slice(0, MOST))
    // One whose time is over is free, whoever had it.
    ids.push(...(await idsOf(named.where((eb) => eb.or([eb('claim', 'is', null), eb('next_check_at', '<=', at)])).limit(most))))
  } else {
    ids.push(...(await idsOf(due.where(IS_FAILING).limit(Math.ceil(most / 2)))))
    const others = ids.length > 0 ? due.where('domain_id', 'not in', ids) : due
    ids.push(...(await idsOf(others.limit(most - ids.length))))
  }
  if (ids.length === 0) return []
  await db
    .updateTable('health')
    .set({ claim, next_check_at: at + forMs })
    .where('domain_id', 'in', ids)
    .execute()
  const records = new Map((await healthOf(db, ids)).map((record) => [record.domainId, record]))
  const views = new Map((await viewsOf(db, await findDomains(db, ids))).map((view) => [view.domain.id, view]))
  return ids.flatMap((id) => {
    const [view, health] = [views.get(id), records.get(id)]
    return view && health ? [{ ...view, claim, health }] : []
  })
}

/** What `list` and `show` print of domains. */
export async function viewsWithHealth(db: Db, domains: Domain[]): Promise<DomainView[]> {
  const records = new Map(
    (
      await healthOf(
        db,
        domains.map(({ id }) => id),
      )
    ).map((record) => [record.domainId, record]),
  )
  return (await viewsOf(db, domains)).map((view) => {
    const health = records.get(view.domain.id)
    return { ...view, ...(health && { health }) }
  })
}

/** What is known of these domains' health. */
export async function healthOf(db: Db, domainIds: readonly string[]): Promise<HealthRecord[]> {
  if (domainIds.length === 0) return []
  return (await db.selectFrom('health').selectAll().where('domain_id', 'in', domainIds).execute()).map(recordOf)
}

function isWatched({ certificateId, status }: Domain): boolean {
  return certificateId !== undefined && status !== 'suspended' && status !== 'deleted'
}

async function watch(db: Db, { id, tenant, updatedAt }: Domain): Promise<void> {
  await db
    .insertInto('health')
    .values({
      domain_id: id,
      tenant,
      // Its first certificate has to be put where it serves before there is anything to see.
      next_check_at: updatedAt.getTime() + 60_000,
      damping: JSON.stringify(undisturbed()),
    })
    .onConflict((conflict) =>
      conflict
        .column('domain_id')
        .doUpdateSet((eb) => ({ next_check_at: eb.ref('excluded.next_check_at') }))
        .where('health.next_check_at', 'is', null),
    )
    .execute()
}

async function unwatch(db: Db, { id, status }: Domain, engine: Engine): Promise<Incident | undefined> {
  const watched = await forgetOutage(db, id, engine)
  if (!watched) return undefined
  await db.updateTable('health').set({ next_check_at: null }).where('domain_id', '=', id).execute()
  if (status === 'deleted') await db.deleteFrom('health_history').where('domain_id', '=', id).execute()
  return watched.over
}

/**
 * Of what nobody measures any more nothing is known: an outage of it would never end, nor one that a check still finds.
 * @returns the incident that is over with it; null: it is not watched
 */
async function forgetOutage(db: Db, id: string, engine: Engine): Promise<{ over?: Incident } | null> {
  const row = await db
    .selectFrom('health')
    .select(['tenant', 'incident'])
    .where('domain_id', '=', id)
    .where('next_check_at', 'is not', null)
    .modifyEnd(engine.takesRows)
    .executeTakeFirst()
  if (!row) return null
  const over = row.incident === null ? undefined : await leaveIncident(db, row.tenant, row.incident, engine)
  const nothing = { layer: null, code: null, address: null, message: null, incident: null, span_state: null, span_began_at: null }
  await db
    .updateTable('health')
    .set({ ...nothing, claim: null, damping: JSON.stringify(undisturbed()) })
    .where('domain_id', '=', id)
    .execute()
  return over ? { over } : {}
}

/** @throws UnreadableValue */
function recordOf(row: Selectable<HealthTable>): HealthRecord {
  assertRow('health', row, row.domain_id)
  const cell = (column: string) => ({ table: 'health', row: row.domain_id, column })
  return {
    domainId: row.domain_id,
    damping: readObject<Damping>(row.damping, cell('damping')),
    ...withoutNulls({
      checkedAt: dateOrNull(row.checked_at),
      seen: row.span_state,
      layer: row.layer,
      code: row.code,
      address: row.address,
      message: row.message,
      incident: row.incident,
      expiryTold: row.expiry_told === null ? null : readObject<ExpiryTold>(row.expiry_told, cell('expiry_told')),
      nextCheckAt: dateOrNull(row.next_check_at),
    }),
  }
}
