import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSandbox } from '@domainctl/sandbox'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

const LIMITS = 'limits: { orders: { count: 1, per: 3h }, duplicates: { count: 2, per: 7d } }'

/** A folder whose configuration has the sandbox's CA, with limits, and the environment of the sandbox. */
async function start() {
  const sandbox = await startSandbox({ zones: ['example.test'] })
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'sandbox'))
  const env = {
    ...(await sandbox.environment(join(folder, 'sandbox'))),
    DOMAINCTL_PROVIDER: 'rfc2136',
    DOMAINCTL_ACCEPT_TOS: '1',
  }
  const file = `email: a@example.com\ncas: { house: { directory: "${sandbox.ca.directoryUrl}", ${LIMITS} } }\n`
  const writeConfig = (content: string) => writeFile(join(folder, 'domainctl.config.yaml'), content)
  await writeConfig(file)
  return {
    writeConfig,
    readConfig: () => readFile(join(folder, 'domainctl.config.yaml'), 'utf8'),
    run: (argv: string[], more: Record<string, string> = {}) => runIn(folder, argv, { env: { ...env, ...more } }),
    sandbox,
    [Symbol.asyncDispose]: () => sandbox.stop(),
  }
}

describe('doctor without a name', () => {
  it('says that all is well, and what is left of the limits, without making a state', async () => {
    await using scene = await start()
    const { code, stdout, stderr } = await scene.run(['doctor'])
    expect(stderr).not.toContain('✖')
    expect(code).toBe(0)
    expect(stdout).toMatch(/✔ {2}configuration {2}domainctl\.config\.yaml: CA: https:/)
    expect(stdout).toMatch(/✔ {2}state +file:\S+: not there yet/)
    expect(stdout).toMatch(/✔ {2}ca +https:\S+: answers; the first order makes an account/)
    expect(stdout).toMatch(/✔ {2}clock +https:\S+: agrees with the CA/)
    expect(stdout).toMatch(/CA +LIMIT +LEFT +OF +NEXT AT\n127\.0\.0\.1:\d+ +new orders of an account +1 +1 in 3 hours +now/)
  })

  it('says which limit has no room, and when it has; an order over it ends with exit code 5', async () => {
    await using scene = await start()
    expect((await scene.run(['issue', 'a.example.test'])).code).toBe(0)
    const refused = await scene.run(['issue', 'b.example.test', '--json'])
    expect(refused.code).toBe(5)
    const error = { code: 'CA_BUDGET_SPENT', actor: 'operator', retryAt: expect.stringMatching(/^\d{4}-.*Z$/) }
    const retry = {
      class: 'no room',
      attempts: 0,
      nextAttemptAt: expect.any(String),
      why: expect.stringContaining('there is room'),
    }
    expect(refused.json()).toMatchObject({ results: [{ ok: false, error, domain: { attempts: 0, retry } }] })
    const shown = await scene.run(['doctor', '--json'])
    expect(shown.code).toBe(0)
    expect(shown.json()).toMatchObject({
      ok: true,
      checks: expect.arrayContaining([expect.objectContaining({ what: 'limits', status: 'warn' })]),
      budgets: [
        { kind: 'orders', left: 0, count: 1, windowMs: 10_800_000 },
        { kind: 'duplicates', subject: 'a.example.test', left: 1 },
      ],
    })
    const one = await scene.run(['doctor', 'b.example.test'])
    expect(one.stdout).toMatch(/new orders of an account +0 +1 in 3 hours +in 3 hours/)
    expect(one.stdout).toContain('Nothing but a limit of the CA stands in the way of a new order, until ')
    const details = await scene.run(['show', 'b.example.test'])
    expect(details.stdout).toMatch(
      /attempts +0 failed in a row \(no room\)\nnext attempt +in 3 hours .*\nwhy then +there is room/,
    )
    expect((await scene.run(['issue', 'b.example.test', '--force'])).code).toBe(0)
  })

  it('fits a terminal, each fix below what it mends', async () => {
    await using scene = await start()
    const { stdout } = await scene.run(['doctor'], { COLUMNS: '80', DOMAINCTL_ACCEPT_TOS: '0' })
    expect(stdout).toMatch(/\(TERMS_NOT_ACCEPTED\)\n {18}Read them, then repeat with --accept-tos/)
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('tells of resolvers, credentials, targets, the account, domains and whether run is alive', async () => {
    await using scene = await start()
    expect((await scene.run(['issue', 'a.example.test'])).code).toBe(0)
    expect((await scene.run(['suspend', 'a.example.test'])).code).toBe(0)
    const file =
      (await scene.readConfig()) +
      'targets: { good: { type: files, folder: "/tmp/{name}" }, bad: { type: files, folder: "/dev/null/{name}" } }\n'
    await scene.writeConfig(file)
    const { stdout, stderr, code } = await scene.run(['doctor'], {
      DOMAINCTL_LIVE_FILE: '/nowhere/live',
      CLOUDFLARE_API_TOKEN: 'wrong',
    })
    expect(stderr).not.toContain('✖')
    expect(stdout).toMatch(/✔ {2}resolver +127\.0\.0\.1:\d+: answers \(of DOMAINCTL_RESOLVER\)/)
    expect(stdout).toMatch(/✔ {2}provider +rfc2136: the credential works/)
    expect(stdout).toMatch(/! {2}provider +cloudflare: .*\(PROVIDER_AUTH\)\n +\S/)
    expect(stdout).toMatch(/✔ {2}target +good: files, can write to \/tmp\//)
    expect(stdout).toMatch(/✖ {2}target +bad: files: \/dev\/null cannot be written\.\n {18}\S/)
    expect(stdout).toMatch(/✔ {2}account +default at https:\S+: is valid; 1 certificate comes from it/)
    expect(stdout).toMatch(/! {2}domains +suspended: a\.example\.test\n {18}They are not renewed/)
    expect(stdout).toMatch(/! {2}run +\/nowhere\/live: is not there/)
    expect(code).toBe(6)
    const silent = await scene.run(['doctor', '--json'], { DOMAINCTL_RESOLVER: '127.0.0.1:9' })
    expect(silent.json()).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ what: 'resolver', status: 'fail', of: '127.0.0.1:9' })]),
    })
  })

  it('says that the configuration is at fault, and not the state, where a CA of the file cannot be used', async () => {
    await using scene = await start()
    await scene.writeConfig(`ca: house\ncas: { house: { directory: "https://ca.house.test/", apiKey: env:KEY } }\n`)
    const ran = await scene.run(['doctor', '--json'], { DOMAINCTL_CA: '', KEY: 'k' })
    const error = expect.objectContaining({ code: 'CONFIG_INVALID' })
    const of = 'domainctl.config.yaml'
    expect(ran.json()).toMatchObject({ ok: false, checks: [{ what: 'configuration', of, status: 'fail', error }] })
    expect(ran.code).toBe(2)
  })

  it('looks at what it can where the state cannot be opened', async () => {
    await using scene = await start()
    await scene.writeConfig('email: a@example.com\nliveFile: gone\ntargets: { web: { type: files, folder: "/tmp/{name}" } }\n')
    // A folder.
    const { code, json } = await scene.run(['doctor', '--json', '--state', 'file:sandbox'])
    expect(code).toBe(2)
    const { checks } = json() as { checks: { what: string; status: string }[] }
    expect(checks.map(({ what, status }) => `${what} ${status}`)).toEqual([
      'configuration ok',
      'state fail',
      'resolver ok',
      'target ok',
      'run warn',
    ])
  })

  it('does not call a state readable whose key is another one', async () => {
    await using scene = await start()
    expect((await scene.run(['issue', 'a.example.test'])).code).toBe(0)
    const ran = await scene.run(['doctor', '--json'], { DOMAINCTL_ENCRYPTION_KEY: '00'.repeat(32) })
    const error = expect.objectContaining({ code: 'STATE_KEY_WRONG' })
    expect(ran.json()).toMatchObject({
      ok: false,
      checks: expect.arrayContaining([expect.objectContaining({ what: 'state', status: 'fail', error })]),
    })
    expect(ran.stdout).not.toContain('"readable')
  })

  it.each([
    ['terms that were not accepted', { DOMAINCTL_ACCEPT_TOS: '0' }, 2, 'TERMS_NOT_ACCEPTED'],
    ['a CA that is not there', { DOMAINCTL_CA: 'https://127.0.0.1:1/directory' }, 5, 'CA_UNREACHABLE'],
    ['a key that is none', { DOMAINCTL_ENCRYPTION_KEY: 'short' }, 2, 'STATE_KEY_INVALID'],
  ])('fails for %s, with the fix', async (_, env, expected, code) => {
    await using scene = await start()
    await scene.run(['add', 'a.example.test'])
    const ran = await scene.run(['doctor', '--json'], env)
    expect(ran.json()).toMatchObject({
      ok: false,
      checks: expect.arrayContaining([
        expect.objectContaining({ status: 'fail', fix: expect.any(String), error: expect.objectContaining({ code }) }),
      ]),
    })
    expect(ran.code).toBe(expected)
  })
})

describe('limits of a CA in the configuration', () => {
  it.each([
    ['orders: { count: 0, per: 3h }', 'cas.house.limits.orders.count: expected a whole number of at least 1, found 0'],
    ['orders: { count: 1, per: 3x }', 'cas.house.limits.orders.per: expected the time in which so many may be had, a duration'],
    ['orders: 5', 'cas.house.limits.orders: expected a mapping with count and per, found 5'],
    ['order: { count: 1, per: 3h }', 'cas.house.limits.order is no setting'],
    ['orders: { counts: 1, count: 1, per: 3h }', 'cas.house.limits.orders.counts is no setting'],
  ])('%s is refused', async (limit, message) => {
    const folder = await temporaryFolder()
    const file = `cas: { house: { directory: "https://ca.house.test/", limits: { ${limit} } } }\n`
    await writeFile(join(folder, 'domainctl.config.yaml'), file)
    const { code, stderr } = await runIn(folder, ['config', 'show'])
    expect(stderr).toContain(message)
    expect(code).toBe(2)
  })
})
