/** Runs one statement of SQL and answers its rows. */
export type RunSql = (sql: string) => Promise<Record<string, unknown>[]>

/** The names of states' engines, as SQL is spelt for them. */
export type Dialect = 'sqlite' | 'postgres'

export interface FleetOptions {
  /** How many domains there are in the end, with the one that was there. */
  domains: number
  /** How many of them have something to be done at `now`. */
  due: number
  /** Ms since 1970. */
  now: number
  /** Only what lists and due work read: no orders and no audit, and chains of a certificate cut short. */
  isLean?: boolean
}

/** Rows that one statement makes. */
const CHUNK = 25_000

/** The numbers of domains, mixed: their names come in another order than their ids. No two below this prime get the same. */
const MIXED = '(n * 7368787 % 9999991)'

/** Tables with rows of a domain, those first that others refer to. */
const TABLES = ['domains', 'domain_names', 'orders', 'certificates', 'records', 'audit'] as const

const HOUR = 3_600_000
const DAY = 24 * HOUR

/**
 * Makes a fleet of the one domain that a state holds: every row that belongs to it once for each, with names and ids of its own, and
 * with the states, labels and times that a fleet has. By SQL alone, since a million of them by way of the store would take hours.
 * What is sealed is copied as it is: it has the right size, and opens nowhere but in the first one.
 */
export async function growFleet(run: RunSql, dialect: Dialect, o: FleetOptions): Promise<void> {
  const [first] = await run('select id, name from domains')
  if (!first) throw new Error('there is no domain to make others from')
  const { id, name } = first
  const own = new Map<string, string>([[String(name), nameOfNth(dialect)]])
  const rows = new Map<string, Record<string, unknown>[]>()
  for (const table of TABLES) {
    const key = table === 'domains' ? 'id' : 'domain_id'
    const found = await run(`select * from ${table} where ${key} = ${text(id)}`)
    const lean = table === 'certificates' ? found.map((row) => ({ ...row, chain: String(row.chain).slice(0, 256) })) : found
    const isLeftOut = o.isLean && (table === 'orders' || table === 'audit')
    rows.set(table, isLeftOut ? [] : o.isLean ? lean : found)
    if (table === 'domain_names' || table === 'audit') continue
    for (const row of found)
      own.set(String(row.id), `'019fa000-${String(own.size).padStart(4, '0')}-7000-8000-' || ${hex(dialect)}`)
  }
  for (let from = 1; from < o.domains; from += CHUNK) {
    const to = Math.min(from + CHUNK, o.domains) - 1
    for (const table of TABLES) {
      for (const row of rows.get(table) ?? []) await run(insert(dialect, table, { row, own, from, to }, o))
    }
  }
}

function insert(
  dialect: Dialect,
  table: (typeof TABLES)[number],
  { row, own, from, to }: { row: Record<string, unknown>; own: Map<string, string>; from: number; to: number },
  o: FleetOptions,
): string {
  const special = specials(row, own, o)[table] ?? {}
  const columns = Object.keys(row).filter((column) => column !== 'seq' && column !== 'written_by')
  const values = columns.map((column) => special[column] ?? expressionOf(row[column], own))
  const series =
    dialect === 'sqlite'
      ? `(with recursive numbers (n) as (values (${from}) union all select n + 1 from numbers where n < ${to}) select n from numbers) as numbers`
      : `generate_series(${from}::bigint, ${to}::bigint) as numbers (n)`
  const where = table === 'orders' || table === 'certificates' ? `where not (${IS_NEW})` : 'where true'
  return `insert into ${table} (${columns.join(', ')}) select ${values.join(', ')} from ${series} ${where}`
}

/** Two in a hundred have never had a certificate. */
const IS_NEW = 'n % 50 = 3'
/** Five in a thousand are given up, and one of these is about to expire. */
const IS_FAILED = 'n % 200 = 7'
const IS_EXPIRING = 'n % 1000 = 7'

/** What differs between domains beside their names and ids; certificates are spread over their two months. */
function specials(
  row: Record<string, unknown>,
  own: Map<string, string>,
  { domains, due, now }: FleetOptions,
): Record<string, Record<string, string>> {
  const spread = `(n * 7919 % ${(60 * DAY) / 1000}) * 1000`
  const renewAt = `${now + HOUR} + ${spread}`
  const notAfter = `case when ${IS_EXPIRING} then ${now + HOUR} + n % ${(6 * DAY) / 1000} * 1000 else ${renewAt} + ${30 * DAY} end`
  const isDue = `n % ${Math.floor(domains / due)} = 0`
  return {
    domains: {
      status: `case when ${IS_FAILED} then 'failed' when ${IS_NEW} then 'pending_dns' when n % 500 = 11 then 'deleted' else 'active' end`,
      labels: `'{"customer":"c' || (n / 10) || '","plan":"' || case when n % 4 = 0 then 'pro' else 'basic' end || '"}'`,
      next_action_at: `case when ${isDue} then ${now} - n % ${HOUR} else ${renewAt} end`,
      expires_at: `case when ${IS_NEW} then null else ${notAfter} end`,
      certificate_id: `case when ${IS_NEW} then null else ${expressionOf(row.certificate_id, own)} end`,
    },
    orders: { url: `'https://ca.example/order/' || n` },
    certificates: { renew_at: renewAt, not_after: notAfter },
  }
}

/** A value with this domain's names and ids in place of the first one's. */
function expressionOf(value: unknown, own: Map<string, string>): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value !== 'string') return String(value)
  // The longest first: one may be a part of another.
  const words = [...own.keys()].sort((a, b) => b.length - a.length).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const parts = value.split(new RegExp(`(${words.join('|')})`)).filter((part) => part !== '')
  if (parts.length === 0) return "''"
  return parts.map((part) => own.get(part) ?? text(part)).join(' || ')
}

function nameOfNth(dialect: Dialect): string {
  return `'shop' || ${dialect === 'sqlite' ? `printf('%07d', ${MIXED})` : `lpad(${MIXED}::text, 7, '0')`} || '.example.com'`
}

function hex(dialect: Dialect): string {
  return dialect === 'sqlite' ? "printf('%012x', n)" : "lpad(to_hex(n), 12, '0')"
}

function text(value: unknown): string {
  return `'${String(value).replaceAll("'", "''")}'`
}
