import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { runIn, temporaryFolder } from '../packages/cli/src/command.test.support.ts'
import { startSandboxWorld } from './sandbox-world.ts'

const NAME = 'shop.example.test'

test('renew --dry-run asks no CA and writes nothing; it says when the CA was asked and is asked again', async () => {
  await using world = await startSandboxWorld()
  const folder = await temporaryFolder()
  const env = { ...world.env, DOMAINCTL_ACCEPT_TOS: '1', DOMAINCTL_PROVIDER: 'rfc2136' }
  const state = join(folder, '.domainctl', 'state.db')
  expect((await runIn(folder, ['renew', '--dry-run'], { env })).code).toBe(0)
  await expect(stat(state)).rejects.toThrow('ENOENT')

  expect((await runIn(folder, ['issue', NAME], { env })).code).toBe(0)
  const [askedAt, nextCheckAt] = [-2, 4].map((hours) => new Date(Date.now() + hours * 3_600_000).toISOString())
  const database = new DatabaseSync(state)
  database.prepare('update certificates set renewal_advice = ?').run(JSON.stringify({ askedAt, nextCheckAt }))
  const version = () => database.prepare('pragma data_version').get()
  const before = version()
  const { directory } = world.sandbox.ca.requests
  for (const names of [[NAME], ['--all'], []])
    expect((await runIn(folder, ['renew', '--dry-run', ...names], { env })).code).toBe(0)
  const { stdout } = await runIn(folder, ['renew', '--dry-run', '--all'], { env })
  expect(stdout).toMatch(/is not due: it is not time yet/)
  expect(stdout).toMatch(/its CA was asked .*2 h.*, and is asked again .*4 h/s)
  const { json } = await runIn(folder, ['renew', '--dry-run', '--all', '--json'], { env })
  expect(json()).toMatchObject({ results: [{ due: false, advice: { askedAt, nextCheckAt } }] })
  expect(version()).toEqual(before)
  database.close()
  expect(world.sandbox.ca.requests.directory).toBe(directory)
})
