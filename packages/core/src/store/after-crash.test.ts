import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DomainctlError } from '../errors.ts'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { openSqliteStore } from './open.ts'

const CHILD = fileURLToPath(new URL('after-crash.test.child.ts', import.meta.url))
const runtime = { clock: systemClock(), random: systemRandom() }
type Child = ChildProcessByStdio<Writable, Readable, null>

describe('a state that was not closed', { timeout: 120_000 }, () => {
  let folder: string
  let path: string
  const children: Child[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
    path = join(folder, 'state.db')
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await rm(folder, { recursive: true })
  })

  function start(verb: string): Child {
    const child = spawn(process.execPath, [CHILD, verb, path], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    return child
  }
  /** What a process says of the state. */
  async function said(child: Child): Promise<unknown> {
    for await (const line of createInterface(child.stdout)) return JSON.parse(line)
    return null
  }
  async function crash(): Promise<void> {
    const child = start('crash')
    await once(child, 'exit')
    expect((await stat(`${path}-wal`)).size).toBeGreaterThan(0)
  }
  /** Makes the database itself hold all, as after a while of work, and its log something. */
  async function crashLater(): Promise<void> {
    await crash()
    const before = await openSqliteStore(path, runtime)
    await before.close()
    await crashAgain()
  }
  async function crashAgain(): Promise<void> {
    const child = spawn(
      process.execPath,
      [
        '--no-warnings',
        '-e',
        `const d = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
         d.exec("pragma user_version = " + process.pid); process.kill(process.pid, 'SIGKILL')`,
        path,
      ],
      { stdio: 'ignore' },
    )
    await once(child, 'exit')
    expect((await stat(`${path}-wal`)).size).toBeGreaterThan(0)
  }
  const failure = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    if (error !== null && !(error instanceof DomainctlError)) throw error
    return error
  }
  async function overwrite(page: number, offset: number, bytes: Uint8Array): Promise<void> {
    const file = await open(path, 'r+')
    await file.write(bytes, 0, bytes.length, (page - 1) * 4096 + offset)
    await file.close()
  }
  function rootPageOf(name: string): number {
    // Without its log: one that only reads, and with it brings nothing in.
    const database = new DatabaseSync(new URL(`file://${path}?immutable=1`), { readOnly: true })
    const page = database.prepare('select rootpage from sqlite_master where name = ?').get(name)?.rootpage
    database.close()
    return Number(page)
  }

  it('is checked, and is used with all that was committed', async () => {
    await crash()
    const store = await openSqliteStore(path, runtime)
    expect((await store.listDomains({}, { limit: 100 })).domains).toHaveLength(30)
    await store.close()
    expect((await readdir(folder)).sort()).toEqual(['state.db', 'state.db.key'])
  })

  it('and is damaged is refused, by those who look as well, and left as it is', async () => {
    await crashLater()
    await overwrite(rootPageOf('domains'), 0, Buffer.alloc(4096, 0xa5))
    const before = { state: await readFile(path), log: await readFile(`${path}-wal`) }
    for (const readOnly of [false, true, false]) {
      expect(await failure(openSqliteStore(path, { ...runtime, readOnly }))).toMatchObject({
        code: 'STATE_CORRUPT',
        message: expect.stringContaining(path),
        hint: expect.stringContaining('from a backup'),
      })
    }
    expect({ state: await readFile(path), log: await readFile(`${path}-wal`) }).toEqual(before)
  })

  it('and has an index that fits its table no more is refused', async () => {
    await crashLater()
    const page = rootPageOf('domain_names_base_name')
    expect(page).toBeGreaterThan(0)
    const bytes = (await readFile(path)).subarray((page - 1) * 4096, page * 4096)
    // The last cell of a page comes first in it: its last byte belongs to an entry.
    await overwrite(page, 4095, Uint8Array.of((bytes[4095] ?? 0) ^ 0x3f))
    expect(await failure(openSqliteStore(path, runtime))).toMatchObject({ code: 'STATE_CORRUPT' })
  })

  it('is refused or right, whatever byte was changed', async () => {
    await crashLater()
    const whole = await readFile(path)
    const log = await readFile(`${path}-wal`)
    let refused = 0
    for (let n = 0; n < 60; n++) {
      await writeFile(path, whole)
      await writeFile(`${path}-wal`, log)
      await rm(`${path}-shm`, { force: true })
      const at = Buffer.from(runtime.random.bytes(4)).readUInt32BE() % whole.length
      const bytes = Buffer.alloc(64, 0xff)
      await overwrite(1, Math.min(at, whole.length - 64), bytes)
      const error = await failure(
        (async () => {
          const store = await openSqliteStore(path, runtime)
          try {
            await store.listDomains({}, { limit: 100 })
            await store.history({ limit: 1000 })
          } finally {
            await store.close()
          }
        })(),
      )
      if (error === null) continue
      refused += 1
      expect(error.code).toMatch(/^STATE_/)
    }
    expect(refused).toBeGreaterThan(0)
  })

  it('and is damaged gets past none of eight that come at once', async () => {
    await crashLater()
    await overwrite(rootPageOf('domains'), 0, Buffer.alloc(4096, 0xa5))
    const all = await Promise.all(Array.from({ length: 8 }, () => said(start('look'))))
    expect(all).toEqual(all.map(() => ({ code: 'STATE_CORRUPT' })))
  })

  it('and is whole is used by all of eight that come at once', async () => {
    await crash()
    const all = await Promise.all(Array.from({ length: 8 }, () => said(start('look'))))
    expect(all).toEqual(all.map(() => ({ domains: 30 })))
    await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
    expect((await readdir(folder)).sort()).toEqual(['state.db', 'state.db.key'])
  })

  it('is not checked while others have it open: what a process leaves when it is killed, SQLite puts right by itself', async () => {
    await crash()
    const holder = start('hold')
    expect(await said(holder)).toEqual({ domains: 30 })
    await overwrite(rootPageOf('certificates_not_after'), 0, Buffer.alloc(4096, 0xa5))
    const store = await openSqliteStore(path, runtime)
    expect((await store.listDomains({}, { limit: 100 })).domains).toHaveLength(30)
    await store.close()
    expect(existsSync(`${path}.checking`)).toBe(false)
    holder.stdin.end()
    await once(holder, 'exit')
    await crashAgain()
    expect(await failure(openSqliteStore(path, runtime))).toMatchObject({ code: 'STATE_CORRUPT' })
  })

  it('is waited for while another checks it, and said to be busy when that takes too long', async () => {
    await crash()
    await writeFile(`${path}.checking`, '', { mode: 0o600 })
    const gate = new DatabaseSync(`${path}.checking`)
    gate.exec('begin immediate')
    let now = Date.now()
    const sleep = async (ms: number) => {
      now += ms * 100
    }
    const clock = { ...runtime.clock, now: () => new Date(now), sleep }
    expect(await failure(openSqliteStore(path, { ...runtime, clock }))).toMatchObject({ code: 'STATE_BUSY' })
    gate.close()
    await (await openSqliteStore(path, runtime)).close()
    expect((await readdir(folder)).sort()).toEqual(['state.db', 'state.db.key'])
  })

  it.runIf(process.getuid?.() !== 0)('is read all the same where nothing can be written', async () => {
    await crash()
    await chmod(folder, 0o500)
    try {
      const store = await openSqliteStore(path, { ...runtime, readOnly: true })
      await store.close()
    } finally {
      await chmod(folder, 0o700)
    }
  })

  it('of another program is not touched', async () => {
    const child = spawn(
      process.execPath,
      [
        '--no-warnings',
        '-e',
        `const d = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
         d.exec("pragma journal_mode = wal; create table bookmarks (url text)"); process.kill(process.pid, 'SIGKILL')`,
        path,
      ],
      { stdio: 'ignore' },
    )
    await once(child, 'exit')
    expect(await failure(openSqliteStore(path, runtime))).toMatchObject({
      code: 'STATE_UNREADABLE',
      message: expect.stringContaining('another program'),
    })
  })
})
