import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../contracts/store.ts'
import { systemRandom } from '../runtime/random.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME, sampleAccount, sampleDomain } from '../testing/model-samples.ts'
import { openSqliteStore } from './open.ts'

const runtime = { clock: manualClock(SAMPLE_TIME), random: systemRandom() }

describe('a state that is only looked at', () => {
  let folder: string
  let path: string
  const stores: Store[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
    path = join(folder, 'new', 'state.db')
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    await rm(folder, { recursive: true })
  })

  async function open(readOnly: boolean): Promise<Store> {
    const store = await openSqliteStore(path, { ...runtime, readOnly })
    stores.push(store)
    return store
  }
  async function make(): Promise<void> {
    const store = await open(false)
    await store.addDomain(sampleDomain(), [])
    await store.addAccount(sampleAccount(), [])
    await store.close()
  }
  const readOnly = () => expect.objectContaining({ code: 'STATE_READ_ONLY', message: expect.stringContaining(path) })

  it('is empty where there is none, and is not made', async () => {
    const store = await open(true)
    expect(await store.getDomain('default', 'example.com')).toBeNull()
    expect(await store.getAccount('default', sampleAccount().ca, 'default')).toBeNull()
    await expect(store.addDomain(sampleDomain(), [])).rejects.toEqual(readOnly())
    expect(await store.listDomains({}, { limit: 9 })).toEqual({ domains: [], next: null })
    expect(await readdir(folder)).toEqual([])
  })

  it('is empty where the file is, and stays so', async () => {
    path = join(folder, 'empty.db')
    await writeFile(path, '')
    expect(await (await open(true)).getDomain('default', 'example.com')).toBeNull()
    expect((await stat(path)).size).toBe(0)
  })

  it('is read, with its secrets, and neither it nor a right is changed', async () => {
    await make()
    for (const file of [path, `${path}.key`]) await chmod(file, 0o644)
    const before = await readFile(path)
    const store = await open(true)
    expect(await store.getDomain('default', 'example.com')).toMatchObject({ name: 'example.com' })
    expect(await store.getAccount('default', sampleAccount().ca, 'default')).toStrictEqual(sampleAccount())
    await expect(store.addDomain(sampleDomain({ name: 'example.org' }), [])).rejects.toEqual(readOnly())
    await store.close()
    expect(await readFile(path)).toEqual(before)
    for (const file of [path, `${path}.key`]) expect((await stat(file)).mode & 0o777).toBe(0o644)
    expect((await readdir(dirname(path))).sort()).toEqual(['state.db', 'state.db.key'])
  })

  it('shows what another store has written and not closed', async () => {
    const writing = await open(false)
    const reading = await open(true)
    await writing.addDomain(sampleDomain(), [])
    expect(await reading.getDomain('default', 'example.com')).not.toBeNull()
  })

  it('says of an older one what brings it up to date, and leaves it as it is', async () => {
    await make()
    const database = new DatabaseSync(path)
    database.exec('delete from schema_version where version > 1')
    database.close()
    const before = await readFile(path)
    await expect(open(true)).rejects.toMatchObject({
      code: 'STATE_READ_ONLY',
      message: expect.stringMatching(/older domainctl \(its schema has version 1, this one reads \d+\)/),
      hint: expect.stringContaining('a command that writes'),
    })
    expect(await readFile(path)).toEqual(before)
  })

  it('is refused when it is none: another file, another database, a folder, a path through a file, a link to nowhere', async () => {
    const notes = join(folder, 'notes.txt')
    await writeFile(notes, 'Dear diary, '.repeat(1000))
    const other = join(folder, 'places.sqlite')
    const database = new DatabaseSync(other)
    database.exec('create table bookmarks (url text)')
    database.close()
    const link = join(folder, 'link')
    await symlink(join(folder, 'nowhere'), link)
    await mkdir(join(folder, 'directory'))
    const before = await readFile(other)
    for (path of [notes, other, join(folder, 'directory'), join(notes, 'state.db'), join(notes, 'a', 'state.db'), link])
      await expect(open(true)).rejects.toMatchObject({ code: 'STATE_UNREADABLE', message: expect.stringContaining(path) })
    expect(await readFile(other)).toEqual(before)
  })
})
