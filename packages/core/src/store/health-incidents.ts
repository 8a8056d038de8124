import type { HealthNews } from '../domain/health/damping.ts'
import { type Incident, type IncidentStep, isPartOf, type Member, withNews } from '../domain/health/incidents.ts'
import { readObject } from './columns.ts'
import type { Db } from './database.ts'
import type { Engine } from './engine.ts'

/**
 * What the news of a domain makes of its incident, or, for an outage, of the one at its place. Called after the domain's row of health
 * was taken, as everywhere: so nobody waits in a circle.
 * @param id of the incident that the domain is part of
 */
export async function noteNews(
  db: Db,
  id: string | null,
  { news, member }: { news: HealthNews; member: Member },
  engine: Engine,
): Promise<IncidentStep> {
  await lockIncidents(db, member.tenant, engine)
  const begins = news === 'outage' || news === 'flapping'
  const open = id === null && begins ? await openIncidents(db, member) : []
  const before = id === null ? open.find((one) => isPartOf(one, news, member)) : await incidentOf(db, id)
  const step = withNews(before ?? null, news, member)
  if (step.incident) await saveIncident(db, step.incident)
  return step
}

/** One domain less. @returns the incident, where that was the last one */
export async function leaveIncident(db: Db, tenant: string, id: string, engine: Engine): Promise<Incident | undefined> {
  await lockIncidents(db, tenant, engine)
  const incident = await incidentOf(db, id)
  if (!incident) return undefined
  const left = { ...incident, open: incident.open - 1 }
  await saveIncident(db, left)
  return left.open <= 0 ? left : undefined
}

async function openIncidents(db: Db, { tenant, place }: Member): Promise<Incident[]> {
  if (place === undefined) return []
  const rows = await db
    .selectFrom('health_incidents')
    .select(['id', 'document'])
    .where('tenant', '=', tenant)
    .where('place', '=', place)
    .execute()
  return rows.map(read)
}

async function incidentOf(db: Db, id: string): Promise<Incident | null> {
  const row = await db.selectFrom('health_incidents').select(['id', 'document']).where('id', '=', id).executeTakeFirst()
  return row ? read(row) : null
}

async function saveIncident(db: Db, incident: Incident): Promise<void> {
  const { id, tenant, place = null, open } = incident
  if (open <= 0) {
    await db.deleteFrom('health_incidents').where('id', '=', id).execute()
    return
  }
  const document = JSON.stringify(incident)
  await db
    .insertInto('health_incidents')
    .values({ id, tenant, place, document })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ document }))
    .execute()
}

/** @throws UnreadableValue */
function read({ id, document }: { id: string; document: string }): Incident {
  return readObject<Incident>(document, { table: 'health_incidents', row: id, column: 'document' })
}

/** They are read and then written; a tenant has few. */
async function lockIncidents(db: Db, tenant: string, engine: Engine): Promise<void> {
  await engine.lock(db, `incidents ${tenant}`)
}
