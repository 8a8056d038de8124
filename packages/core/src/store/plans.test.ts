import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompiledQuery, type Dialect, Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Store } from '../contracts/store.ts'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleCertificate,
  sampleDomain,
  sampleEvent,
  sampleHttpChallenge,
  sampleOrder,
  sampleRecord,
} from '../testing/model-samples.ts'
import { Database, type Db } from './database.ts'
import { type Engine, sqliteEngine } from './engine.ts'
import { growFleet } from './fleet.test.support.ts'
import { Keyring } from './keyring.ts'
import { KyselyStore } from './kysely-store.ts'
import { openSqliteStore } from './open.ts'
import { connectedPool, openPostgresStore } from './open-postgres.ts'
import { PooledPostgresDialect } from './postgres.ts'
import { postgresEngine } from './postgres-engine.ts'
import { type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'
import { readPostgresUrl } from './postgres-url.ts'
import type { Schema } from './schema.ts'
import { NodeSqliteDialect, openDatabase } from './sqlite.ts'

const KEY = '0f'.repeat(32)
const DOMAINS = 20_000
const NOW = SAMPLE_TIME.getTime()
const runtime = { clock: systemClock(), random: systemRandom() }

/** So many rows a call may look at in one place: what it asks for and some more, and far less than there are. */
const MOST_ROWS = 3_000
/** To put so many in order is no work: a page. */
const FEW_ROWS = 100

/** A fleet, and how its engine goes about the statements of a call. */
interface Fleet extends AsyncDisposable {
  /** Each SELECT that the call made, and how the engine carries it out with just these values. */
  plansOf(call: (store: Store) => Promise<unknown>): Promise<Plan[]>
}

interface Plan {
  sql: string
  /** In the engine's own words. */
  text: string
  /** A table that grows with the fleet is read from one end, be it along an index: only a limit ends that. */
  walks: boolean
  /** A table that grows with the fleet is read from one end to the other, or an index of it. */
  readsAll: boolean
  sorts: boolean
}

/** A cursor after nearly all names. */
const AT_THE_END = Buffer.from(JSON.stringify(['default', 'shop999'])).toString('base64url')

/**
 * What no call may do, however large a fleet: read a table from one end to the other. Timings would say so only on a quiet machine,
 * plans say it everywhere. Those that sort put the rows of one domain, one page or one name in order.
 */
const CALLS: Record<string, { call: (store: Store) => Promise<unknown>; walks?: true; sorts?: true }> = {
  due: { call: (store) => store.dueDomains(new Date(NOW), 100) },
  'a page of a list of all tenants': { call: (store) => store.listDomains({}, { limit: 100 }), walks: true, sorts: true },
  'a page of a list of a tenant': {
    call: (store) => store.listDomains({ tenant: 'default' }, { limit: 100 }),
    walks: true,
    sorts: true,
  },
  'the last page': {
    call: (store) => store.listDomains({ tenant: 'default' }, { limit: 100, cursor: AT_THE_END }),
    sorts: true,
  },
  'the last page of all tenants': {
    call: (store) => store.listDomains({}, { limit: 100, cursor: AT_THE_END }),
    sorts: true,
  },
  'names that begin so': {
    call: (store) => store.listDomains({ tenant: 'default', nameStartsWith: 'shop99' }, { limit: 100 }),
    sorts: true,
  },
  'a page of one status': {
    call: (store) => store.listDomains({ tenant: 'default', status: 'failed' }, { limit: 100 }),
    sorts: true,
  },
  'a page of a status that nothing has': {
    call: (store) => store.listDomains({ tenant: 'default', status: 'suspended' }, { limit: 100 }),
    sorts: true,
  },
  'a page of what expires soon': {
    call: (store) => store.listDomains({ tenant: 'default', expiringBefore: new Date(NOW + 7 * 86_400_000) }, { limit: 100 }),
    sorts: true,
  },
  'a page of what expires some day': {
    call: (store) => store.listDomains({ tenant: 'default', expiringBefore: new Date(NOW + 99 * 86_400_000) }, { limit: 100 }),
    walks: true,
    sorts: true,
  },
  'one domain with what is printed of it': { call: (store) => store.viewDomain('default', 'example.com'), sorts: true },
  'the history of a domain': {
    call: (store) => store.history({ tenant: 'default', domainId: 'default/example.com', limit: 50 }),
  },
  'the history of a tenant': { call: (store) => store.history({ tenant: 'default', limit: 50 }), walks: true },
  'the history from a line on': { call: (store) => store.history({ tenant: 'default', after: 1_000, limit: 50 }) },
  'the records at a name': { call: (store) => store.recordsAt('_acme-challenge.example.com', 'TXT'), sorts: true },
  'the records of a domain': { call: (store) => store.recordsOf('default/example.com'), sorts: true },
  'the orders with these URLs': {
    call: (store) => store.knownOrders(['https://ca.example/order/7', 'https://ca.example/order/8']),
  },
  'the open order of a domain': { call: (store) => store.openOrder('default/example.com'), sorts: true },
  'planned renewals': { call: (store) => store.plannedRenewals(new Date(NOW), new Date(NOW + 86_400_000), 24), sorts: true },
  'one certificate': { call: (store) => store.getCertificate('certificate of default/example.com') },
  'compromised chains': { call: (store) => store.compromisedChains() },
  'HTTP challenges of a domain': { call: (store) => store.httpChallengesOf('default/example.com'), sorts: true },
  'HTTP challenges with a token': { call: (store) => store.httpChallengesWith('token-1'), sorts: true },
  'the proofs of a name': { call: (store) => store.knownProofs('default', 'example.com'), sorts: true },
  'who has proven a name': { call: (store) => store.provenElsewhere('other', ['example.com']), sorts: true },
  'the primary name of an id': { call: (store) => store.primaryName('default/example.com') },
}

describe.each([
  { engine: 'SQLite', missing: null, open: openSqliteFleet },
  { engine: 'PostgreSQL 18', missing: postgresMissing('18'), open: openPostgresFleet },
])(`plans of $engine for ${DOMAINS} domains`, ({ missing, open }) => {
  if (missing !== null) {
    it.skip(`is not here: ${missing}`)
    return
  }
  let fleet: Fleet
  beforeAll(async () => {
    fleet = await open()
  }, 120_000)
  afterAll(() => fleet?.[Symbol.asyncDispose]())

  it.each(Object.entries(CALLS))('%s: by an index', async (_, { call, walks = false, sorts = false }) => {
    const plans = await fleet.plansOf(call)
    expect(plans.length).toBeGreaterThan(0)
    for (const plan of plans) {
      expect(plan.readsAll, `${plan.sql}\n${plan.text}`).toBe(false)
      if (!walks) expect(plan.walks, `${plan.sql}\n${plan.text}`).toBe(false)
      if (!sorts) expect(plan.sorts, `${plan.sql}\n${plan.text}`).toBe(false)
    }
  })

  it('sees it where a table is read as a whole', async () => {
    const plans = await fleet.plansOf((store) => store.listAccounts('default'))
    expect(plans.some(({ readsAll }) => readsAll)).toBe(true)
  })
})

async function openSqliteFleet(): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-plans-'))
  const file = join(folder, 'state.db')
  await addFirst(await openSqliteStore(file, { ...runtime, key: KEY }))
  const engine = sqliteEngine(file, runtime.clock)
  const grown = openDatabase(engine)
  grown.exec('pragma synchronous = off')
  await growFleet(async (sql) => grown.prepare(sql).all(), 'sqlite', { domains: DOMAINS, due: 100, now: NOW })
  grown.close()
  // No `analyze`: a state of SQLite never sees one.
  return fleetOver(
    engine,
    new NodeSqliteDialect(openDatabase(engine)),
    async (db, { sql, parameters }) => {
      const { rows } = await db.executeQuery<{ detail: string }>(CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]))
      const text = rows.map(({ detail }) => detail).join('\n')
      const scans = [...text.matchAll(/SCAN (\w+)(.*)/g)].filter(
        ([, table = '']) => GROWING.has(table) && !text.includes(`CO-ROUTINE ${table}`),
      )
      const along = scans.map(([, , index = '']) => index)
      return {
        text,
        // Of one tenant only: that may be all there are.
        walks: along.length > 0 || /SEARCH \w+ USING .*\(tenant=\?\)/.test(text),
        readsAll: along.some((index) => !index.includes('INDEX')),
        sorts: text.includes('USE TEMP B-TREE'),
      }
    },
    () => rm(folder, { recursive: true }),
  )
}

