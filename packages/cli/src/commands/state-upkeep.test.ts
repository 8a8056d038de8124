import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { makeOlderFile } from '../../../core/src/store/older-state.test.support.ts'
import { runIn, temporaryFolder } from '../command.test.support.ts'

async function older(domains: number): Promise<string> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, '.domainctl'))
  await makeOlderFile(join(folder, '.domainctl', 'state.db'), { version: 9, domains })
  return folder
}

describe('state backup', () => {
  it('keeps the state in a file that can be looked into, and says what it takes to restore it', async () => {
    const folder = await temporaryFolder()
    await runIn(folder, ['add', 'shop.example.com'])
    const made = await runIn(folder, ['state', 'backup', 'kept.db'])
    expect(made, made.stderr).toMatchObject({ code: 0 })
    expect(made.stdout).toContain('The encryption key is not in it')
    expect(made.stdout).toContain(join(folder, '.domainctl', 'state.db.key'))
    expect(made.stdout).toContain(`domainctl state copy file:${join(folder, 'kept.db')}`)
    expect((await stat(join(folder, 'kept.db'))).mode & 0o777).toBe(0o600)
    const listed = await runIn(folder, ['list', '--json', '--state', 'file:kept.db'])
    expect(listed.json()).toMatchObject({ domains: [{ name: 'shop.example.com' }] })

    const restored = await runIn(folder, ['state', 'copy', 'file:kept.db', 'file:new/state.db'], {
      env: { DOMAINCTL_ENCRYPTION_KEY_FILE: join(folder, '.domainctl', 'state.db.key') },
    })
    expect(restored, restored.stderr).toMatchObject({ code: 0 })
  })

  it('has all of it in JSON, and replaces nothing', async () => {
    const folder = await temporaryFolder()
    await runIn(folder, ['add', 'shop.example.com'])
    const made = await runIn(folder, ['state', 'backup', 'kept.db', '--json'])
    expect(made.json()).toEqual({
      state: `file:${join(folder, '.domainctl', 'state.db')}`,
      backup: join(folder, 'kept.db'),
      version: expect.any(Number),
      bytes: (await stat(join(folder, 'kept.db'))).size,
      keyIncluded: false,
    })
    const again = await runIn(folder, ['state', 'backup', 'kept.db', '--json'])
    expect(again.code).toBe(2)
    expect(again.json()).toMatchObject({ error: { code: 'USAGE' } })
    const long = await runIn(folder, ['state', 'backup', 'a'.repeat(300), '--json'])
    expect([long.code, long.json()]).toMatchObject([2, { error: { message: expect.stringContaining('ENAMETOOLONG') } }])
  })

  it.each([
    [['state', 'backup', 'a.db'], /no state file:/],
    [['state', 'backup', ' '], /No file was named/],
    [['state', 'backup'], /missing required argument/i],
  ])('%j is refused where there is nothing', async (argv, said) => {
    const folder = await temporaryFolder()
    const { code, stderr } = await runIn(folder, argv)
    expect(code).toBe(2)
    expect(stderr).toMatch(said)
    expect(await readdir(folder)).toEqual([])
  })
})

describe('state migrate', () => {
  it('says with --check what there is to do, and does it without', async () => {
    const folder = await older(2)
    const file = join(folder, '.domainctl', 'state.db')
    const checked = await runIn(folder, ['state', 'migrate', '--check', '--json'])
    expect(checked.code).toBe(3)
    expect(checked.json()).toMatchObject({ state: `file:${file}`, from: 9, migrated: false, backup: null })
    expect((await runIn(folder, ['state', 'migrate', '--check'])).stdout).toContain('domainctl state migrate')
    expect(await readdir(join(folder, '.domainctl'))).toEqual(['state.db'])

    const done = await runIn(folder, ['state', 'migrate'])
    expect(done).toMatchObject({ code: 0, stderr: '' })
    expect(done.stdout).toContain('was brought from version 9 to ')
    expect(done.stdout).toContain(`${file}.v9.backup`)
    const again = await runIn(folder, ['state', 'migrate', '--check', '--json'])
    expect(again.code).toBe(0)
    expect(again.json()).toMatchObject({ migrated: false, backup: null })
  })

  it('is done by the first command that writes, which tells of the backup where people read', async () => {
    const folder = await older(1)
    const looked = await runIn(folder, ['list'])
    expect(looked).toMatchObject({ code: 2, stderr: expect.stringContaining('older domainctl') })
    const added = await runIn(folder, ['add', 'shop.example.com'])
    expect(added).toMatchObject({ code: 0, stderr: expect.stringContaining('state.db.v9.backup') })
    expect(await runIn(folder, ['add', 'b.example.com'])).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('.backup'),
    })

    const other = await older(1)
    const json = await runIn(other, ['add', 'shop.example.com', '--json'])
    expect(json).toMatchObject({ code: 0, stderr: '' })
    expect(json.json()).toBeTruthy()
  })

  it('refuses what is not there, or newer', async () => {
    const folder = await temporaryFolder()
    const none = await runIn(folder, ['state', 'migrate', '--json'])
    expect(none.code).toBe(2)
    expect(none.json()).toMatchObject({ error: { code: 'USAGE' } })
    expect(await readdir(folder)).toEqual([])
    await runIn(folder, ['add', 'shop.example.com'])
    const database = new DatabaseSync(join(folder, '.domainctl', 'state.db'))
    database.exec('insert into schema_version values (1000, 0)')
    database.close()
    for (const argv of [['state', 'migrate'], ['state', 'migrate', '--check'], ['state', 'backup', 'kept.db'], ['list']])
      expect(await runIn(folder, argv)).toMatchObject({ code: 2, stderr: expect.stringContaining('newer domainctl') })
  })
})

describe('a damaged state', () => {
  it('is told by every command with its code, and never with a trace', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, '.domainctl', 'state.db')
    await runIn(folder, ['add', 'a.example.com', 'b.example.com'])
    const whole = await readFile(file)
    const pages = whole.length / 4096
    let refused = 0
    for (let page = 0; page < pages; page += 5) {
      const damaged = Buffer.from(whole)
      damaged.fill(0xa5, page * 4096, (page + 1) * 4096)
      await writeFile(file, damaged)
      for (const argv of [
        ['list'],
        ['show', 'a.example.com'],
        ['history', 'a.example.com'],
        ['add', 'c.example.com'],
        ['state', 'backup', `${page}.db`],
      ]) {
        const { code, stderr, stdout } = await runIn(folder, argv)
        expect(stderr + stdout).not.toMatch(/^\s+at /m)
        if (code === 0) continue
        refused += 1
        expect([argv, stderr]).toEqual([argv, expect.stringMatching(/STATE_(UNREADABLE|CORRUPT)/)])
      }
    }
    expect(refused).toBeGreaterThan(0)
  })
})
