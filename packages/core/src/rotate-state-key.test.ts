import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openState } from './open-state.ts'
import { endStateKeyRotation, rotateStateKey } from './rotate-state-key.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { makeOlderFile } from './store/older-state.test.support.ts'
import { type PostgresServer, postgresMissing, startPostgres } from './store/postgres-server.test.support.ts'
import { SEALED_COLUMNS } from './store/rotate-key.ts'
import { createCipher } from './store/seal.ts'
import { sampleAccount } from './testing/model-samples.ts'

const CHILD = fileURLToPath(new URL('rotate-state-key.test.child.ts', import.meta.url))
const runtime = { clock: systemClock(), random: systemRandom() }
const missing = postgresMissing('18')
const OLD = 'a'.repeat(64)
const NEW = 'b'.repeat(64)
const WORKERS = 4

type Child = ChildProcessByStdio<Writable, Readable, null>

let server: PostgresServer | undefined
let folder: string
const children: Child[] = []
beforeAll(async () => {
  if (missing === null) server = await startPostgres('18')
})
afterAll(() => server?.[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domainctl-rotate-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

function start(args: string[], key?: string): Child {
  const env = { ...process.env, ...(key !== undefined && { KEY: key }) }
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['pipe', 'pipe', 'inherit'], env })
  children.push(child)
  return child
}

/** Ids of accounts in a state that has a few. */
async function fill(state: string, key?: string, accounts = 5): Promise<string[]> {
  const { store } = await openState(state, { ...runtime, key })
  const ids = Array.from({ length: accounts }, (_, n) => `account ${n}`)
  for (const id of ids) await store.addAccount(sampleAccount({ id, name: id, key: `secret of ${id}` }), [])
  await store.close()
  return ids
}

/** Opens every sealed value, and returns what is behind them; the data keys that they are sealed with have to be one. */
async function secrets(state: string, key?: string): Promise<string[]> {
  const { store, database, keyring } = await openState(state, { ...runtime, key })
  try {
    return await database.read(async (db) => {
      const seal = await keyring.unlock(db)
      const found: string[] = []
      const ids = new Set<string | undefined>()
      for (const { table, column } of SEALED_COLUMNS) {
        const { rows } = await sql<{ id: string; tenant: string; sealed: string | null }>`
          select id, tenant, ${sql.ref(column)} as sealed from ${sql.table(table)}`.execute(db)
        for (const { id, tenant, sealed } of rows) {
          if (sealed === null) continue
          ids.add(sealed.split('.')[1])
          found.push(await seal.open(sealed, { table, row: id, column, tenant }))
        }
      }
      expect(ids.size).toBeLessThanOrEqual(1)
      expect((await keyring.dataKeys(db)).size).toBe(1)
      return found
    })
  } finally {
    await store.close()
  }
}

const refusal = (code: string) => expect.objectContaining({ code })

describe('a key of the state’s own', () => {
  it('is changed in one call: the old one opens nothing any more, and lies beside for old backups', async () => {
    const state = `file:${join(folder, 'state.db')}`
    const ids = await fill(state)
    const before = (await readFile(join(folder, 'state.db.key'), 'utf8')).trim()
    const { from, to, ...rest } = await rotateStateKey({ state })
    expect(rest).toEqual({
      resealed: ids.length,
      unreadable: 0,
      finished: true,
      oldKeyFile: join(folder, `state.db.key.${from}`),
    })
    expect(to).not.toBe(from)
    const kept = await readFile(rest.oldKeyFile ?? '', 'utf8')
    expect(kept.trim()).toBe(before)
    expect((await stat(rest.oldKeyFile ?? '')).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'state.db.key'))).mode & 0o777).toBe(0o600)
    expect(await readdir(folder)).not.toContain('state.db.key.next')
    expect(await secrets(state)).toEqual(ids.map((id) => `secret of ${id}`))
    await expect(secrets(state, before)).rejects.toEqual(refusal('STATE_KEY_WRONG'))
    const { store } = await openState(state, { ...runtime, key: undefined })
    expect((await store.history({ limit: 9 })).map(({ event }) => event)).toEqual([
      'state.key_change_began',
      'state.key_change_ended',
    ])
    await store.close()
  })

  it('is the first data key of a state from before there were any', async () => {
    const path = join(folder, 'state.db')
    await makeOlderFile(path, { version: 11, domains: 0 })
    const cipher = createCipher(Buffer.from(OLD, 'hex'), runtime.random)
    const sealed = cipher.close('a secret', { table: 'accounts', row: 'a', column: 'key', tenant: 'default' })
    const check = cipher.close('domainctl', { table: 'meta', row: 'key_check', column: 'value', tenant: '' })
    const database = new DatabaseSync(path)
    database.exec(`insert into meta values ('key_check', '${check}');
      insert into accounts (id, tenant, ca, name, key, key_type, created_at) values ('a', 'default', 'https://ca.example/', 'default', '${sealed}', 'ec256', 1)`)
    database.close()
    await expect(openState(`file:${path}`, { ...runtime, key: NEW })).rejects.toEqual(refusal('STATE_KEY_WRONG'))
    expect(await secrets(`file:${path}`, OLD)).toEqual(['a secret'])
    await rotateStateKey({ state: `file:${path}`, encryptionKey: OLD, newKey: NEW })
    await endStateKeyRotation({ state: `file:${path}`, encryptionKey: NEW, keep: 'new' })
    expect(await secrets(`file:${path}`, NEW)).toEqual(['a secret'])
  })

  it('is one after a kill at any moment, and the next call goes on', async () => {
    const state = `file:${join(folder, 'state.db')}`
    const ids = await fill(state, undefined, 401)
    // A line as it begins, and one after each page: a change that goes on where it stopped has fewer.
    for (let lines = 1; lines <= 8; lines++) {
      const child = start(['rotate', state])
      const exited = once(child, 'exit')
      const said = createInterface(child.stdout)[Symbol.asyncIterator]()
      for (let n = 0; n < lines; n++) await said.next()
      child.kill('SIGKILL')
      await exited
      const { store } = await openState(state, { ...runtime, key: undefined })
      expect((await store.getAccountById('account 400'))?.key).toBe('secret of account 400')
      await store.close()
    }
    await rotateStateKey({ state })
    expect((await secrets(state)).sort()).toEqual(ids.map((id) => `secret of ${id}`).sort())
  })
})

