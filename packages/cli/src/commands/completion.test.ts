import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

async function offered(cwd: string, typed: string[], env: Record<string, string> = {}): Promise<string[]> {
  const { code, stdout, stderr } = await runIn(cwd, ['completion', 'answer', '--', ...typed], { env })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.split('\n').flatMap((line) => line.split('\t')[0] || [])
}

test.each([
  { typed: ['lis'], offers: ['list'] },
  { typed: ['state', 'r'], offers: ['rotate-key'] },
  { typed: ['providers', ''], offers: ['test'] },
  { typed: ['completion', ''], offers: ['bash', 'zsh', 'fish', 'answer'] },
  { typed: ['help', 'sta'], offers: ['state'] },
  { typed: ['help', 'state', 'ba'], offers: ['backup'] },
  { typed: ['list', '--status', 'pending'], offers: ['pending_dns', 'pending_probe'] },
  { typed: ['list', '--stat'], offers: ['--status', '--state'] },
  { typed: ['list', '--status', 'active', '--stat'], offers: ['--state'] },
  { typed: ['--json', 'issue', 'a.example', '--key-type', 'ec'], offers: ['ec256', 'ec384'] },
  { typed: ['--state', 'show', 'show', '--js'], offers: ['--json'] },
  { typed: ['export', 'a.example', '--out', ''], offers: [':files'] },
  { typed: ['--config', ''], offers: [':files'] },
  { typed: ['sandbox', 'exec', '--', 'ls', ''], offers: [':files'] },
  { typed: ['list', '--limit', ''], offers: [] },
  { typed: ['nonsense', ''], offers: [] },
  { typed: ['verify', '--no-such-option', ''], offers: [] },
])('behind $typed comes $offers', async ({ typed, offers }) => {
  expect(await offered(await temporaryFolder(), typed)).toEqual(offers)
})

test('with nothing typed, each command and each group is offered once', async () => {
  const words = await offered(await temporaryFolder(), [''])
  expect(words).toEqual([...new Set(words)])
  expect(words).toEqual(expect.arrayContaining(['add', 'config', 'state', 'providers', 'completion']))
})

test('names come from the state that the line names, those that are there already do not come again', async () => {
  const cwd = await temporaryFolder()
  const state = `file:${join(cwd, 'other.db')}`
  for (const name of ['shop.example.com', 'shop2.example.com', 'blog.example.com']) {
    expect((await runIn(cwd, ['add', name, '--provider', 'manual', '--state', state])).code).toBe(0)
  }
  expect(await offered(cwd, ['--state', state, 'show', ''])).toEqual([
    'blog.example.com',
    'shop.example.com',
    'shop2.example.com',
  ])
  expect(await offered(cwd, ['verify', `--state=${state}`, 'shop.example.com', 'sh'])).toEqual(['shop2.example.com'])
  expect(await offered(cwd, ['show', 'shop.example.com', ''], { DOMAINCTL_STATE: state })).toEqual([])
  expect(await offered(cwd, ['show', '']), 'the usual state is not there, and is not made').toEqual([])
})

test('what the configuration names is offered; one that is wrong is told of by the command, not in the middle of a line', async () => {
  const cwd = await temporaryFolder()
  const file = join(cwd, 'domainctl.config.yaml')
  await writeFile(file, 'targets:\n  edge: { type: files, folder: "/etc/tls/{name}" }\n')
  expect(await offered(cwd, ['add', 'a.example', '--deploy', ''])).toEqual(['edge'])
  await writeFile(file, 'targets: 7\n')
  expect(await offered(cwd, ['add', 'a.example', '--deploy', ''])).toEqual([])
})

test.each(['bash', 'zsh', 'fish'])('prints the script for %s, as a document with --json', async (shell) => {
  const cwd = await temporaryFolder()
  const { code, stdout } = await runIn(cwd, ['completion', shell])
  expect(code).toBe(0)
  expect(stdout).toMatch(new RegExp(`^#.*${shell === 'zsh' ? 'compdef' : shell}`))
  expect((await runIn(cwd, ['completion', shell, '--json'])).json()).toEqual({ shell, script: stdout })
})
