import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { copyState } from './copy-state.ts'
import { openState } from './open-state.ts'
import { endStateKeyRotation, rotateStateKey } from './rotate-state-key.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import type { Database } from './store/database.ts'
import { type PostgresServer, postgresMissing, startPostgres } from './store/postgres-server.test.support.ts'
import { resealAll } from './store/rotate-key.ts'
import { sampleAccount } from './testing/model-samples.ts'

const runtime = { clock: systemClock(), random: systemRandom() }
const missing = postgresMissing('18')
const [OLD, NEW, THIRD] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string]
/** More than a page of them. */
const ACCOUNTS = 230
const interrupted = expect.objectContaining({ code: 'INTERRUPTED' })

let server: PostgresServer | undefined
let folder: string
beforeAll(async () => {
  if (missing === null) server = await startPostgres('18')
}, 60_000)
afterAll(() => server?.[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domainctl-rotate-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const idOf = (n: number) => `account ${String(n).padStart(4, '0')}`

async function fill(state: string, accounts: number, key?: string): Promise<void> {
  const { store } = await openState(state, { ...runtime, key })
  await Promise.all(
    Array.from({ length: accounts }, (_, n) =>
      store.addAccount(sampleAccount({ id: idOf(n), name: idOf(n), key: `secret of ${idOf(n)}` }), []),
    ),
  )
  await store.close()
}

/** Every secret, as somebody finds it who has just begun. */
async function expectAll(state: string, accounts: number, key?: string): Promise<void> {
  const { store } = await openState(state, { ...runtime, key })
  try {
    for (let n = 0; n < accounts; n++) expect((await store.getAccountById(idOf(n)))?.key).toBe(`secret of ${idOf(n)}`)
  } finally {
    await store.close()
  }
}

/** Begins a change, and seals nothing anew. */
async function begin(o: { state: string; encryptionKey?: string; newKey?: string }): Promise<void> {
  await expect(rotateStateKey({ ...o, signal: AbortSignal.abort() })).rejects.toEqual(interrupted)
}

const engines = [
  { engine: 'SQLite', skip: false, newState: async () => `file:${join(folder, 'state.db')}` },
  { engine: 'PostgreSQL', skip: missing !== null, newState: async () => (await server?.createDatabase()) ?? '' },
]

describe.each(engines)('two changes of the key, on $engine', ({ skip, newState }) => {
  it.skipIf(skip)('lose nothing where one ends and the next begins while a third call seals anew', async () => {
    const state = await newState()
    await fill(state, ACCOUNTS, OLD)
    await begin({ state, encryptionKey: OLD, newKey: NEW })
    const slow = await openState(state, { ...runtime, key: NEW })
    let writes = 0
    // After the first page, which it has sealed with the data key that is retired then.
    const database = {
      engine: slow.database.engine,
      write: async <T>(work: Parameters<typeof slow.database.write<T>>[0]) => {
        const result = await slow.database.write(work)
        writes += 1
        if (writes === 2) {
          await endStateKeyRotation({ state, encryptionKey: NEW, keep: 'new' })
          await begin({ state, encryptionKey: NEW, newKey: THIRD })
        }
        return result
      },
    } as Database
    await resealAll({ ...slow, database }, { signal: new AbortController().signal, onPage: () => undefined })
    await slow.store.close()
    expect(writes).toBeGreaterThan(2)
    await expectAll(state, ACCOUNTS, THIRD)
    await endStateKeyRotation({ state, encryptionKey: THIRD, keep: 'new' })
    await expectAll(state, ACCOUNTS, THIRD)
  })

  it.skipIf(skip)('are ended in a copy that was made between', async () => {
    const state = await newState()
    await fill(state, 3, OLD)
    await begin({ state, encryptionKey: OLD, newKey: NEW })
    const copy = `file:${join(folder, 'copy.db')}`
    await copyState({ from: state, to: copy, encryptionKey: NEW })
    await endStateKeyRotation({ state: copy, encryptionKey: NEW, keep: 'new' })
    await expectAll(copy, 3, NEW)
    await expect(expectAll(copy, 3, OLD)).rejects.toMatchObject({ code: 'STATE_KEY_WRONG' })
    await expectAll(state, 3, OLD)
  })
})

describe('a key of the state’s own', () => {
  it('is changed by several at once, and each finds the key in its place', async () => {
    const state = `file:${join(folder, 'state.db')}`
    await fill(state, 3)
    const changed = await Promise.all(Array.from({ length: 6 }, () => rotateStateKey({ state })))
    await expectAll(state, 3)
    const files = await readdir(folder)
    expect(files).not.toContain('state.db.key.next')
    // No key that a backup may have been made under is lost.
    for (const { from } of changed) expect(files).toContain(`state.db.key.${from}`)
  })

  it('stays behind the link that leads to it', async () => {
    await mkdir(join(folder, 'safe'))
    const state = `file:${join(folder, 'state.db')}`
    await fill(state, 3)
    const before = await readFile(join(folder, 'state.db.key'), 'utf8')
    await writeFile(join(folder, 'safe/key'), before, { mode: 0o600 })
    await rm(join(folder, 'state.db.key'))
    await symlink('safe/key', join(folder, 'state.db.key'))
    const { oldKeyFile } = await rotateStateKey({ state })
    expect(await readlink(join(folder, 'state.db.key'))).toBe('safe/key')
    expect(await readFile(join(folder, 'safe/key'), 'utf8')).not.toBe(before)
    expect(await readFile(oldKeyFile ?? '', 'utf8')).toBe(before)
    expect(oldKeyFile).toContain(join(folder, 'safe/key.'))
    await expectAll(state, 3)
  })

  it('says so when the one that it is being changed to is not there, and makes no other', async () => {
    const state = `file:${join(folder, 'state.db')}`
    await fill(state, 3)
    await begin({ state, newKey: NEW })
    await expect(rotateStateKey({ state })).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--abandon') })
    expect((await readdir(folder)).filter((name) => name.includes('.key'))).toEqual(['state.db.key'])
    await endStateKeyRotation({ state, keep: 'old' })
    await rotateStateKey({ state })
    await expectAll(state, 3)
  })

  it('is changed though a secret is damaged, which stays as it is', async () => {
    const state = `file:${join(folder, 'state.db')}`
    await fill(state, 3)
    const database = new DatabaseSync(join(folder, 'state.db'))
    const damaged = () => database.prepare('select key from accounts where id = ?').get(idOf(1))?.key
    database.prepare('update accounts set key = (select key from accounts where id = ?) where id = ?').run(idOf(0), idOf(1))
    const before = damaged()
    for (let change = 0; change < 2; change++) {
      expect(await rotateStateKey({ state })).toMatchObject({ resealed: 2, unreadable: 1, finished: true })
    }
    expect(damaged()).toBe(before)
    // Put back where it was, it opens: the data key that it names was not forgotten.
    database.prepare('update accounts set key = ? where id = ?').run(String(before), idOf(0))
    database.close()
    await expectAll(state, 1)
  })

  it('is not written over another one by a copy', async () => {
    const state = `file:${join(folder, 'state.db')}`
    await fill(state, 3)
    await writeFile(join(folder, 'copy.db.key'), OLD)
    const copy = `file:${join(folder, 'copy.db')}`
    await expect(copyState({ from: state, to: copy })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('copy.db.key'),
    })
    expect(await readFile(join(folder, 'copy.db.key'), 'utf8')).toBe(OLD)
    await rm(join(folder, 'copy.db.key'))
    await copyState({ from: state, to: copy })
    await expectAll(copy, 3)
  })
})
