import { sql } from 'kysely'
import { auditLine } from '../domain/audit-line.ts'
import { DEFAULT_TENANT } from '../domain/ids.ts'
import type { NewAuditEvent } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { appendEvents } from './audit.ts'
import { assertRow } from './cells.ts'
import type { Db } from './database.ts'
import type { Engine } from './engine.ts'
import { initial } from './migrations/0001-initial.ts'
import { ownershipMissing } from './migrations/0002-ownership-missing.ts'
import { rrsetLeases } from './migrations/0003-rrset-leases.ts'
import { caCircuits } from './migrations/0004-ca-circuits.ts'
import { renewalAdvice } from './migrations/0005-renewal-advice.ts'
import { caBudgets } from './migrations/0006-ca-budgets.ts'
import { httpChallenges } from './migrations/0007-http-challenges.ts'
import { accounts } from './migrations/0008-accounts.ts'
import { ownRequests } from './migrations/0009-own-requests.ts'
import { plannedRenewals } from './migrations/0010-planned-renewals.ts'
import { manyWriters } from './migrations/0011-many-writers.ts'
import { dataKeys } from './migrations/0012-data-keys.ts'
import { auditFilters } from './migrations/0013-audit-filters.ts'
import { largeFleets } from './migrations/0014-large-fleets.ts'
import { forgottenOrders } from './migrations/0015-forgotten-orders.ts'
import { notices } from './migrations/0016-notices.ts'
import { deployments } from './migrations/0017-deployments.ts'
import { health } from './migrations/0018-health.ts'
import { noticeOrder } from './migrations/0019-notice-order.ts'
import { healthRechecks } from './migrations/0020-health-rechecks.ts'
import { foreignState, unfinishedCopy } from './state-errors.ts'

/** One step of the schema. Once released it is never changed. */
export interface Migration {
  /** 1, 2, 3 … */
  version: number
  up(db: Db, engine: Engine): Promise<void>
}

/** Every step from an empty database to the schema of `schema.ts`. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, up: initial },
  { version: 2, up: ownershipMissing },
  { version: 3, up: rrsetLeases },
  { version: 4, up: caCircuits },
  { version: 5, up: renewalAdvice },
  { version: 6, up: caBudgets },
  { version: 7, up: httpChallenges },
  { version: 8, up: accounts },
  { version: 9, up: ownRequests },
  { version: 10, up: plannedRenewals },
  { version: 11, up: manyWriters },
  { version: 12, up: dataKeys },
  { version: 13, up: auditFilters },
  { version: 14, up: largeFleets },
  { version: 15, up: forgottenOrders },
  { version: 16, up: notices },
  { version: 17, up: deployments },
  { version: 18, up: health },
  { version: 19, up: noticeOrder },
  { version: 20, up: healthRechecks },
]

/** The version that this domainctl reads and writes. */
export const LATEST = lastOf(MIGRATIONS)

/** Stands among the versions of a state as long as a copy is filling it: it is not to be used before that has ended. */
export const FILLING = 1_000_000_000

/**
 * The version of the schema in the database; 0 for an empty one. Two cheap queries, so that it can be asked at every start.
 * @param o `isFilled`: by us, so that it may be incomplete
 * @throws DomainctlError `STATE_NEWER`; `STATE_UNREADABLE` for a database of another program, or one that is not whole
 */
export async function schemaVersion(db: Db, engine: Engine, latest = LATEST, o: { isFilled?: boolean } = {}): Promise<number> {
  const tables = (await engine.tables.execute(db)).rows
  if (tables.length === 0) return 0
  if (!tables.some(({ name }) => name === 'schema_version')) throw foreignState(engine.place)
  const row = await db
    .selectFrom('schema_version')
    .select(({ fn }) => fn.max('version').as('version'))
    .$if(o.isFilled === true, (query) => query.where('version', '<', FILLING))
    .executeTakeFirst()
  const version = row?.version ?? 0
  // SQLite puts a text behind every number, and it would pass for no version at all: an empty state.
  assertRow('schema_version', { version }, 'version')
  if (version <= latest) return version
  if (version === FILLING) throw unfinishedCopy(engine.place)
  throw new DomainctlError(
    'STATE_NEWER',
    `The state ${engine.place} was written by a newer domainctl (its schema has version ${version}, this one knows ${latest}).`,
    { hint: 'Update domainctl; the state was not changed.' },
  )
}

/**
 * Brings the database from whatever version it has to the latest one. Called in a transaction that holds the write lock:
 * a second process finds the work done, and a step that fails takes those before it back.
 * @throws DomainctlError like {@link schemaVersion}
 */
export async function migrate(
  db: Db,
  engine: Engine,
  now: Date,
  migrations = MIGRATIONS,
  o: { isFilled?: boolean } = {},
): Promise<void> {
  const current = await schemaVersion(db, engine, lastOf(migrations), o)
  if (current === 0)
    await sql`create table if not exists schema_version (version bigint primary key, applied_at bigint not null)`.execute(db)
  for (const { version, up } of migrations) {
    if (version <= current) continue
    await up(db, engine)
    await db.insertInto('schema_version').values({ version, applied_at: now.getTime() }).execute()
  }
  // A new state has changed nothing, and what a copy is filling comes with the lines of its source.
  if (migrations === MIGRATIONS && current > 0 && current < LATEST && !o.isFilled)
    await appendEvents(db, [migrated(current, now)])
}

function migrated(from: number, at: Date): NewAuditEvent {
  const message = `The state was brought from version ${from} to ${LATEST}`
  return auditLine({ at, tenant: DEFAULT_TENANT, who: 'domainctl' }, 'state.migrated', message, { from, to: LATEST })
}

function lastOf(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0
}
