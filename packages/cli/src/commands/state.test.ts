import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

describe('state copy', () => {
  it('moves a state to another place, with its key, and says what it came to', async () => {
    const folder = await temporaryFolder()
    expect(await runIn(folder, ['add', 'shop.example.com'])).toMatchObject({ code: 0 })
    const copied = await runIn(folder, ['state', 'copy', 'file:.domainctl/state.db', 'file:other/state.db'])
    expect(copied, copied.stderr).toMatchObject({ code: 0 })
    expect(copied.stdout).toMatch(/^TABLE +ROWS\n/)
    expect(copied.stdout).toMatch(/\ndomains +1\n/)
    const key = (place: string) => readFile(join(folder, place, 'state.db.key'), 'utf8')
    expect(await key('other')).toBe(await key('.domainctl'))
    const listed = await runIn(folder, ['list', '--json', '--state', 'file:other/state.db'])
    expect(listed.json()).toMatchObject({ domains: [{ name: 'shop.example.com' }] })

    const again = await runIn(folder, ['state', 'copy', 'file:.domainctl/state.db', 'file:other/state.db', '--json'])
    expect(again.code).toBe(2)
    expect(again.json()).toMatchObject({ error: { code: 'USAGE', message: expect.stringContaining('not empty') } })
  })

  it.each([
    [['state', 'copy', 'file:none.db', 'file:two.db'], /no state file:.*none\.db/],
    [['state', 'copy', 'file:a.db', 'file:a.db'], /the same/],
    [['state', 'copy', 'mysql://me:hunter2@h/d', 'file:a.db'], /is not a state/],
    [['state', 'copy', 'file:a.db'], /missing required argument/i],
  ])('%j is refused', async (argv, said) => {
    const { code, stderr } = await runIn(await temporaryFolder(), argv)
    expect(code).toBe(2)
    expect(stderr).toMatch(said)
    expect(stderr).not.toContain('hunter2')
  })
})

describe('state rotate-key', () => {
  it('changes the key beside a file state, and keeps the old one', async () => {
    const folder = await temporaryFolder()
    expect(await runIn(folder, ['add', 'shop.example.com'])).toMatchObject({ code: 0 })
    const key = () => readFile(join(folder, '.domainctl/state.db.key'), 'utf8')
    const before = await key()
    const changed = await runIn(folder, ['state', 'rotate-key'])
    expect(changed, changed.stderr).toMatchObject({ code: 0 })
    expect(changed.stdout).toMatch(
      /has a new key .*\n.*Backups made before open with the old key: .*state\.db\.key\.[0-9a-f]{16}/,
    )
    expect(await key()).not.toBe(before)
    expect(changed.stdout + changed.stderr).not.toContain(before.trim())
    expect(await runIn(folder, ['add', 'other.example.com'])).toMatchObject({ code: 0 })
  })

  it('changes a key that was given in two steps, and makes the new one where it is not there', async () => {
    const folder = await temporaryFolder()
    const env = { DOMAINCTL_ENCRYPTION_KEY: 'a'.repeat(64) }
    expect(await runIn(folder, ['add', 'shop.example.com'], { env })).toMatchObject({ code: 0 })
    const none = await runIn(folder, ['state', 'rotate-key'], { env })
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('--new-key-file') })
    const begun = await runIn(folder, ['state', 'rotate-key', '--new-key-file', 'new.key'], { env })
    expect(begun, begun.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('--finish') })
    expect((await stat(join(folder, 'new.key'))).mode & 0o777).toBe(0o600)
    const withNew = { env: { DOMAINCTL_ENCRYPTION_KEY_FILE: join(folder, 'new.key') } }
    expect(await runIn(folder, ['state', 'rotate-key', '--finish'], { env })).toMatchObject({ code: 2 })
    const ended = await runIn(folder, ['state', 'rotate-key', '--finish', '--json'], withNew)
    expect(ended.json()).toEqual({ key: expect.stringMatching(/^[0-9a-f]{16}$/), resealed: 0, unreadable: 0 })
    const refused = await runIn(folder, ['add', 'other.example.com', '--json'], { env })
    expect(refused.json()).toMatchObject({ results: [{ error: { code: 'STATE_KEY_WRONG' } }] })
    expect(await runIn(folder, ['add', 'other.example.com'], withNew)).toMatchObject({ code: 0 })
  })

  it('makes one new key also where several begin at once', async () => {
    const folder = await temporaryFolder()
    const env = { DOMAINCTL_ENCRYPTION_KEY: 'a'.repeat(64) }
    expect(await runIn(folder, ['add', 'shop.example.com'], { env })).toMatchObject({ code: 0 })
    const begin = () => runIn(folder, ['state', 'rotate-key', '--new-key-file', 'new.key'], { env })
    for (const begun of await Promise.all([begin(), begin(), begin()])) expect(begun, begun.stderr).toMatchObject({ code: 0 })
    expect((await readdir(folder)).filter((name) => name.startsWith('new.key'))).toEqual(['new.key'])
    const withNew = { env: { DOMAINCTL_ENCRYPTION_KEY_FILE: join(folder, 'new.key') } }
    expect(await runIn(folder, ['state', 'rotate-key', '--finish'], withNew)).toMatchObject({ code: 0 })
  })

  it.each([
    [['--finish', '--abandon'], /three different things/],
    [['--finish'], /not being changed/],
    [['--new-key-file', '.'], /cannot be read/],
  ])('%j is refused', async (flags, said) => {
    const folder = await temporaryFolder()
    expect(await runIn(folder, ['add', 'shop.example.com'])).toMatchObject({ code: 0 })
    const { code, stderr } = await runIn(folder, ['state', 'rotate-key', ...flags])
    expect(code).toBe(2)
    expect(stderr).toMatch(said)
  })
})
