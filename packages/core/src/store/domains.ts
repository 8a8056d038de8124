import type { DomainFilter, DomainView } from '../contracts/store.ts'
import type { Domain } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { assertRow } from './cells.ts'
import { summaries } from './certificates.ts'
import type { Db } from './database.ts'
import { deploymentsOf } from './deployments.ts'
import { DOMAIN_COLUMNS, type DomainRow, domainOf, domainRow, nameOf, nameRows } from './domain-rows.ts'
import type { Engine } from './engine.ts'
import { expiresAt, expiringBefore } from './expiring.ts'
import { assertOwnershipFree } from './ownership.ts'
import { recordsOf } from './records.ts'

/** The most domains of one page: their ids are parameters of the queries for what belongs to them. */
export const LONGEST_PAGE = 1000

/** The domain of this tenant and name. */
export async function findDomain(db: Db, key: { tenant: string; name: string }): Promise<Domain | null> {
  const rows = await db
    .selectFrom('domains')
    .select(DOMAIN_COLUMNS)
    .where((eb) => eb.and(key))
    .execute()
  const [domain] = await withNames(db, rows)
  return domain ?? null
}

/** The domains of these ids. */
export async function findDomains(db: Db, ids: readonly string[]): Promise<Domain[]> {
  return withNames(db, await db.selectFrom('domains').select(DOMAIN_COLUMNS).where('id', 'in', ids).execute())
}

/** The primary name of the domain that has this id, or had it before it was removed and added again. */
export async function primaryName(db: Db, id: string): Promise<string | null> {
  const row = await db.selectFrom('domains').select('name').where('id', '=', id).executeTakeFirst()
  if (row) return row.name
  const formerly = await db
    .selectFrom('former_domain_ids')
    .innerJoin('domains', 'domains.id', 'former_domain_ids.domain_id')
    .select('domains.name')
    .where('former_id', '=', id)
    .executeTakeFirst()
  return formerly?.name ?? null
}

/** The domain of this row with what `list` prints of it. */
export async function viewOf(db: Db, row: DomainRow): Promise<DomainView | null> {
  const [view] = await viewsOfRows(db, [row])
  return view ?? null
}

/** {@link viewOf} for many, at most {@link LONGEST_PAGE}. */
export async function viewsOfRows(db: Db, rows: DomainRow[]): Promise<DomainView[]> {
  return rows.length === 0 ? [] : viewsOf(db, await withNames(db, rows))
}

/** Domains with what `list` prints of them, in as many queries for a thousand as for one. */
export async function viewsOf(db: Db, domains: Domain[]): Promise<DomainView[]> {
  const certificates = await summaries(
    db,
    domains.flatMap(({ certificateId }) => certificateId ?? []),
  )
  const records = Map.groupBy(
    await recordsOf(
      db,
      domains.map(({ id }) => id),
    ),
    ({ domainId }) => domainId,
  )
  const ids = domains.map(({ id }) => id)
  const deployments = Map.groupBy(await deploymentsOf(db, ids), ({ domainId }) => domainId)
  return domains.map((domain) => {
    const certificate = domain.certificateId === undefined ? undefined : certificates.get(domain.certificateId)
    return {
      domain,
      ...(certificate && { certificate }),
      records: records.get(domain.id) ?? [],
      ...placesOf(deployments.get(domain.id)),
    }
  })
}

function placesOf(deployments: DomainView['deployments']): Pick<DomainView, 'deployments'> {
  return deployments ? { deployments } : {}
}

/** A page in the order of tenant and name, at most {@link LONGEST_PAGE} long. */
export async function pageOfDomains(
  db: Db,
  filter: DomainFilter,
  { limit, cursor }: { limit: number; cursor?: string },
  engine: Engine,
): Promise<{ domains: Domain[]; next: string | null }> {
  const length = Math.min(limit, LONGEST_PAGE)
  const { table, rest } = await expiringBefore(db, filter.expiringBefore)
  let query = db
    .selectFrom(table)
    .select(DOMAIN_COLUMNS)
    .where(rest)
    .where('domains.status', filter.status === undefined ? '!=' : '=', filter.status ?? 'deleted')
    .orderBy('domains.tenant')
    .orderBy('domains.name')
    .limit(length + 1)
  if (filter.tenant !== undefined) query = query.where('domains.tenant', '=', filter.tenant)
  const { nameStartsWith: start } = filter
  // No name has a ~ in it, and none of its characters comes after that.
  if (start) query = query.where('domains.name', '>=', start).where('domains.name', '<', `${start}~`)
  for (const [label, value] of Object.entries(filter.labels ?? {})) query = query.where(engine.hasLabel(label, value))
  if (cursor !== undefined) {
    const after = readCursor(cursor)
    // Of one tenant, by the name alone: SQLite would go through all that come before otherwise.
    query = query.where((eb) =>
      after[0] === filter.tenant
        ? eb('domains.name', '>', after[1])
        : eb(eb.refTuple('domains.tenant', 'domains.name'), '>', eb.tuple(...after)),
    )
  }
  const rows = await query.execute()
  const page = rows.slice(0, length)
  const last = page.at(-1)
  return { domains: await withNames(db, page), next: last && rows.length > length ? writeCursor(last) : null }
}