async function openPostgresFleet(): Promise<Fleet> {
  const server: PostgresServer = await startPostgres('18')
  const url = await server.createDatabase()
  await addFirst(await openPostgresStore(url, { ...runtime, key: KEY }))
  const place = readPostgresUrl(url)
  const pool = await connectedPool(place)
  await growFleet(async (sql) => (await pool.query(sql)).rows, 'postgres', { domains: DOMAINS, due: 100, now: NOW })
  await pool.query('vacuum analyze')
  return fleetOver(
    postgresEngine({ place: place.name, writesAtOnce: 1 }),
    new PooledPostgresDialect(pool, { ...place, schema: undefined, readOnly: false }),
    async (db, { sql, parameters }) => {
      const explain = `explain (analyze, costs off, timing off, summary off, format json) ${sql}`
      const { rows } = await db.executeQuery<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(CompiledQuery.raw(explain, [...parameters]))
      const nodes = rows.flatMap((row) => row['QUERY PLAN']).flatMap(({ Plan }) => [...nodesOf(Plan)])
      const text = nodes.map((node) => `${node['Node Type']} on ${node['Relation Name']}: ${rowsOf(node)} rows`).join('\n')
      // It knows how many rows there are, and may rightly walk, or sort, where they are few: what counts is how many it looked at.
      const readsAll = nodes.some((node) => rowsOf(node) > MOST_ROWS)
      const sorts = nodes.some(
        (node) => node['Node Type'] === 'Sort' && (node.Plans ?? []).some((below) => rowsOf(below) > FEW_ROWS),
      )
      return { text, walks: false, readsAll, sorts }
    },
    async () => server[Symbol.asyncDispose](),
  )
}

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node
  for (const below of node.Plans ?? []) yield* nodesOf(below)
}

