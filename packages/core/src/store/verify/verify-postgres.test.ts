import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../runtime/clock.ts'
import { systemRandom } from '../../runtime/random.ts'
import { verifyState } from '../../verify-state.ts'
import { openPostgresStore } from '../open-postgres.ts'
import { POSTGRES_VERSIONS, type PostgresServer, postgresMissing, startPostgres } from '../postgres-server.test.support.ts'
import { fillGoodState } from './good-state.test.support.ts'

const encryptionKey = '0f'.repeat(32)
const runtime = { clock: systemClock(), random: systemRandom() }

describe.each(POSTGRES_VERSIONS)('verifyState on PostgreSQL %s', (version) => {
  const missing = postgresMissing(version)
  if (missing !== null) {
    it.skip(`is not here: ${missing}`)
    return
  }
  let server: PostgresServer
  let good: string
  let copies = 0
  beforeAll(async () => {
    server = await startPostgres(version)
    good = await server.createDatabase()
    const store = await openPostgresStore(good, { ...runtime, key: encryptionKey })
    await fillGoodState(store, runtime.clock.now())
    await store.close()
  }, 60_000)
  afterAll(() => server[Symbol.asyncDispose]())

  /** What is found in a copy of the good state after `statements`. */
  async function found(...statements: string[]) {
    copies += 1
    const name = `copy_${copies}`
    await server.query(`create database ${name} template ${new URL(good).pathname.slice(1)}`)
    for (const statement of statements) await server.query(statement, name)
    return (await verifyState({ state: server.url(name), encryptionKey })).findings
  }

  it('finds nothing in a state as domainctl writes it, and has read every table', async () => {
    const result = await verifyState({ state: good, encryptionKey })
    expect(result.findings).toEqual([])
    expect(result.tables.filter(({ rows }) => rows === 0).map(({ table }) => table)).toEqual(['meta'])
    expect(result.tables.find(({ table }) => table === 'certificates')).toMatchObject({ rows: 2, secrets: 2 })
  })

  it.each<[string, string[], object]>([
    [
      'a trigger that is missing',
      ['drop trigger audit_no_delete on audit'],
      { kind: 'schema', table: 'audit', what: /audit_no_delete/ },
    ],
    ['a trigger that is switched off', ['alter table audit disable trigger audit_no_update'], { kind: 'schema', table: 'audit' }],
    [
      'a trigger that does nothing',
      ['create or replace function audit_append_only() returns trigger language plpgsql as $$ begin return null; end $$'],
      { kind: 'schema', table: 'audit', what: /something else/ },
    ],
    ['a unique index', ['drop index accounts_name'], { severity: 'error', kind: 'schema', table: 'accounts' }],
    ['an index', ['drop index orders_url'], { severity: 'warning', kind: 'schema', table: 'orders' }],
    ['a column', ['alter table records drop column previous'], { kind: 'schema', table: 'records', column: 'previous' }],
    ['a table', ['drop table ca_circuits'], { kind: 'schema', table: 'ca_circuits' }],
    ['a reference', ['alter table orders drop constraint orders_domain_id_fkey'], { kind: 'schema', table: 'orders' }],
    ['a time', [`update domains set created_at = ${(2n ** 63n - 1n).toString()}`], { kind: 'value', column: 'created_at' }],
    ['a word', [`update orders set state = 'lost'`], { kind: 'value', table: 'orders', column: 'state' }],
    [
      'a secret',
      ['update accounts set key = next_key where next_key is not null'],
      { kind: 'secret', table: 'accounts', column: 'key' },
    ],
    [
      'a row too many',
      [`alter table records drop constraint records_domain_id_fkey`, `update records set domain_id = 'none'`],
      { kind: 'reference', table: 'records' },
    ],
  ])('tells %s', async (_, statements, finding) => {
    const what = 'what' in finding && finding.what instanceof RegExp ? { what: expect.stringMatching(finding.what) } : {}
    expect(await found(...statements)).toContainEqual(expect.objectContaining({ ...finding, ...what }))
  })

  it('asks for the right key before it reads anything', async () => {
    await expect(verifyState({ state: good })).rejects.toMatchObject({ code: 'STATE_KEY_INVALID' })
    await expect(verifyState({ state: good, encryptionKey: 'f0'.repeat(32) })).rejects.toMatchObject({ code: 'STATE_KEY_WRONG' })
    expect(await verifyState({ state: good, withoutSecrets: true })).toMatchObject({ ok: true })
  })
})
