import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSandbox } from '@domainctl/sandbox'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

let folder = ''
beforeEach(async () => {
  folder = await temporaryFolder()
})

it('what can be told without any CA', async () => {
  expect((await runIn(folder, ['account', 'list', '--json'])).json()).toEqual({ accounts: [] })
  expect(await runIn(folder, ['account', 'list'])).toMatchObject({
    code: 0,
    stdout: '',
    stderr: expect.stringContaining('no account yet'),
  })
  for (const [argv, said] of [
    [['rotate-key'], 'The state has no account default at https://acme-v02.api.letsencrypt.org/directory'],
    [['rotate-key', '--account', 'shop'], 'The state has no account shop at'],
    [['deactivate', '--yes'], 'The state has no account'],
    [['update'], 'The new contact address is missing'],
    [['export-key', '--out', '-'], 'expected the path of a new file'],
    [['export-key', '--out', '.'], 'is there already'],
    [['import', '--key', 'nothing.pem'], 'nothing.pem, which cannot be read: ENOENT'],
    [['import', '--key', '-'], 'The key of the account cannot be read'],
    [['import', '--key', '-', '--ca', 'letsencrypt', '--ca', 'zerossl'], 'there are several'],
    [['list', '--account', 'a b'], '--account: expected'],
  ] as const) {
    const { code, stdout, stderr } = await runIn(folder, ['account', ...argv])
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(said)
  }
})

it('an account from its making to its end, and no key in any output', async () => {
  const sandbox = await startSandbox({ zones: ['example.test'] })
  onTestFinished(() => sandbox[Symbol.asyncDispose]())
  const env: Record<string, string> = {
    ...(await sandbox.environment(folder)),
    DOMAINCTL_PROVIDER: 'rfc2136',
    DOMAINCTL_ACCEPT_TOS: '1',
  }
  const said: string[] = []
  const done = async (...argv: string[]) => {
    const ran = await runIn(folder, argv, { env })
    said.push(ran.stdout, ran.stderr)
    expect({ code: ran.code, stderr: ran.code === 0 ? '' : ran.stderr }).toEqual({ code: 0, stderr: '' })
    return ran
  }
  await done('issue', 'shop.example.test', '--account', 'shop', '--email', 'ops@example.test')
  const shop = ['--account', 'shop']
  expect((await done('account', 'list', '--check', ...shop)).stdout).toMatch(/shop \* +valid .* ops@example\.test +ec256 .* 1\n/)
  expect((await done('account', 'rotate-key', '--account-key-type', 'ec384', ...shop, '--json')).json()).toMatchObject({
    account: { name: 'shop', keyType: 'ec384', keyChanging: false },
  })
  expect((await done('account', 'update', '--email', 'new@example.test', ...shop)).stdout).toContain('new@example.test')
  expect((await done('account', 'export-key', '--out', 'key.pem', ...shop)).stdout).toBe(`${join(folder, 'key.pem')}\n`)
  expect((await stat(join(folder, 'key.pem'))).mode & 0o777).toBe(0o600)
  const key = await readFile(join(folder, 'key.pem'), 'utf8')
  // The name in the file is for when nothing else is said.
  await writeFile(
    join(folder, 'domainctl.config.yaml'),
    `ca: here\ncas: {here: {directory: "${env.DOMAINCTL_CA}", account: mine}}\n`,
  )
  const elsewhere = ['--state', 'file:other.db', '--ca', 'here']
  expect((await done('account', 'import', '--key', 'key.pem', ...elsewhere)).stdout).toContain('The account mine at')
  expect((await done('account', 'import', '--key', 'key.pem', '--json', ...elsewhere)).json()).toMatchObject({ was: 'there' })
  expect((await runIn(folder, ['account', 'rotate-key', ...shop, ...elsewhere], { env })).stderr).toContain('mine at')

  const unanswered = await runIn(folder, ['account', 'deactivate', ...shop], { env })
  expect(unanswered).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/1 domain has its certificate.*\n.*has to be confirmed/),
  })
  expect((await done('account', 'deactivate', ...shop, '--yes')).stdout).toContain('has ended')
  expect((await done('account', 'list', '--json')).json()).toMatchObject({ accounts: [{ status: 'deactivated', domains: 1 }] })
  const text = said.join('\n')
  expect(text).not.toContain('PRIVATE KEY')
  for (const line of key.split('\n').slice(1, -2)) expect(text).not.toContain(line)
})
