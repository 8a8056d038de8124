import { execFile } from 'node:child_process'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { openSqliteStore } from './open.ts'
import { sqliteError } from './state-errors.ts'

const CHILD = fileURLToPath(new URL('processes.test.child.ts', import.meta.url))
const NOBODY = 65_534
const root = process.getuid?.() === 0
const runtime = { clock: systemClock(), random: systemRandom() }

describe('a place that is no good for a state', { timeout: 60_000 }, () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
    path = join(folder, 'state.db')
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function use(o: { readOnly?: boolean } = {}): Promise<number> {
    const store = await openSqliteStore(path, { ...runtime, ...o })
    try {
      return (await store.listDomains({}, { limit: 100 })).domains.length
    } finally {
      await store.close()
    }
  }
  async function make(): Promise<void> {
    const store = await openSqliteStore(path, runtime)
    for (let n = 0; n < 20; n++)
      await store.addDomain(sampleDomain({ name: `${n}.example` }), [sampleEvent('domain.added', { message: 'x'.repeat(900) })])
    await store.close()
  }
  const refused = (code = 'STATE_UNREADABLE') =>
    expect.objectContaining({ code, message: expect.stringContaining(path), hint: expect.stringMatching(/\.$/) })

  describe.each([{ readOnly: false }, { readOnly: true }])('%j', (o) => {
    it('a folder', async () => {
      await mkdir(path)
      await expect(use(o)).rejects.toEqual(refused())
      expect(await readdir(path)).toEqual([])
    })

    it.each([
      ['to a folder', 'folder'],
      ['to nowhere', 'nowhere'],
      ['to itself', 'state.db'],
    ])('a link %s', async (_, target) => {
      await mkdir(join(folder, 'folder'))
      await symlink(target, path)
      await expect(use(o)).rejects.toEqual(refused())
      expect(await readlink(path)).toBe(target)
      expect(await readdir(folder)).toEqual(['folder', 'state.db'])
    })

    it('a state of which the end is gone', async () => {
      await make()
      const whole = await readFile(path)
      for (const size of [16, 100, 4096, 5000, whole.length / 2]) {
        await writeFile(path, whole.subarray(0, size))
        await expect(use(o)).rejects.toEqual(refused())
        expect(await readFile(path)).toEqual(whole.subarray(0, size))
      }
    })

    it('a state that something has emptied: it does not become a new one', async () => {
      await make()
      await truncate(path)
      await expect(use(o)).rejects.toMatchObject({
        code: 'STATE_UNREADABLE',
        message: expect.stringContaining(`is empty, but ${path}.key is there`),
        hint: expect.stringContaining('from a backup'),
      })
      expect((await stat(path)).size).toBe(0)
      await rm(`${path}.key`)
      await writeFile(`${path}-wal`, 'what SQLite would remove')
      await expect(use(o)).rejects.toThrow(`is empty, but ${path}-wal is there`)
      expect(await readdir(folder)).toEqual(['state.db', 'state.db-wal'])
    })
  })

  it.each([
    ['a name', 'x'.repeat(201)],
    ['a name that nothing fits behind', 'x'.repeat(252)],
    ['a name with many bytes for few letters', '漢'.repeat(67)],
    ['a path', join(...Array.from({ length: 12 }, () => 'folder'.repeat(7)), 'state.db')],
    ['a path that the system does not take', join(...Array.from({ length: 120 }, () => 'folder'.repeat(7)), 'state.db')],
  ])('is %s that is too long, and nothing is made there', async (_, name) => {
    path = join(folder, name)
    await expect(use()).rejects.toEqual(refused())
    expect(await readdir(folder)).toEqual([])
  })

  it.each(['with space', 'q?mode=memory', 'a#b', '50%', '%20', '漢\u{1f600}', "it's", 'line\nbreak', 'file:x', 'x'.repeat(200)])(
    'is not one that is called %j',
    async (name) => {
      path = join(folder, name)
      await make()
      expect(await use()).toBe(20)
      expect(await use({ readOnly: true })).toBe(20)
      expect((await readdir(folder)).sort()).toEqual([name, `${name}.key`].sort())
    },
  )

  it('whose disk fails is not said to be damaged: a backup in its place would lose what it has', () => {
    const failed = Object.assign(new Error('disk I/O error'), { errcode: 778 })
    expect(sqliteError(failed, path)).toMatchObject({ code: 'STATE_UNREADABLE', hint: expect.not.stringContaining('backup') })
  })

  it('is none behind a link: all that belongs to the state is beside the state itself', async () => {
    await make()
    const link = join(folder, 'a', 'link.db')
    await mkdir(join(folder, 'a'))
    await symlink(path, link)
    const at = path
    path = link
    expect(await use()).toBe(20)
    path = at
    expect((await readdir(folder)).sort()).toEqual(['a', 'state.db', 'state.db.key'])
    expect(await readdir(join(folder, 'a'))).toEqual(['link.db'])
  })

  describe.runIf(root)('of another user', () => {
    async function asNobody(verb: string): Promise<{ code?: string }> {
      const { stdout } = await promisify(execFile)(process.execPath, [CHILD, `${verb}-as-nobody`, path]).catch(
        (error: { stdout: string }) => error,
      )
      return JSON.parse(stdout.split('\n')[0] ?? '')
    }

    it.each([
      ['open', 0o600, 'STATE_READ_ONLY'],
      ['look', 0o600, 'STATE_UNREADABLE'],
      ['open', 0o644, 'STATE_READ_ONLY'],
    ])('%s, where its rights are %i: %s', async (verb, mode, code) => {
      await make()
      await chmod(folder, 0o755)
      await chmod(path, mode)
      expect(await asNobody(verb)).toMatchObject({ code })
      expect((await readdir(folder)).sort()).toEqual(['state.db', 'state.db.key'])
    })

    it('is used by root, and is still that of its user', async () => {
      await make()
      for (const file of [folder, path, `${path}.key`]) await chown(file, NOBODY, NOBODY)
      const store = await openSqliteStore(path, runtime)
      for (const file of await readdir(folder)) expect([file, (await stat(join(folder, file))).uid]).toEqual([file, NOBODY])
      await store.close()
      expect(await asNobody('look')).toMatchObject({ domains: [{ domain: { name: '0.example' } }] })
    })

    it('on a file system that is read-only is looked at, and not written', async () => {
      await make()
      const bound = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"`
      const run = async (verb: string) => {
        const args = ['-m', 'sh', '-c', bound, 'sh', folder, process.execPath, CHILD, verb, path]
        const { stdout } = await promisify(execFile)('unshare', args).catch((error: { stdout: string }) => error)
        return JSON.parse(stdout.split('\n')[0] ?? '')
      }
      expect(await run('look')).toMatchObject({ domains: [{ domain: { name: '0.example' } }] })
      expect(await run('open')).toMatchObject({ code: 'STATE_READ_ONLY' })
    })
  })
})
