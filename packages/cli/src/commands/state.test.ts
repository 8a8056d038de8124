import { readFile } from 'node:fs/promises'
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
