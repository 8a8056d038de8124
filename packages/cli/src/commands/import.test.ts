import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ zones: ['example.test'] })
})
afterAll(() => sandbox[Symbol.asyncDispose]())

let folder = ''
let other = ''
let env: Record<string, string> = {}
beforeEach(async () => {
  folder = await temporaryFolder()
  other = await temporaryFolder()
  env = { ...(await sandbox.environment(await temporaryFolder())), HOME: folder, DOMAINCTL_ACCEPT_TOS: '1' }
})

const command = (...argv: string[]) => runIn(folder, argv, { env })

/** A certificate with its key and account, as another state has it. */
async function issued(name: string, ...more: string[]): Promise<{ chain: string; key: string; account: string }> {
  const at = await temporaryFolder()
  const there = (...argv: string[]) => runIn(at, argv, { env: { ...env, DOMAINCTL_PROVIDER: 'rfc2136' } })
  for (const argv of [
    ['issue', name, ...more],
    ['export', name, '--out', 'tls'],
    ['account', 'export-key', '--out', 'account.pem'],
  ]) {
    const { code, stderr } = await there(...argv)
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
  }
  const [chain = '', key = '', account = ''] = await Promise.all(
    ['tls/fullchain.pem', 'tls/privkey.pem', 'account.pem'].map((file) => readFile(join(at, file), 'utf8')),
  )
  return { chain, key, account }
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(join(other, file, '..'), { recursive: true })
  await writeFile(join(other, file), text, { mode: 0o600 })
}

