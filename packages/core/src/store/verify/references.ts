import { type Expression, type RawBuilder, sql } from 'kysely'
import { DEFAULT_TENANT } from '../../domain/ids.ts'
import type { Engine } from '../engine.ts'
import type { NewFinding } from './finding.ts'

/** Something that rows of several tables must have in common; each is one statement, so that both sides are of one moment. */
export interface ReferenceCheck extends Omit<NewFinding, 'row'> {
  table: string
  /** Selects the `id` of each row that is wrong. */
  wrong: RawBuilder<{ id: string | number | null }>
}

/** Enough to see what happened; the count is not needed. */
export const MOST_OF_A_KIND = 200

const LIMIT = sql.raw(`limit ${MOST_OF_A_KIND}`)
const DAY_MS = sql.lit(86_400_000)

/** Tables whose rows belong to a domain, and what tells their rows apart. */
const OWNED = [
  ['domain_names', 'domain_id'],
  ['former_domain_ids', 'former_id'],
  ['orders', 'id'],
  ['certificates', 'id'],
  ['records', 'id'],
  ['http_challenges', 'token'],
  ['deployments', 'domain_id'],
  ['health', 'domain_id'],
  ['health_history', 'domain_id'],
] as const

/** All checks that go from table to table. */
export function referenceChecks(engine: Engine): ReferenceCheck[] {
  return [
    ...OWNED.flatMap(([table, id]) => ofTheirDomain(table, id)),
    ...ofDomains(engine),
    ...ofNames(),
    ...ofOrders(),
    ...ofNotices(),
    ofIncidents(),
  ]
}

function ofIncidents(): ReferenceCheck {
  return {
    severity: 'warning',
    kind: 'reference',
    table: 'health',
    column: 'incident',
    what: 'The domain is part of an incident that is not there, or of another tenant: nobody is told of its end.',
    wrong: sql`select h.domain_id as id from health h left join health_incidents i on i.id = h.incident
      where h.incident is not null and (i.id is null or i.tenant <> h.tenant) ${LIMIT}`,
  }
}

function ofTheirDomain(table: string, id: string): ReferenceCheck[] {
  const row = sql.ref(`r.${id}`)
  return [
    {
      severity: 'error',
      kind: 'reference',
      table,
      column: 'domain_id',
      what: 'The row belongs to a domain that is not there.',
      wrong: sql`select ${row} as id from ${sql.table(table)} r left join domains d on d.id = r.domain_id where d.id is null ${LIMIT}`,
    },
    {
      severity: 'error',
      kind: 'reference',
      table,
      column: 'tenant',
      what: 'The row belongs to another tenant than its domain.',
      wrong: sql`select ${row} as id from ${sql.table(table)} r join domains d on d.id = r.domain_id where d.tenant <> r.tenant ${LIMIT}`,
    },
  ]
}

function ofNotices(): ReferenceCheck[] {
  return (
    [
      ['notices', 'notice_id', 'notice'],
      ['notice_deliveries', 'delivery_id', 'delivery'],
    ] as const
  ).map(([table, column, what]) => ({
    severity: 'warning',
    kind: 'reference',
    table: 'delivered_notices',
    column,
    what: `The ${what} is not there, or is one of another tenant.`,
    wrong: sql`select r.delivery_id as id from delivered_notices r left join ${sql.table(table)} o on o.id = ${sql.ref(`r.${column}`)}
      where o.id is null or o.tenant <> r.tenant ${LIMIT}`,
  }))
}

function ofDomains(engine: Engine): ReferenceCheck[] {
  return [
    {
      severity: 'error',
      kind: 'reference',
      table: 'domains',
      column: 'certificate_id',
      what: 'The certificate of the domain is not there, or is one of another domain.',
      fix: 'Have a new one: `domainctl issue NAME --force`.',
      wrong: sql`select d.id from domains d left join certificates c on c.id = d.certificate_id
        where d.certificate_id is not null and (c.id is null or c.domain_id <> d.id or c.tenant <> d.tenant) ${LIMIT}`,
    },
    {
      severity: 'warning',
      kind: 'implausible',
      table: 'domains',
      column: 'lease_until',
      what: 'Somebody holds the domain for more than a day yet: nobody else can work on it.',
      fix: 'No command holds one for longer than minutes. End what holds it; then empty lease_owner and lease_until of this row.',
      wrong: far('domains', 'id', engine.leaseNow()),
    },
    {
      severity: 'warning',
      kind: 'implausible',
      table: 'key_leases',
      column: 'lease_until',
      what: 'Somebody holds this lease for more than a day yet: nobody else can have it.',
      fix: 'No command holds one for longer than minutes. End what holds it; then delete this row.',
      wrong: far('key_leases', 'key', engine.leaseNow()),
    },
    {
      severity: 'error',
      kind: 'reference',
      table: 'former_domain_ids',
      column: 'former_id',
      what: 'A domain has the id that another one is said to have had.',
      wrong: sql`select f.former_id as id from former_domain_ids f join domains d on d.id = f.former_id ${LIMIT}`,
    },
  ]
}

function far(table: string, id: string, now: Expression<number>): RawBuilder<{ id: string }> {
  return sql`select ${sql.ref(id)} as id from ${sql.table(table)} where lease_until > ${now} + ${DAY_MS} ${LIMIT}`
}

