import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

const YAML = 'domainctl.config.yaml'

async function check(content: string, o: { env?: Record<string, string>; argv?: string[]; file?: string } = {}) {
  const folder = await temporaryFolder()
  await writeFile(join(folder, o.file ?? YAML), content)
  const ran = await runIn(folder, ['config', 'check', '--json', ...(o.argv ?? [])], { env: o.env ?? {} })
  expect(ran.stderr).toBe('')
  return { folder, code: ran.code, ...(ran.json() as { ok: boolean; problems: Record<string, unknown>[] }) }
}

describe('config check', () => {
  it('finds nothing wrong with a good file, nor where there is none', async () => {
    const good = `email: a@example.com
ca: [letsencrypt, house]
cas: { house: { directory: "https://ca.house.test/" } }
provider: main
providers:
  main: { type: cloudflare, apiToken: "env:TOKEN" }
zones: { example.org: manual }
targets:
  web: { type: files, folder: '/etc/tls/{name}' }
`
    expect(await check(good, { env: { TOKEN: 'x' } })).toMatchObject({ code: 0, ok: true, problems: [] })
    const { code, stdout } = await runIn(await temporaryFolder(), ['config', 'check'])
    expect(code).toBe(0)
    expect(stdout).toBe('Flags and environment: nothing is wrong.\n')
  })

  it('says where a file cannot be read on, as the parser does', async () => {
    for (const [content, line, column] of [
      ['email: a@example.com\nca: !wrong x\n', 2, 5],
      [`email: ${'['.repeat(2000)}`, 1, 107],
    ] as const)
      expect((await check(content)).problems).toMatchObject([{ severity: 'error', source: YAML, line, column }])
  })

  it('says all that is wrong, each with its line and what mends it', async () => {
    const { code, problems } = await check(`emial: a@example.com
concurrency: many
provider: mian
ca: letsencrpt
providers:
  main:
    type: cloudflare
    apiToken: not-a-reference
    zoneid: abc
  other: { type: clodflare }
zones:
  example.com: nobody
targets:
  web:
    type: nginx
    foldr: /etc/tls
notifications:
  channels:
    ops: { type: slak }
cas:
  house: { eabKid: x }
`)
    expect(code).toBe(2)
    const found = problems.map(({ path, line, column }) => [path, line, column])
    expect(found).toEqual(
      expect.arrayContaining([
        ['emial', 1, 1],
        ['concurrency', 2, 1],
        ['provider', 3, 1],
        ['ca', 4, 1],
        ['providers.main.zoneid', 9, 5],
        ['providers.main.apiToken', 8, 5],
        ['providers.other.type', 10, 12],
        ['zones.example.com', 12, 3],
        ['targets.web.foldr', 16, 5],
        ['notifications.channels.ops.type', 19, 12],
        ['cas.house', 21, 3],
      ]),
    )
    expect(problems.find(({ path }) => path === 'emial')).toEqual({
      severity: 'error',
      source: YAML,
      path: 'emial',
      line: 1,
      column: 1,
      message: 'emial is no setting.',
      fix: 'Did you mean email?',
    })
    expect(JSON.stringify(problems)).not.toContain('not-a-reference')
  })

  it('says what only the whole configuration shows', async () => {
    expect((await check('provider: nobody\n')).problems).toMatchObject([{ path: 'provider', line: 1, severity: 'error' }])
    expect((await check('ca: letsencrpt\n')).problems).toMatchObject([{ path: 'ca', line: 1 }])
    expect((await check('', { env: { DOMAINCTL_CONCURRENCY: 'x' } })).problems).toMatchObject([
      { source: 'DOMAINCTL_CONCURRENCY', severity: 'error' },
    ])
    expect((await check('', { argv: ['--concurrency', '0'] })).problems).toMatchObject([{ source: '--concurrency' }])
    expect((await check('eabKid: x\n')).problems).toMatchObject([
      { severity: 'error', message: 'eabKid is set and eabHmacKey is not.' },
    ])
    expect((await check('caRoot: not-there.pem\n')).problems).toMatchObject([{ path: 'caRoot', line: 1, severity: 'error' }])
  })

  it.each([
    ['yaml', 'email: [\nca: x\n'],
    ['json', '{\n  "email": "a" "ca": 1\n}\n'],
  ])('says where a file in %s cannot be parsed', async (ending, content) => {
    const { code, problems } = await check(content, { file: `domainctl.config.${ending}` })
    expect(code).toBe(2)
    expect(problems).toMatchObject([{ line: expect.any(Number), message: expect.stringContaining('cannot be parsed') }])
  })

  it.each([
    ['a password in the file', 'state: postgres://me:hunter2@db.test/x\nencryptionKey: env:KEY\n', 'state'],
    [
      'a reference to a variable that is not set',
      'providers: { a: { type: cloudflare, apiToken: "env:NONE" } }',
      'providers.a.apiToken',
    ],
    ['a time-out of what is not waited for', 'propagation: none\npropagationTimeout: 1m\n', 'propagationTimeout'],
    ['a port of a lab outside of one', 'authoritativePort: 5353\n', 'authoritativePort'],
    ['a state in PostgreSQL without a key', 'state: postgres://me@db.test/x\n', 'state'],
    ['two files in one', 'liveFile: ./x\nmetricsFile: ./x\n', 'liveFile'],
    ['a window that is over', 'maintenance: [{ from: 2020-01-01T00:00:00Z, to: 2020-01-02T00:00:00Z }]\n', 'maintenance.0'],
    [
      'a channel without a route',
      'notifications: { channels: { a: { type: slack, url: "env:KEY" }, b: { type: slack, url: "env:KEY" } }, routes: [{ channels: [a] }] }',
      'notifications.channels.b',
    ],
  ])('warns of %s', async (_, content, path) => {
    const { code, ok, problems } = await check(content, { env: { KEY: '00'.repeat(32) } })
    expect(problems).toMatchObject([{ severity: 'warning', path, line: expect.any(Number), fix: expect.any(String) }])
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(JSON.stringify(problems)).not.toContain('hunter2')
  })

  it('warns of a mistyped variable, and of a secret that others can read', async () => {
    const { problems } = await check('', { env: { DOMAINCTL_EMIAL: 'a@example.com' } })
    expect(problems).toMatchObject([{ severity: 'warning', source: 'DOMAINCTL_EMIAL', fix: 'Did you mean DOMAINCTL_EMAIL?' }])
    const folder = await temporaryFolder()
    await writeFile(join(folder, YAML), 'providers: { a: { type: cloudflare, apiToken: "file:token" } }\n')
    await writeFile(join(folder, 'token'), 'x', { mode: 0o600 })
    expect((await runIn(folder, ['config', 'check'])).stdout).toContain('nothing is wrong')
    await chmod(join(folder, 'token'), 0o644)
    const { code, stdout } = await runIn(folder, ['config', 'check'], { env: { COLUMNS: '80' } })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^! {2}domainctl\.config\.yaml:1:\d+: providers\.a\.apiToken names the file/)
    expect(stdout).toContain(`chmod 600 ${join(folder, 'token')}`)
    expect(stdout).toMatch(/domainctl\.config\.yaml: 1 warning\.\n$/)
  })
})