/** What it has really looked at. */
function rowsOf(node: PlanNode): number {
  return (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
}

/** Tables that grow with the fleet. */
const GROWING = new Set(['domains', 'domain_names', 'orders', 'certificates', 'records', 'audit'])

function fleetOver(
  engine: Engine,
  dialect: Dialect,
  explain: (db: Db, query: CompiledQuery) => Promise<Omit<Plan, 'sql'>>,
  close: () => Promise<unknown>,
): Fleet {
  const made: CompiledQuery[] = []
  const log = ({ query }: { query: CompiledQuery }) => void made.push(query)
  const kysely = new Kysely<Schema>({ dialect, log })
  const database = new Database(kysely, engine, runtime)
  const store = new KyselyStore(database, new Keyring(engine, Buffer.from(KEY, 'hex'), runtime.random))
  return {
    async plansOf(call) {
      made.length = 0
      await call(store)
      const selects = made.filter(({ sql }) => sql.startsWith('select '))
      return Promise.all(selects.map(async (query) => ({ sql: query.sql, ...(await database.read((db) => explain(db, query))) })))
    },
    async [Symbol.asyncDispose]() {
      await store.close()
      await close()
    },
  }
}

/** A domain with all that one can have. */
async function addFirst(store: Store): Promise<void> {
  const domain = sampleDomain({
    names: [{ name: 'example.com', ownership: { state: 'ok', token: 't', provenAt: SAMPLE_TIME } }],
  })
  await store.addDomain(domain, [])
  await store.addAccount(sampleAccount(), [])
  const claimed = await store.claim(domain.id, { owner: 'me', ttlMs: 60_000, isGone: () => false })
  if (!claimed) throw new Error('not there')
  const certificate = sampleCertificate(domain)
  const events = ['order.planned', 'order.created', 'certificate.stored']
  await store.commit(
    claimed.lease,
    {
      domain: { ...domain, status: 'active', certificateId: certificate.id },
      order: sampleOrder(domain, { state: 'stored', url: 'https://ca.example/order/0' }),
      certificate,
      recordsWritten: [sampleRecord(domain)],
      challengesWritten: [sampleHttpChallenge(domain)],
      events: events.map((event) => sampleEvent(event, { domainId: domain.id })),
    },
    { release: true },
  )
  await store.close()
}
