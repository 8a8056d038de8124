import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DomainctlError } from './errors.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { CELLS } from './store/cells.ts'
import { openSqliteStore } from './store/open.ts'
import { ALL_CELLS, DAMAGES, damageCell, harmlessBecause } from './store/verify/damage.test.support.ts'
import { fillGoodState } from './store/verify/good-state.test.support.ts'
import { verifyState } from './verify-state.ts'

const runtime = { clock: systemClock(), random: systemRandom() }
const TABLES = Object.keys(CELLS)

describe('verifyState', () => {
  let folder: string
  let copies = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-verify-'))
    const store = await openSqliteStore(join(folder, 'good.db'), runtime)
    await fillGoodState(store, runtime.clock.now())
    await store.close()
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** A copy of the good state, to do something to. */
  async function copy(): Promise<{ path: string; state: string; tamper(...statements: string[]): void }> {
    copies += 1
    const path = join(folder, `copy-${copies}.db`)
    await cp(join(folder, 'good.db'), path)
    await cp(join(folder, 'good.db.key'), `${path}.key`)
    return {
      path,
      state: `file:${path}`,
      tamper(...statements) {
        const database = new DatabaseSync(path, { enableForeignKeyConstraints: false })
        try {
          for (const statement of statements) database.exec(statement)
        } finally {
          database.close()
        }
      },
    }
  }
  /** What is found after `statements` were run on a copy. */
  async function found(...statements: string[]) {
    const { state, tamper } = await copy()
    tamper(...statements)
    return (await verifyState({ state })).findings
  }

  it('finds nothing in a state as domainctl writes it, and has read every row of every table', async () => {
    const progress: string[] = []
    const { state, path } = await copy()
    const before = await readFile(path)
    const result = await verifyState({ state, onProgress: ({ table }) => progress.push(table) })
    expect(result.findings).toEqual([])
    expect(result).toMatchObject({ ok: true, counts: { error: 0, warning: 0, note: 0 } })
    expect(result.tables.map(({ table }) => table).sort()).toEqual(TABLES.toSorted())
    // In `meta` there is something only while the key is being changed.
    expect(result.tables.filter(({ rows }) => rows === 0).map(({ table }) => table)).toEqual(['meta'])
    expect(result.tables.filter(({ secrets }) => secrets > 0).map(({ table, secrets }) => [table, secrets])).toEqual([
      ['orders', 2],
      ['certificates', 2],
      ['accounts', 3],
    ])
    expect(progress).toContain('audit')
    expect(await readFile(path)).toEqual(before)
  })

  /** Damages one cell of the first row of its table; answers what verify has not told of it, with no reason why that does no harm. */
  async function untold(table: string, column: string, sql: string): Promise<string | null> {
    const { state, path } = await copy()
    const damaged = damageCell(path, { table, column, sql })
    if (!damaged) return null
    try {
      const { findings } = await verifyState({ state })
      if (!damaged.isOther) return findings.length === 0 ? null : `told of nothing: ${JSON.stringify(findings)}`
      if (findings.some(({ severity }) => severity !== 'note')) return null
    } catch (error) {
      if (error instanceof DomainctlError && error.code.startsWith('STATE_')) return null
      throw error
    } finally {
      await rm(path)
    }
    return harmlessBecause(table, column, damaged) === null ? `${table}.${column} = ${sql} was not told` : null
  }

  it('tells a value that was damaged in any column, or it does no harm; and never fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ALL_CELLS), fc.constantFrom(...DAMAGES), async ([table, column], sql) => {
        expect(await untold(table, column, sql)).toBeNull()
      }),
      { numRuns: 60 },
    )
  }, 120_000)

  it.each<[string, string[], object]>([
    [
      'a secret that was moved',
      ['update accounts set key = (select next_key from accounts where next_key is not null)'],
      { kind: 'secret', table: 'accounts', column: 'key' },
    ],
    [
      'a secret of which a bit was changed',
      ["update orders set certificate_key = replace(certificate_key, substr(certificate_key, -9, 4), 'AAAA') where csr is null"],
      { kind: 'secret', table: 'orders' },
    ],
    [
      'a chain of somebody else',
      ["update certificates set chain = (select chain from certificates where domain_id like '%csr%')"],
      { kind: 'certificate', column: 'private_key', what: expect.stringContaining('another key') },
    ],
    ['a chain that was cut', ['update certificates set chain = substr(chain, 1, 400)'], { kind: 'certificate', column: 'chain' }],
    [
      'a chain in the wrong order',
      [
        "update certificates set chain = substr(chain, instr(chain, 'END CERTIFICATE-----') + 21) || substr(chain, 1, instr(chain, 'END CERTIFICATE-----') + 20)",
      ],
      { kind: 'certificate', column: 'chain', what: expect.stringContaining('not issued by') },
    ],
    ['another serial', ["update certificates set serial = '00'"], { kind: 'certificate', column: 'serial' }],
    [
      'a request for another key',
      ['update orders set csr = null where csr is not null'],
      { kind: 'value', table: 'orders', column: 'csr' },
    ],
    [
      'a certificate of another domain',
      ["update domains set certificate_id = (select id from certificates where domain_id like '%csr%')"],
      { kind: 'reference', table: 'domains', column: 'certificate_id' },
    ],
    ['another tenant', ["update records set tenant = 'other'"], { kind: 'reference', table: 'records', column: 'tenant' }],
    ['names with a gap', ['update domain_names set position = 7 where position = 1'], { kind: 'reference', column: 'position' }],
    [
      'a name of two tenants',
      [
        "insert into domains select 'x', 'other', name, status, status_since, settings, labels, attempts, last_error, next_action_at, null, created_at, updated_at, null, null, 0, ca_waits, null from domains where name = 'shop.example.com'",
        "insert into domain_names (domain_id, tenant, position, name, base_name, ownership_state, ownership_token, ownership_proven_at) select 'x', 'other', position, name, base_name, ownership_state, ownership_token, ownership_proven_at from domain_names where name = 'shop.example.com'",
      ],
      { kind: 'reference', column: 'ownership_proven_at', row: 'shop.example.com' },
    ],
    ['a lease for ever', ['update key_leases set lease_until = 8640000000000000'], { severity: 'warning', table: 'key_leases' }],
    [
      'an order of an account that is gone',
      ["update orders set account_id = 'gone'"],
      { kind: 'reference', table: 'orders', column: 'account_id' },
    ],
    [
      'a clock that went back',
      ['drop trigger audit_no_update', 'update audit set at = at - 99999999 where seq = (select max(seq) from audit)'],
      { severity: 'note', table: 'audit', column: 'at' },
    ],
    [
      'a trigger that is missing',
      ['drop trigger audit_no_replace'],
      { kind: 'schema', table: 'audit', what: expect.stringContaining('audit_no_replace') },
    ],
    [
      'a trigger that does something else',
      ['drop trigger audit_no_delete', 'create trigger audit_no_delete before delete on audit begin select 1; end'],
      { kind: 'schema', what: expect.stringContaining('something else') },
    ],
    [
      'a trigger of somebody else',
      ['create trigger spy after insert on accounts begin select 1; end'],
      { severity: 'warning', kind: 'schema', table: 'accounts' },
    ],
    ['an index that is missing', ['drop index domains_due'], { severity: 'warning', kind: 'schema', table: 'domains' }],
    [
      'a column that is missing',
      ['alter table records drop column previous'],
      { kind: 'schema', table: 'records', column: 'previous' },
    ],
    ['a table that is missing', ['drop table ca_budgets'], { kind: 'schema', table: 'ca_budgets' }],
    [
      'a step of the schema that is missing',
      ['delete from schema_version where version = 3'],
      { kind: 'schema', table: 'schema_version' },
    ],
    ['a row of no domain', ["update orders set domain_id = 'none'"], { kind: 'reference', table: 'orders', column: 'domain_id' }],
  ])('tells %s', async (_, statements, finding) => {
    expect(await found(...statements)).toContainEqual(expect.objectContaining(finding))
  })

  it.each([
    ['wrapped', 'update data_keys set wrapped = wrapped_by'],
    ['wrapped', "update data_keys set id = '0000000000000000'"],
    ['wrapped', "update data_keys set wrapped = x'00'"],
  ])(
    'tells of a data key that does not open (%s), of each secret that is lost with it, and reads the rest: %s',
    async (column, sql) => {
      const { state, tamper } = await copy()
      tamper(sql)
      const { ok, findings, tables } = await verifyState({ state })
      expect(ok).toBe(false)
      expect(findings).toContainEqual(
        expect.objectContaining({ severity: 'error', kind: 'secret', table: 'data_keys', column, row: expect.any(String) }),
      )
      const lost = findings.filter(({ kind, table }) => kind === 'secret' && table !== 'data_keys')
      expect(new Set(lost.map(({ table }) => table))).toEqual(new Set(['orders', 'certificates', 'accounts']))
      const isOtherId = sql.includes('set id')
      const told = findings.find(({ table, kind }) => table === 'data_keys' && kind === 'secret')?.what
      expect(told).toContain(isOtherId ? 'No secret was sealed' : `${lost.length} secrets were sealed with this key and are lost`)
      expect(tables.map(({ table }) => table).sort()).toEqual(TABLES.toSorted())
    },
  )

  it('tells of a database with a page that is damaged, and reads the rest', async () => {
    const { path, state } = await copy()
    const database = new DatabaseSync(path)
    const root = Number(database.prepare("select rootpage from sqlite_master where name = 'audit'").get()?.rootpage)
    const size = Number(database.prepare('pragma page_size').get()?.page_size)
    database.close()
    const bytes = await readFile(path)
    bytes.fill(0xff, (root - 1) * size, root * size)
    await writeFile(path, bytes)
    const { ok, findings, tables } = await verifyState({ state })
    expect(ok).toBe(false)
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'database', table: 'audit' }))
    expect(tables).toContainEqual({ table: 'accounts', rows: 2, secrets: 3 })
  })

  it('asks for the right key before it reads anything, and for none without secrets', async () => {
    const { state, path } = await copy()
    const read: string[] = []
    const onProgress = ({ table }: { table: string }) => read.push(table)
    await expect(verifyState({ state, encryptionKey: '0f'.repeat(32), onProgress })).rejects.toMatchObject({
      code: 'STATE_KEY_WRONG',
    })
    await rm(`${path}.key`)
    await expect(verifyState({ state, onProgress })).rejects.toMatchObject({ code: 'STATE_KEY_INVALID' })
    expect(read).toEqual([])
    const result = await verifyState({ state, withoutSecrets: true })
    expect(result).toMatchObject({ ok: true, findings: [] })
    expect(result.tables.filter(({ secrets }) => secrets > 0)).toEqual([])
  })

  it('is stopped after a page', async () => {
    const stopping = new AbortController()
    const { state } = await copy()
    const work = verifyState({ state, signal: stopping.signal, onProgress: () => stopping.abort() })
    await expect(work).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })

  it('keeps a thousand findings, and counts all', async () => {
    const { state, tamper } = await copy()
    tamper(`insert into audit (at, tenant, who, event, message, details)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 1203)
      select (select max(at) from audit), 'default', 'me', 'e', 'm', '[]' from n`)
    const { findings, counts, tables } = await verifyState({ state })
    expect([findings.length, counts.error]).toEqual([1000, 1203])
    expect(tables.find(({ table }) => table === 'audit')?.rows).toBeGreaterThan(1203)
  })

  it('a state that is empty, or not there, is not one in which nothing is wrong', async () => {
    const empty = join(folder, 'empty.db')
    await writeFile(empty, '')
    await expect(verifyState({ state: `file:${empty}` })).rejects.toMatchObject({ code: 'STATE_UNREADABLE' })
    await expect(verifyState({ state: `file:${join(folder, 'none.db')}` })).rejects.toMatchObject({ code: 'USAGE' })
    await expect(verifyState({ state: 'mysql://h/d' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