/** A lineage of certbot, with links as certbot makes them. */
async function lineage(label: string, { chain, key }: { chain: string; key: string }, params: Record<string, string> = {}) {
  await write(`archive/${label}/fullchain1.pem`, chain)
  await write(`archive/${label}/privkey1.pem`, key)
  await mkdir(join(other, 'live', label), { recursive: true })
  for (const file of ['fullchain', 'privkey'])
    await symlink(`../../archive/${label}/${file}1.pem`, join(other, 'live', label, `${file}.pem`))
  const all = { authenticator: 'dns-rfc2136', server: sandbox.ca.directoryUrl, ...params }
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`)
  await write(`renewal/${label}.conf`, `version = 2.1.0\n[renewalparams]\n${lines.join('\n')}\n`)
}

interface Answer {
  code: number
  results: Record<string, unknown>[]
  accounts: Record<string, unknown>[]
  summary: Record<string, number>
  [more: string]: unknown
}

const imported = async (...argv: string[]): Promise<Answer> => {
  const { code, json } = await command('import', ...argv, '--json')
  return { code, ...(json() as Omit<Answer, 'code'>) } as Answer
}

describe('import certbot', () => {
  it('takes over what certbot has with its settings, says what stays behind, and tells no argument of a hook', async () => {
    const got = await issued('shop.example.test', '--wildcard')
    await lineage('shop.example.test', got, {
      reuse_key: 'True',
      preferred_chain: 'Some Root',
      renew_hook: 'curl -H "Authorization: hunter2" https://x.example',
      dns_rfc2136_credentials: '/etc/certbot/rfc2136.ini',
    })
    await write('renewal-hooks/deploy/reload.sh', 'exit 1')
    await chmod(join(other, 'archive', 'shop.example.test', 'privkey1.pem'), 0o644)
    const answer = await imported('certbot', other)
    expect(answer).toMatchObject({
      code: 0,
      client: 'certbot',
      summary: { ok: 1, failed: 0, skipped: 0 },
      results: [
        { name: 'shop.example.test', was: 'added', domain: { status: 'active', provider: 'rfc2136', challenge: 'dns-01' } },
      ],
    })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
    expect(answer.results[0]?.leftBehind).toEqual([
      { what: 'renew_hook = curl …', instead: expect.stringContaining('--deploy') },
      { what: 'dns_rfc2136_credentials = /etc/certbot/rfc2136.ini', instead: expect.stringContaining('Not read') },
    ])
    expect(answer.leftBehind).toMatchObject([{ what: expect.stringContaining('reload.sh') }])
    // Folders of tests are their user's alone.
    expect(answer.results[0]?.warnings).toEqual([])
    const shown = (await command('show', 'shop.example.test', '--json')).json()
    expect(shown).toMatchObject({
      results: [{ domain: { names: ['shop.example.test', '*.shop.example.test'], reuseKey: true } }],
    })
    const exported = await command('export', 'shop.example.test', '--out', 'tls')
    expect(exported.code).toBe(0)
    expect(await readFile(join(folder, 'tls/fullchain.pem'), 'utf8')).toBe(got.chain)
    expect(await imported('certbot', other)).toMatchObject({ code: 0, results: [{ was: 'there' }] })
    expect((await command('state', 'verify')).code).toBe(0)
  })

  it('takes a newer one, leaves an older one, and one of other names; --only chooses', async () => {
    const first = await issued('a.example.test')
    sandbox.ca.settings.lifetimeSeconds += 3600
    const second = await issued('a.example.test')
    const wider = await issued('a.example.test', '--san', 'b.example.test')
    await lineage('a.example.test', first)
    await lineage('a.example.test-0001', wider)
    expect(await imported('certbot', other, '--only', 'a.example.test')).toMatchObject({ code: 0, results: [{ was: 'added' }] })
    expect(await imported('certbot', other, '--only', 'a.example.test-0001')).toMatchObject({
      code: 0,
      results: [
        {
          was: 'kept',
          reason: expect.stringContaining('other names'),
          warnings: [expect.stringContaining('Nothing here renews b.example.test:')],
        },
      ],
    })
    await write('archive/a.example.test/fullchain1.pem', second.chain)
    await write('archive/a.example.test/privkey1.pem', second.key)
    expect(await imported('certbot', other, '--only', 'a.example.test')).toMatchObject({ code: 0, results: [{ was: 'given' }] })
    expect((await command('import', 'certbot', other, '--only', 'nobody')).code).toBe(2)
  })

  it('gives a domain that is there without a certificate this one', async () => {
    await lineage('a.example.test', await issued('a.example.test'))
    expect((await command('add', 'a.example.test', '--provider', 'rfc2136')).code).toBe(0)
    expect(await imported('certbot', other)).toMatchObject({ code: 0, results: [{ was: 'given', domain: { status: 'active' } }] })
  })

  it('imports the good ones where others are broken, and changes nothing for those', async () => {
    const good = await issued('good.example.test')
    await lineage('good.example.test', good)
    await lineage('cut.example.test', { ...good, chain: good.chain.slice(0, 200) })
    await lineage('key.example.test', { ...good, key: (await issued('good.example.test')).key })
    await lineage('other-dns.example.test', good, { authenticator: 'dns-nobody' })
    await lineage('test.example.test', good, { server: 'https://acme-staging-v02.api.letsencrypt.org/directory' })
    await write('renewal/absent.conf', '[renewalparams]\n')
    await write('renewal/out.conf', `[renewalparams]\nserver = ${sandbox.ca.directoryUrl}\n`)
    await mkdir(join(other, 'live/out'), { recursive: true })
    await symlink('/etc/passwd', join(other, 'live/out/fullchain.pem'))
    const answer = await imported('certbot', other)
    expect(answer.code).toBe(7)
    const came = Object.fromEntries(
      answer.results.map(({ name, was, error, reason }) => [name, [was, reason ?? (error as { message?: string })?.message]]),
    )
    expect(came).toMatchObject({
      absent: ['failed', expect.stringContaining('is not there')],
      'cut.example.test': ['failed', expect.stringContaining('cut off')],
      'good.example.test': ['added', expect.anything()],
      'key.example.test': ['failed', expect.stringContaining('not the one')],
      'other-dns.example.test': ['failed', expect.stringContaining('dns-nobody')],
      out: ['failed', expect.stringContaining('leads out')],
      'test.example.test': ['skipped', expect.stringContaining('--staging')],
    })
    expect((await command('list', '--json')).json()).toMatchObject({ domains: [{ name: 'good.example.test' }] })
  })

  it('only looks with --dry-run', async () => {
    await lineage('a.example.test', await issued('a.example.test'))
    const { code, stdout } = await command('import', 'certbot', other, '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toContain('a.example.test would be imported')
    expect((await command('list', '--json')).json()).toMatchObject({ domains: [] })
  })
})

describe('import of the others', () => {
  it('takes what lego has, whose CA is known by its host, and its account', async () => {
    const { chain, key, account } = await issued('l.example.test')
    const { host } = new URL(sandbox.ca.directoryUrl)
    await write('certificates/l.example.test.crt', chain)
    await write('certificates/l.example.test.key', key)
    await write('certificates/l.example.test.json', JSON.stringify({ domain: 'l.example.test', certUrl: `https://${host}/c/1` }))
    await write(`accounts/${host.replace(':', '_')}/a@example.test/keys/a@example.test.key`, account)
    env.DOMAINCTL_PROVIDER = 'rfc2136'
    // The folder tells whose it is.
    expect(await imported(other)).toMatchObject({
      code: 0,
      client: 'lego',
      accounts: [{ was: 'added', name: 'default' }],
      results: [{ name: 'l.example.test', was: 'added' }],
    })
    expect((await command('renew', 'l.example.test', '--force')).code).toBe(0)
  })

  it('takes what lego 5 has, with the directory of the CA from the note of its account', async () => {
    const { chain, key, account } = await issued('l5.example.test')
    const { host } = new URL(sandbox.ca.directoryUrl)
    await write('certificates/own-id.crt', chain)
    await write('certificates/own-id.key', key)
    const note = { id: 'own-id', domains: ['l5.example.test'], certUrl: `https://${host}/c/1`, preferredChain: 'Some Root' }
    await write('certificates/own-id.json', JSON.stringify(note))
    const at = `accounts/${host.replace(':', '_')}/a@example.test`
    await write(`${at}/account.json`, JSON.stringify({ id: 'a@example.test', server: sandbox.ca.directoryUrl }))
    await write(`${at}/a@example.test.key`, account)
    // The host alone would not tell where the directory of a CA is that nobody has configured.
    const { DOMAINCTL_CA: _, ...others } = env
    env = { ...others, DOMAINCTL_PROVIDER: 'rfc2136' }
    expect(await imported('lego', other)).toMatchObject({
      code: 0,
      accounts: [{ was: 'added', ca: sandbox.ca.directoryUrl }],
      results: [{ name: 'l5.example.test', was: 'added', certificate: { ca: sandbox.ca.directoryUrl } }],
    })
  })

  it.each(['config', 'conf.d/more.sh'])('says that the settings of dehydrated in %s cannot be read', async (file) => {
    await mkdir(join(other, 'certs'), { recursive: true })
    await write('config', `CONFIG_D=${other}/conf.d\n`)
    await write(file, '#'.repeat(100_000))
    const { code, stderr } = await command('import', 'dehydrated', other)
    expect(stderr).toContain('larger than 64 KiB')
    expect(code).toBe(2)
  })

  it('takes what dehydrated has, over HTTP, with folders that its config names', async () => {
    const { chain, key } = await issued('d.example.test')
    await write(
      'config',
      `CA="${sandbox.ca.directoryUrl}"\nBASEDIR=${other}/base\nHOOK="$BASEDIR/hook.sh x"\nKEYSIZE=$(touch ${other}/was-run)\n`,
    )
    await write('base/certs/d.example.test/fullchain.pem', chain)
    await write('base/certs/d.example.test/privkey.pem', key)
    const answer = await imported('dehydrated', other)
    expect(answer).toMatchObject({
      code: 0,
      results: [{ name: 'd.example.test', was: 'added', domain: { challenge: 'http-01' } }],
    })
    expect(JSON.stringify(answer.results[0]?.leftBehind)).toContain('HOOK=')
    await expect(readFile(join(other, 'was-run'))).rejects.toThrow('ENOENT')
  })

  it('names a certificate of dehydrated as domains.txt has it, and tells one that is not there', async () => {
    await write('config', `CA=${sandbox.ca.directoryUrl}\n`)
    await write('domains.txt', '# ours\nz.example.test  a.example.test > shop # the shop\n')
    for (const [label, pair] of [
      ['shop', await issued('a.example.test', '--san', 'z.example.test')],
      ['old', await issued('old.example.test')],
    ] as const) {
      await write(`certs/${label}/fullchain.pem`, pair.chain)
      await write(`certs/${label}/privkey.pem`, pair.key)
    }
    expect(await imported('dehydrated', other)).toMatchObject({
      code: 0,
      results: [
        { name: 'old.example.test', was: 'added', warnings: [expect.stringContaining('not in domains.txt')] },
        { name: 'z.example.test', was: 'added', warnings: [] },
      ],
    })
  })

  it('takes what acme.sh has, and goes back to DNS for a wildcard', async () => {
    const { chain, key } = await issued('s.example.test', '--wildcard')
    await write('account.conf', '')
    await write('s.example.test_ecc/fullchain.cer', chain)
    await write('s.example.test_ecc/s.example.test.key', key)
    const conf = `Le_Domain='s.example.test'\nLe_Webroot='/var/www'\nLe_API='${sandbox.ca.directoryUrl}'\nLe_ReloadCmd='__ACME_BASE64__START_c3lzdGVtY3RsIHJlbG9hZCBuZ2lueA==__ACME_BASE64__END_'\n`
    await write('s.example.test_ecc/s.example.test.conf', conf)
    expect(await imported('acme.sh', other, '--provider', 'rfc2136')).toMatchObject({
      code: 0,
      results: [
        {
          name: 's.example.test',
          was: 'added',
          domain: { challenge: 'dns-01' },
          warnings: [expect.stringContaining('wildcard')],
          leftBehind: [{ what: 'Le_ReloadCmd=systemctl …' }, { what: 'webroot /var/www' }],
        },
      ],
    })
  })
})

it.each([
  [['import', 'nobody'], /no client that can be imported from/],
  [['import', 'certbot', '/nowhere/at/all'], /is not there/],
  [['import', 'certbot', '.'], /is no folder of certbot/],
  [['import', '.'], /is no folder of certbot, lego/],
  [['import', 'acme.sh'], /No folder of acme\.sh is there/],
  [['import'], /Missing required argument/],
])('refuses %j', async (argv, why) => {
  const { code, stderr } = await command(...argv)
  expect(code).toBe(2)
  expect(stderr).toMatch(why)
})

it('shows no controls of a terminal that somebody has put into the folder', async () => {
  const controls = '\u001b]0;x\u0007'
  await write(`accounts/ca.example/${controls}/id/private_key.json`, '{}')
  await write(`renewal/${controls}.conf`, `[renewalparams]\nserver = https://ca.example/${controls}\ninstaller = ${controls}\n`)
  const ran = await command('import', 'certbot', other, '--dry-run')
  expect(ran.stdout).toContain('https://ca.example/\\u{1b}]0;x\\u{7} would be taken over')
  expect(ran.stdout + ran.stderr).not.toContain('\u001b')
})
