import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manifestOf } from '../scripts/pack.ts'
import { tryFirstCommands } from './packages/first-commands.ts'
import { runHidden } from './packages/hidden.ts'
import { runTool } from './tool.ts'

// The command and Node in one file, where neither Node nor this checkout is to be seen.

const script = fileURLToPath(new URL('../scripts/sea.ts', import.meta.url))
let folder: string
let executable: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'domainctl-sea-'))
  executable = join(folder, 'domainctl')
  const made = await runTool([process.execPath, script, executable])
  if (made.code !== 0) throw new Error(made.stderr)
  for (const name of ['home', 'work']) mkdirSync(join(folder, name))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const run = (...args: string[]) => runIn(join(folder, 'work'), ...args)
const runIn = (cwd: string, ...args: string[]) =>
  runHidden([executable, ...args], { cwd, env: { PATH: '/usr/bin:/bin', HOME: join(folder, 'home') } })

test('says its version, and is not much larger than Node', async () => {
  expect(await run('--version')).toEqual({ code: 0, stdout: `${manifestOf('cli').version}\n`, stderr: '' })
  expect(statSync(executable).size).toBeLessThan(statSync(process.execPath).size + 15_000_000)
})

test('makes the tour, in which it starts itself', async () => {
  const tour = await run('sandbox', 'tour')
  expect(tour, tour.stderr).toMatchObject({ code: 0 })
  expect(`${tour.stdout}${tour.stderr}`).toContain('answers with a good certificate')
})

test('keeps its state in SQLite, and says nothing of experiments', async () => {
  expect(await run('add', 'shop.example.com', '--provider', 'manual', '--json')).toMatchObject({ code: 0, stderr: '' })
  const listed = await run('list', '--json')
  expect(listed).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(listed.stdout)).toMatchObject({ domains: [{ name: 'shop.example.com' }] })
  expect(statSync(join(folder, 'work', '.domainctl', 'state.db')).mode & 0o077).toBe(0)
})

test('is set up, and takes over what another client had', async () => {
  const cwd = join(folder, 'new')
  mkdirSync(cwd)
  await tryFirstCommands(cwd, (...args) => runIn(cwd, ...args))
})

test.each([
  ['config.mjs', "import { EOL } from 'node:os'\nexport default { email: 'ops-' + typeof EOL + '@example.com' }\n"],
  ['config.cjs', "const { EOL } = require('node:os')\nmodule.exports = { email: 'ops-' + typeof EOL + '@example.com' }\n"],
  // The package of the command is not there: its types are taken out before anything is looked for.
  [
    'config.ts',
    "import type { DomainctlConfig } from 'domainctl/config'\nexport default { email: 'ops-' + typeof '' + '@example.com' } satisfies DomainctlConfig\n",
  ],
])('loads a configuration that is code: %s', async (name, code) => {
  const file = join(folder, 'work', name)
  writeFileSync(file, code)
  const { stdout } = await run('config', 'show', '--json', '--config', file)
  expect(stdout).toContain('ops-string@example.com')
})