const engines = [
  { engine: 'SQLite', skip: false, newState: async () => `file:${join(folder, 'state.db')}` },
  { engine: 'PostgreSQL', skip: missing !== null, newState: async () => (await server?.createDatabase()) ?? '' },
]

describe.each(engines)('a key that was given, on $engine', ({ skip, newState }) => {
  it.skipIf(skip)('is changed while workers go on, which lose nothing, and only then ended', async () => {
    const state = await newState()
    const ids = await fill(state, OLD)
    const workers = Array.from({ length: WORKERS }, (_, n) => start(['work', state, String(n)], OLD))
    const lines = workers.map((child) => createInterface(child.stdout)[Symbol.asyncIterator]())
    const said = () => Promise.all(lines.map(async (line) => (await line.next()).value as string))
    const oneMore = async () => {
      for (const child of workers) child.stdin.write('\n')
      expect(await said()).toEqual(workers.map(() => 'one more'))
    }
    expect(await said()).toEqual(workers.map(() => 'ready'))
    await oneMore()

    expect(await rotateStateKey({ state, encryptionKey: OLD, newKey: NEW })).toMatchObject({ finished: false, oldKeyFile: null })
    // The same once more changes nothing; another one is refused.
    await rotateStateKey({ state, encryptionKey: OLD, newKey: NEW })
    await expect(rotateStateKey({ state, encryptionKey: OLD, newKey: 'c'.repeat(64) })).rejects.toEqual(refusal('USAGE'))
    await expect(endStateKeyRotation({ state, encryptionKey: OLD, keep: 'new' })).rejects.toEqual(refusal('USAGE'))
    // Each has met the new data key; one that has not would be told that its key is the old one.
    await oneMore()
    await endStateKeyRotation({ state, encryptionKey: NEW, keep: 'new' })
    // Who has the data keys goes on also now, with what it has in hand.
    for (const child of workers) child.stdin.end()
    const counts = (await said()).map(Number)
    expect(counts).toEqual(counts.map(() => expect.any(Number)))
    expect(counts).not.toContain(Number.NaN)

    const made = counts.flatMap((count, n) => Array.from({ length: count }, (_, i) => `secret ${n} ${i}`))
    const expected = [...ids.map((id) => `secret of ${id}`), ...made.flatMap((secret) => Array.from({ length: 4 }, () => secret))]
    expect((await secrets(state, NEW)).sort()).toEqual(expected.sort())
    await expect(secrets(state, OLD)).rejects.toEqual(refusal('STATE_KEY_WRONG'))
  })

  it.skipIf(skip)('is refused before anything is changed when it is wrong, missing, the same or none', async () => {
    const state = await newState()
    const ids = await fill(state, OLD)
    const rotate = (o: { encryptionKey?: string; newKey?: string }) => rotateStateKey({ state, ...o })
    await expect(rotate({ encryptionKey: NEW, newKey: 'c'.repeat(64) })).rejects.toEqual(refusal('STATE_KEY_WRONG'))
    await expect(rotate({ newKey: NEW })).rejects.toEqual(refusal('STATE_KEY_INVALID'))
    await expect(rotate({ encryptionKey: OLD, newKey: OLD })).rejects.toEqual(refusal('USAGE'))
    await expect(rotate({ encryptionKey: OLD, newKey: 'short' })).rejects.toEqual(refusal('STATE_KEY_INVALID'))
    await expect(rotate({ encryptionKey: OLD })).rejects.toEqual(refusal('USAGE'))
    await expect(endStateKeyRotation({ state, encryptionKey: OLD, keep: 'old' })).rejects.toEqual(refusal('USAGE'))
    expect(await secrets(state, OLD)).toEqual(ids.map((id) => `secret of ${id}`))
    await expect(secrets(state, NEW)).rejects.toEqual(refusal('STATE_KEY_WRONG'))
  })

  it.skipIf(skip)('stays when the change is given up', async () => {
    const state = await newState()
    const ids = await fill(state, OLD, 3)
    await rotateStateKey({ state, encryptionKey: OLD, newKey: NEW })
    await expect(endStateKeyRotation({ state, encryptionKey: NEW, keep: 'old' })).rejects.toEqual(refusal('USAGE'))
    await endStateKeyRotation({ state, encryptionKey: OLD, keep: 'old' })
    await expect(secrets(state, NEW)).rejects.toEqual(refusal('STATE_KEY_WRONG'))
    expect(await secrets(state, OLD)).toEqual(ids.map((id) => `secret of ${id}`))
  })
})