/** Inserts a domain, over a removed one of its tenant and name. @throws DomainctlError `DOMAIN_EXISTS`, `OWNERSHIP_TAKEN` */
export async function addDomain(db: Db, domain: Domain, engine: Engine): Promise<void> {
  const { id, tenant, name } = domain
  await engine.lock(db, `domain ${tenant} ${name}`)
  const there = await db
    .selectFrom('domains')
    .select(['id', 'status'])
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .executeTakeFirst()
  if (there && there.status !== 'deleted') {
    throw new DomainctlError('DOMAIN_EXISTS', `${name} is there already.`, {
      hint: `See it with: domainctl show ${name}.`,
    })
  }
  const free = { lease_owner: null, lease_until: null }
  if (there) {
    // The row gets the new id and what belongs to it follows: records that are still in the DNS stay in the journal. Whoever
    // holds the removed domain loses it.
    await db
      .updateTable('domains')
      .set({ ...domainRow(domain), ...free, expires_at: expiresAt(domain) })
      .where('id', '=', there.id)
      .execute()
    if (there.id !== id) await keepFormerId(db, there.id, domain)
  } else {
    await db
      .insertInto('domains')
      .values((eb) => ({ ...domainRow(domain), ...free, expires_at: expiresAt(domain)(eb), lease_fence: 0 }))
      .execute()
  }
  await assertOwnershipFree(db, domain, [], engine)
  await replaceNames(db, domain)
}

/** Lets the audit of the removed domain be found under the id of the one that replaces it. */
async function keepFormerId(db: Db, formerId: string, { id, tenant }: Domain): Promise<void> {
  await db
    .insertInto('former_domain_ids')
    .values({ former_id: formerId, tenant, domain_id: id })
    .onConflict((conflict) => conflict.column('former_id').doNothing())
    .execute()
}

/** Writes the domain over what is there of it. @throws DomainctlError `OWNERSHIP_TAKEN` */
export async function updateDomain(db: Db, domain: Domain, engine: Engine): Promise<void> {
  const { id, tenant, name, created_at: _, ...row } = domainRow(domain)
  const { numUpdatedRows } = await db
    .updateTable('domains')
    .set({ ...row, expires_at: expiresAt(domain) })
    .where('id', '=', id)
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) {
    throw new DomainctlError('INTERNAL', `The tenant or the primary name of ${name} was changed, which no step may do.`, {
      hint: 'This is a fault of domainctl: please report it with the output of --verbose.',
    })
  }
  const before = await db.selectFrom('domain_names').selectAll().where('domain_id', '=', id).orderBy('position').execute()
  if (JSON.stringify(before.map(nameOf)) === JSON.stringify(nameRows(domain).map(nameOf))) return
  await assertOwnershipFree(db, domain, before, engine)
  await replaceNames(db, domain)
}

async function replaceNames(db: Db, domain: Domain): Promise<void> {
  await db.deleteFrom('domain_names').where('domain_id', '=', domain.id).execute()
  if (domain.names.length > 0) await db.insertInto('domain_names').values(nameRows(domain)).execute()
}

async function withNames(db: Db, rows: DomainRow[]): Promise<Domain[]> {
  if (rows.length === 0) return []
  // An id is a parameter of the next query: one that is no text must not get there.
  const ids = rows.map((row) => assertRow('domains', row, row.id).id)
  const names = await db
    .selectFrom('domain_names')
    .selectAll()
    .where('domain_id', 'in', ids)
    .orderBy('domain_id')
    .orderBy('position')
    .execute()
  const byDomain = Map.groupBy(names, ({ domain_id }) => domain_id)
  return rows.map((row) => domainOf(row, (byDomain.get(row.id) ?? []).map(nameOf)))
}

function writeCursor({ tenant, name }: DomainRow): string {
  return Buffer.from(JSON.stringify([tenant, name])).toString('base64url')
}

function readCursor(cursor: string): [tenant: string, name: string] {
  try {
    const [tenant, name] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    if (typeof tenant === 'string' && typeof name === 'string') return [tenant, name]
  } catch (cause) {
    throw cursorInvalid(cause)
  }
  throw cursorInvalid()
}

function cursorInvalid(cause?: unknown): DomainctlError {
  return new DomainctlError('USAGE', 'This cursor is not one that an earlier page has given.', {
    hint: 'Give the value of `next` as it was printed, or none to begin with the first page.',
    cause,
  })
}
