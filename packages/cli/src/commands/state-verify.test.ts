import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

describe('state verify', () => {
  /** A folder with a state of one domain, to which something was done. */
  async function folderWith(...statements: string[]): Promise<string> {
    const folder = await temporaryFolder()
    expect(await runIn(folder, ['add', 'shop.example.com'])).toMatchObject({ code: 0 })
    const database = new DatabaseSync(join(folder, '.domainctl/state.db'))
    for (const statement of statements) database.exec(statement)
    database.close()
    return folder
  }

  it('says what it has read, and that nothing is wrong', async () => {
    const { code, stdout, stderr } = await runIn(await folderWith(), ['state', 'verify'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('domains: 1 rows')])
    expect(stdout).toMatch(/^TABLE +ROWS +SECRETS OPENED\n/)
    expect(stdout).toMatch(/\ndomains +1 +0\n/)
    expect(stdout).toContain('nothing is wrong with it')
  })

  it('says what is wrong and what to do, with exit code 8, and no control character of the state', async () => {
    const folder = await folderWith(
      'drop trigger audit_no_delete',
      `update domains set settings = 'x', name = 'a' || char(27) || '[31m' where 1`,
    )
    const { code, stdout } = await runIn(folder, ['state', 'verify'])
    expect(code).toBe(8)
    expect(stdout).toContain('The trigger audit_no_delete of audit is missing')
    expect(stdout).toContain('restore the state from a backup')
    expect(stdout).toMatch(/is damaged: \d+ errors/)
    expect(stdout).not.toContain('\u001b[31m')
    const told = await runIn(folder, ['state', 'verify', '--json'])
    expect([told.code, told.stderr]).toEqual([8, ''])
    expect(told.json()).toMatchObject({
      ok: false,
      findings: expect.arrayContaining([
        expect.objectContaining({
          severity: 'error',
          kind: 'value',
          table: 'domains',
          column: 'settings',
          what: 'settings is not JSON.',
        }),
      ]),
    })
  })

  it('a warning alone is no failure', async () => {
    const { code, stdout } = await runIn(await folderWith('update domains set created_at = 1'), ['state', 'verify'])
    expect(code).toBe(0)
    expect(stdout).toContain('1 warnings')
  })

  it('refuses a wrong key, or none, before it reads; without secrets it needs none', async () => {
    const folder = await folderWith()
    const key = join(folder, '.domainctl/state.db.key')
    await writeFile(key, `${'0f'.repeat(32)}\n`)
    const wrong = await runIn(folder, ['state', 'verify', '--json'])
    expect([wrong.code, wrong.json()]).toMatchObject([2, { error: { code: 'STATE_KEY_WRONG' } }])
    await rm(key)
    const none = await runIn(folder, ['state', 'verify', '--json'])
    expect([none.code, none.json()]).toMatchObject([2, { error: { code: 'STATE_KEY_INVALID' } }])
    const without = await runIn(folder, ['state', 'verify', '--without-secrets'])
    expect([without.code, without.stdout]).toEqual([0, expect.stringContaining('What is sealed was not opened.')])
  })

  it('a state that is not there is a mistake, and none is made', async () => {
    const { code, stderr } = await runIn(await temporaryFolder(), ['state', 'verify', '--state', 'file:none.db'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('There is no state')])
  })
})