function ofNames(): ReferenceCheck[] {
  const names = { severity: 'error', kind: 'reference', table: 'domain_names' } as const
  return [
    {
      ...names,
      table: 'domains',
      column: 'name',
      what: 'The domain has no names, or its first one is another than its own.',
      wrong: sql`select d.id from domains d left join domain_names n on n.domain_id = d.id and n.position = 0
        where n.name is null or n.name <> d.name ${LIMIT}`,
    },
    {
      ...names,
      column: 'position',
      what: 'The names of the domain are not numbered 0, 1, 2 ….',
      wrong: sql`select domain_id as id from domain_names group by domain_id
        having min(position) <> 0 or max(position) <> count(*) - 1 ${LIMIT}`,
    },
    {
      ...names,
      column: 'name',
      what: 'The domain has a name twice.',
      wrong: sql`select domain_id as id from domain_names group by domain_id, name having count(*) > 1 ${LIMIT}`,
    },
    {
      ...names,
      column: 'ownership_proven_at',
      what: 'Two tenants have proven ownership of this name, and only one of them can.',
      fix: 'Find out whose it is; `domainctl remove NAME --tenant ID` takes it from the other one.',
      wrong: sql`select n.name as id from domain_names n join domains d on d.id = n.domain_id
        where n.ownership_proven_at is not null and d.status <> 'deleted' and exists (
          select 1 from domain_names o join domains e on e.id = o.domain_id
          where o.base_name = n.base_name and o.tenant <> n.tenant and o.ownership_proven_at is not null and e.status <> 'deleted')
        ${LIMIT}`,
    },
  ]
}

function ofOrders(): ReferenceCheck[] {
  const ENDED = sql.raw(`('stored', 'invalid')`)
  const warning = { severity: 'warning', kind: 'reference' } as const
  // One account of the operator's serves all tenants, as CAs ask of large integrators.
  const isForeign = (table: 'o' | 'c') => sql`a.tenant not in (${DEFAULT_TENANT}, ${sql.ref(`${table}.tenant`)})
    or a.ca <> ${sql.ref(`${table}.ca`)}`
  return [
    {
      severity: 'error',
      kind: 'reference',
      table: 'orders',
      column: 'account_id',
      what: 'The order is open, and its account is not there, or of another tenant or CA.',
      fix: 'Begin anew: `domainctl issue NAME --force`.',
      wrong: sql`select o.id from orders o left join accounts a on a.id = o.account_id
        where o.state not in ${ENDED} and (a.id is null or ${isForeign('o')}) ${LIMIT}`,
    },
    {
      ...warning,
      table: 'orders',
      column: 'account_id',
      what: 'The account of this order, which has ended, is not there, or of another tenant or CA.',
      wrong: sql`select o.id from orders o left join accounts a on a.id = o.account_id
        where o.state in ${ENDED} and (a.id is null or ${isForeign('o')}) ${LIMIT}`,
    },
    {
      ...warning,
      table: 'certificates',
      column: 'account_id',
      what: 'The account that the certificate came by is not there, or of another tenant or CA: it cannot be revoked by it.',
      wrong: sql`select c.id from certificates c left join accounts a on a.id = c.account_id
        where c.account_id <> '' and (a.id is null or ${isForeign('c')}) ${LIMIT}`,
    },
    {
      ...warning,
      table: 'certificates',
      column: 'order_id',
      what: 'The order of the certificate is not there, or of another domain or CA.',
      wrong: sql`select c.id from certificates c left join orders o on o.id = c.order_id
        where c.order_id <> '' and (o.id is null or o.domain_id <> c.domain_id or o.ca <> c.ca) ${LIMIT}`,
    },
    {
      ...warning,
      table: 'deployments',
      column: 'certificate_id',
      what: 'The certificate of the deployment is not there, or is one of another domain, or has another fingerprint.',
      fix: 'The next `domainctl issue NAME` or `renew` deploys the certificate that is live then.',
      wrong: sql`select r.domain_id as id from deployments r left join certificates c on c.id = r.certificate_id
        where c.id is null or c.domain_id <> r.domain_id or c.fingerprint <> r.fingerprint ${LIMIT}`,
    },
    ...(['records', 'http_challenges'] as const).map(
      (table): ReferenceCheck => ({
        ...warning,
        table,
        column: 'order_id',
        what: 'It was made for an order that is not there, or of another domain.',
        wrong: sql`select ${sql.ref(table === 'records' ? 'r.id' : 'r.token')} as id from ${sql.table(table)} r
          left join orders o on o.id = r.order_id
          where r.order_id is not null and (o.id is null or o.domain_id <> r.domain_id) ${LIMIT}`,
      }),
    ),
    {
      severity: 'note',
      kind: 'reference',
      table: 'records',
      column: 'order_id',
      what: 'The order of this challenge record has ended, and the record is still to be taken away.',
      fix: 'The next `domainctl issue NAME` or `renew` takes it away.',
      wrong: sql`select r.id from records r join orders o on o.id = r.order_id
        where r.purpose = 'challenge' and o.state in ${ENDED} ${LIMIT}`,
    },
  ]
}
