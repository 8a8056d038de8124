import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleDomain } from '../testing/model-samples.ts'
import { openSqliteStore } from './open.ts'

const CHILD = fileURLToPath(new URL('processes.test.child.ts', import.meta.url))
const NOBODY = 65_534
const root = process.getuid?.() === 0

type Child = ChildProcessByStdio<null, Readable, Readable>

describe('processes on one state', { timeout: 60_000 }, () => {
  const runtime = { clock: systemClock(), random: systemRandom() }
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

  function start(args: string[]): Child {
    const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    return child
  }
  /** All that it prints, on stdout and then on stderr. */
  async function run(args: string[]): Promise<string[]> {
    const child = start(args)
    const [stdout, stderr] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()])
    return Buffer.concat([...stdout, ...stderr])
      .toString()
      .trim()
      .split('\n')
  }
  async function addDomain() {
    const store = await openSqliteStore(path, runtime)
    await store.addDomain(sampleDomain(), [])
    await store.close()
  }

  it('lose no update of each other', async () => {
    await addDomain()
    const printed = await Promise.all(Array.from({ length: 4 }, () => run(['commit', path, '20'])))
    const attempts = printed.flatMap((lines) => lines.slice(0, -1).map(Number)).sort((a, b) => a - b)
    expect(printed.map((lines) => lines.at(-1))).toEqual(Array.from({ length: 4 }, () => 'closed'))
    expect(attempts).toEqual(Array.from({ length: 80 }, (_, n) => n + 1))
    const store = await openSqliteStore(path, runtime)
    expect((await store.getDomain('default', 'example.com'))?.attempts).toBe(80)
    expect((await store.history({ limit: 100 })).map(({ event }) => Number(event))).toEqual(attempts)
    await store.close()
  })

  it('spend no unit of a budget twice, and lose none', async () => {
    await addDomain()
    const printed = await Promise.all(Array.from({ length: 4 }, () => run(['spend', path, '20'])))
    expect(printed.map((lines) => lines.at(-1))).toEqual(Array.from({ length: 4 }, () => 'closed'))
    expect(printed.reduce((sum, [spent]) => sum + Number(spent), 0)).toBe(30)
  })

  it('take turns by leases on a key, and leave none behind', async () => {
    await addDomain()
    await writeFile(`${path}.number`, '0')
    const printed = await Promise.all(Array.from({ length: 4 }, () => run(['count', path, '25'])))
    expect(printed.map((lines) => lines.at(-1))).toEqual(Array.from({ length: 4 }, () => 'closed'))
    const numbers = printed.flatMap((lines) => lines.slice(0, -1).map(Number)).sort((a, b) => a - b)
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, n) => n + 1))
    const database = new DatabaseSync(path)
    expect(database.prepare('select * from key_leases').all()).toEqual([])
    database.close()
  })

  it('make one state and one key when they start together', async () => {
    const printed = await Promise.all(Array.from({ length: 4 }, () => run(['open', path])))
    expect(printed).toEqual(Array.from({ length: 4 }, () => ['closed']))
    expect((await readdir(folder)).sort()).toEqual(['state.db', 'state.db.key'])
  })

  it('go on at once where one was killed in the middle', async () => {
    await addDomain()
    const { isGone, owner } = processIdentity(runtime.random)
    let last = 0
    for (let round = 0; round < 3; round++) {
      const child = start(['commit-for-ever', path])
      const until = last + 10 + round * 7
      for await (const line of createInterface(child.stdout)) {
        last = Number(line)
        if (last >= until) break
      }
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
      const store = await openSqliteStore(path, runtime)
      const claimed = await store.claim('default/example.com', { owner, ttlMs: 1, isGone })
      const attempts = claimed?.domain.attempts ?? 0
      // Whatever was reported is there, and of what was not, all of it or nothing.
      expect(attempts).toBeGreaterThanOrEqual(last)
      expect(await store.history({ limit: 1000 })).toHaveLength(attempts)
      last = attempts
      if (claimed) await store.release(claimed.lease)
      await store.close()
    }
  })

  it('print no warning of Node', async () => {
    expect(await run(['open', path])).toEqual(['closed'])
  })

  describe('of a user without the right', () => {
    const verb = root ? 'open-as-nobody' : 'open'
    /** What a process prints that may read `folder` but has `mode` on the state and its folder. */
    async function opened(modes: { folder: number; file: number }, then = verb): Promise<string[]> {
      const own = join(folder, 'own')
      const state = join(own, 'state.db')
      await chmod(folder, 0o755)
      await mkdir(own)
      if (root) await chown(own, NOBODY, NOBODY)
      expect(await run([verb, state])).toEqual(['closed'])
      await chmod(state, modes.file)
      await chmod(own, modes.folder)
      const printed = await run([then, state])
      await chmod(own, 0o700)
      return printed
    }

    it('to write in the folder say so', async () => {
      const [line = ''] = await opened({ folder: 0o500, file: 0o600 })
      expect(JSON.parse(line)).toMatchObject({ code: 'STATE_READ_ONLY', message: expect.stringContaining('own/state.db') })
    })

    it('to write the file say so', async () => {
      const [line = ''] = await opened({ folder: 0o700, file: 0o400 })
      expect(JSON.parse(line)).toMatchObject({ code: 'STATE_READ_ONLY', message: expect.stringContaining('own/state.db') })
    })

    it('to write either read it all the same when they only look', async () => {
      const printed = await opened({ folder: 0o500, file: 0o400 }, root ? 'look-as-nobody' : 'look')
      expect(printed).toEqual([JSON.stringify({ domains: [], next: null }), 'closed'])
    })

    it('to make the folder say so', async () => {
      await chmod(folder, 0o555)
      const [line = ''] = await run([verb, join(folder, 'new', 'state.db')])
      await chmod(folder, 0o755)
      expect(JSON.parse(line)).toMatchObject({ code: 'STATE_READ_ONLY', message: expect.stringContaining('new/state.db') })
    })
  })
})
