import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'
import { loadConfig } from './config.ts'

const YAML = 'domainctl.config.yaml'
const SECRET = 'c2VjcmV0LW9mLXRoZS1rZXktMzItb2N0ZXRzLWxvbmc='
const RFC2136 = 'nameserver: 127.0.0.1:53, tsigKey: key'

async function folderWith(content: string, file = YAML): Promise<string> {
  const folder = await temporaryFolder()
  await writeFile(join(folder, file), content)
  return folder
}

interface Shown {
  key: string
  value: unknown
  source: string
}

async function show(folder: string, argv: string[] = [], env: Record<string, string> = {}): Promise<Shown[]> {
  const ran = await runIn(folder, ['config', 'show', '--json', ...argv], { env })
  expect(ran.stderr).toBe('')
  return (ran.json() as { settings: Shown[] }).settings
}

const setting = (shown: Shown[], key: string) => shown.find((one) => one.key === key)

describe('precedence', () => {
  it("is the sandbox's name server over that of a file, under the name that the file gives it", async () => {
    const cwd = await folderWith(`providers: {corp: {type: rfc2136, ${RFC2136}, tsigSecret: "env:REAL"}}\n`)
    const sandbox = { RFC2136_NAMESERVER: '127.0.0.1:5399', RFC2136_TSIG_KEY: 'sandbox', RFC2136_TSIG_SECRET: SECRET }
    const nameserver = async (env: Record<string, string>) => {
      const { providers } = await loadConfig({}, { env, cwd })
      const values = await providers.get('corp')?.describe()
      return values?.find(({ option }) => option === 'nameserver')?.value
    }
    expect(await nameserver({ ...sandbox, DOMAINCTL_SANDBOX: '1' })).toBe('127.0.0.1:5399')
    expect(await nameserver(sandbox)).toBe('127.0.0.1:53')
  })

  it('is flag over environment over file over default, and config show says which', async () => {
    const folder = await folderWith('concurrency: 3\nemail: file@example.com\ntenant: acme\n')
    const env = { DOMAINCTL_CONCURRENCY: '4', DOMAINCTL_EMAIL: 'env@example.com' }
    const shown = await show(folder, ['--concurrency', '5'], env)
    expect(setting(shown, 'concurrency')).toEqual({ key: 'concurrency', value: 5, source: '--concurrency' })
    expect(setting(shown, 'email')).toEqual({ key: 'email', value: 'env@example.com', source: 'DOMAINCTL_EMAIL' })
    expect(setting(shown, 'tenant')).toEqual({ key: 'tenant', value: 'acme', source: YAML })
    expect(setting(shown, 'propagationTimeout')).toEqual({ key: 'propagationTimeout', value: '2m', source: 'default' })
    expect(setting(shown, 'ca')).toEqual({ key: 'ca', value: ['letsencrypt'], source: 'default' })
    expect(setting(shown, 'caRoot')).toMatchObject({ value: null })
  })

  it('takes options before and after the command', async () => {
    const folder = await temporaryFolder()
    const ran = await runIn(folder, ['--json', '--tenant', 'acme', 'config', 'show', '--ca', 'letsencrypt-staging'])
    expect(ran.json()).toMatchObject({
      settings: expect.arrayContaining([
        { key: 'tenant', value: 'acme', source: '--tenant' },
        { key: 'ca', value: ['letsencrypt-staging'], source: '--ca' },
      ]),
    })
  })

  it('counts an empty variable as not set', async () => {
    expect(setting(await show(await temporaryFolder(), [], { DOMAINCTL_TENANT: '' }), 'tenant')).toMatchObject({
      source: 'default',
    })
  })

  it('starts relative paths where they were written down', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'etc'))
    await writeFile(join(folder, 'etc', 'my.yaml'), 'state: file:data/state.db\ncaRoot: root.pem\n')
    const shown = await show(folder, ['--config', 'etc/my.yaml'])
    expect(setting(shown, 'state')).toMatchObject({ value: `file:${folder}/etc/data/state.db`, source: 'etc/my.yaml' })
    expect(setting(shown, 'caRoot')).toMatchObject({ value: join(folder, 'etc', 'root.pem') })
    expect(setting(await show(folder, ['--state', 'file:x.db']), 'state')).toMatchObject({ value: `file:${folder}/x.db` })
    expect(setting(await show(folder, ['--state', 'file:///abs/x.db']), 'state')).toMatchObject({ value: 'file:/abs/x.db' })
  })

  it('takes lists from a repeated flag, a comma in a variable, and a list or a text in the file', async () => {
    const folder = await folderWith('resolver: [192.0.2.1, 192.0.2.2]\n')
    expect(setting(await show(folder), 'resolver')).toMatchObject({ value: ['192.0.2.1', '192.0.2.2'] })
    expect(setting(await show(folder, [], { DOMAINCTL_RESOLVER: '192.0.2.3, 192.0.2.4:53' }), 'resolver')).toMatchObject({
      value: ['192.0.2.3', '192.0.2.4:53'],
    })
    expect(setting(await show(folder, ['--resolver', '192.0.2.5', '--resolver', '192.0.2.6']), 'resolver')).toMatchObject({
      value: ['192.0.2.5', '192.0.2.6'],
    })
    expect(setting(await show(await folderWith('resolver: 192.0.2.7\n')), 'resolver')).toMatchObject({ value: ['192.0.2.7'] })
  })

  it('takes resolvers over HTTPS beside addresses, and shows the whole URL', async () => {
    const folder = await folderWith('resolver:\n  - https://dns.example/dns-query?profile=a1\n  - 192.0.2.1\n')
    const fromFile = ['https://dns.example/dns-query?profile=a1', '192.0.2.1']
    expect(setting(await show(folder), 'resolver')).toMatchObject({ value: fromFile })
    const flags = ['--resolver', 'https://[2001:db8::1]/dns-query', '--resolver', '192.0.2.5']
    expect(setting(await show(folder, flags), 'resolver')).toMatchObject({ value: [flags[1], flags[3]], source: '--resolver' })
    const { stdout } = await runIn(folder, ['config', 'show'])
    expect(stdout).toContain('https://dns.example/dns-query?profile=a1')
  })
})

describe('the configuration file', () => {
  it('may be JSON', async () => {
    expect(setting(await show(await folderWith('{"tenant":"acme"}', 'domainctl.config.json')), 'tenant')).toMatchObject({
      value: 'acme',
      source: 'domainctl.config.json',
    })
  })

  it.each(['', '# nothing yet\n\n'])('may be empty: %j', async (content) => {
    expect(setting(await show(await folderWith(content)), 'tenant')).toMatchObject({ source: 'default' })
  })

  it('runs code only when it is named', async () => {
    const folder = await folderWith('globalThis.wasRun = true\nexport default { tenant: "acme" }\n', 'domainctl.config.mjs')
    await mkdir(join(folder, '.config'))
    await writeFile(join(folder, '.config', 'config.js'), 'globalThis.wasRun = true')
    await writeFile(join(folder, YAML), 'email: a@example.com')
    await show(folder)
    expect(Reflect.get(globalThis, 'wasRun')).toBeUndefined()
    expect(setting(await show(folder, ['--config', 'domainctl.config.mjs']), 'tenant')).toMatchObject({ value: 'acme' })
    Reflect.deleteProperty(globalThis, 'wasRun')
  })

  it('is refused when there are two', async () => {
    const folder = await folderWith('')
    await writeFile(join(folder, 'domainctl.config.json'), '{}')
    await expect(loadConfig({}, { cwd: folder, env: {} })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('two configuration files'),
    })
  })

  it.each([
    ['emial: x', /domainctl\.config\.yaml: emial is no setting/, /Did you mean email\?/],
    ['accept_tos: true', /accept_tos is no setting/, /Did you mean acceptTos\?/],
    ['zzz: 1', /zzz is no setting/, /Settings here are state,/],
    ['concurrency: 0', /concurrency: expected an integer from 1 to 256, or auto, found 0/, /./],
    ['concurrency: "5"', /found "5"/, /./],
    ['concurrency: 1.5', /found 1\.5/, /./],
    ['acceptTos: maybe', /acceptTos: expected true or false, found "maybe"/, /./],
    ['email: [a]', /email: expected an e-mail address, found a list/, /./],
    ['email:', /email: expected an e-mail address, found nothing/, /./],
    ['propagation: always', /expected one of authoritative, recursive, none, found "always"/, /./],
    ['propagationTimeout: 5', /expected a duration such as 30s, 10m, 2h or 14d, found 5/, /./],
    ['state: mysql://u:hunter2@h/d', /state: expected a state URL/, /./],
    ['resolver: [1]', /resolver: expected a text or a list of texts|resolver\.0/, /./],
    ['- x', /yaml: expected a mapping from settings to values, found a list/, /./],
    ['a: [', /cannot be parsed: .*\(2:1\)/, /Correct the YAML/],
    ['tenant: a\ntenant: b', /cannot be parsed: duplicated mapping key/, /./],
    ['providers: []', /providers: expected a mapping .*, found a list/, /./],
    ['providers: {main: x}', /providers\.main: expected a mapping with a type, found "x"/, /./],
    ['providers: {main: {}}', /providers\.main\.type: expected the type of a DNS provider, such as rfc2136, found nothing/, /./],
    [
      'providers: {main: {type: rfc2137}}',
      /providers\.main\.type: expected one of [\w, ]*manual, [\w, ]*rfc2136[\w, ]*, found "rfc2137"/,
      /Did you mean rfc2136\?/,
    ],
    ['providers: {main: {type: __proto__}}', /providers\.main\.type: expected one of/, /./],
    ['providers: {main: {type: rfc2136, nameservr: x}}', /providers\.main\.nameservr is no setting/, /Did you mean nameserver\?/],
    ['providers: {main: {type: rfc2136}}', /providers\.main\.nameserver is missing; found nothing/, /Primary name server/],
    [
      'providers: {main: {type: rfc2136, nameserver: "a b", tsigKey: k, tsigSecret: "env:S"}}',
      /providers\.main\.nameserver has to be host.*found "a b"/,
      /./,
    ],
    [
      `providers: {main: {type: rfc2136, ${RFC2136}, tsigSecret: hunter2}}`,
      /tsigSecret: expected a reference to the secret \(env:NAME or file:PATH\), found another text/,
      /./,
    ],
    [
      'encryptionKey: hunter2',
      /encryptionKey: expected a reference to the secret: env:NAME or file:PATH, found another text/,
      /./,
    ],
    ['encryptionKey: env:NOT_THERE', /encryptionKey refers to the environment variable NOT_THERE, which is not set/, /./],
    ['encryptionKey: file:gone', /encryptionKey names the file .*gone, which cannot be read: ENOENT/, /./],
    [
      'zones: {example.com: nobody}',
      /zones\.example\.com: expected the name of a provider \(manual, [\w, ]*rfc2136[\w, ]*\), found "nobody"/,
      /./,
    ],
    ['ca: letsencript', /yaml: ca: expected letsencrypt, .*, found "letsencript"/, /./],
    ['resolver: [192.0.2.1, ns.example]', /resolver.*expected .*IP:PORT/, /./],
    ['resolver: ns.example', /resolver: expected .*IP:PORT or https:\/\/HOST\/PATH, found "ns\.example"/, /./],
    ['resolver: http://dns.example/dns-query', /resolver: expected .*https:\/\/HOST\/PATH, found "http:/, /./],
    [
      'provider: cloudflair',
      /yaml: provider: expected the name of a provider \(manual, [\w, ]*rfc2136[\w, ]*\), found "cloudflair"/,
      /./,
    ],
    ['tenant: a b', /tenant: expected a text of letters, digits, \., _ and -, found "a b"/, /./],
    ['email: me', /email: expected an e-mail address, found "me"/, /./],
    ['concurrency: 0\nca: x y\nemial: y', /ca: expected.*concurrency: expected.*emial is no setting/, /./],
    ['zones: {"*.example.com": manual}', /yaml: zones: "\*\.example\.com" is not the name of a zone/, /as in example\.com/],
    [
      'zones: {Example.com.: manual, example.com: rfc2136}',
      /yaml: zones: the zone example\.com is given to two providers, "Example\.com\." to manual and "example\.com" to rfc2136/,
      /Leave one/,
    ],
    ['zones: {example.com: 1}', /zones\.example\.com: expected the name of a provider, found 1/, /./],
  ])('%j is refused', async (content, message, hint) => {
    const { code, stdout, stderr } = await runIn(await folderWith(`${content}\n`), ['list'])
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
    expect(stderr.split('\n')[1]).toMatch(hint)
    expect(stderr).toContain('CONFIG_INVALID')
    if (!content.startsWith('state')) expect(stderr).not.toContain('hunter2')
  })

  it.each([
    [['--config', 'gone.yaml'], /gone\.yaml cannot be read: ENOENT/],
    [['--config', '/dev/zero'], /\/dev\/zero cannot be read: it is no regular file/],
    [['--config', 'notes.txt'], /notes\.txt is no configuration file/],
    [['--config', 'broken.json'], /broken\.json cannot be parsed/],
    [['--config', 'broken.mjs'], /broken\.mjs cannot be loaded: no luck/],
  ])('%j is refused', async (argv, message) => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'notes.txt'), '')
    await writeFile(join(folder, 'broken.json'), '{"a"')
    await writeFile(join(folder, 'broken.mjs'), 'throw new Error("no luck")')
    const { code, stderr } = await runIn(folder, ['list', ...argv])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})

describe('flags and variables', () => {
  it.each([
    [['--concurrency', 'x'], {}, /--concurrency: expected an integer from 1 to 256, or auto, found "x"/, 'USAGE'],
    [['--concurrency', '257'], {}, /found "257"/, 'USAGE'],
    [['--authoritative-port', '0'], {}, /from 1 to 65535/, 'USAGE'],
    [['--http-port', '65536'], {}, /--http-port: expected an integer from 1 to 65535/, 'USAGE'],
    [['--propagation-timeout', '5'], {}, /expected a duration/, 'USAGE'],
    [['--state', 'mysql://x'], {}, /--state: expected a state URL/, 'USAGE'],
    [['--resolver', ','], {}, /--resolver/, 'USAGE'],
    [
      ['--resolver', 'http://dns.example/'],
      {},
      /--resolver: expected .* or https:\/\/HOST\/PATH, found "http:.*\(http sends/,
      'USAGE',
    ],
    [['--resolver', '192.0.2.1,https://dns.example/#x'], {}, /\(what follows # in a URL is never sent\)/, 'USAGE'],
    [['--ca', 'https://ca.example/dir#x'], {}, /--ca: .*\(what follows # in a URL is never sent\)/, 'USAGE'],
    [[], { DOMAINCTL_ACCEPT_TOS: 'oui' }, /variable DOMAINCTL_ACCEPT_TOS: expected true or false, found "oui"/, 'CONFIG_INVALID'],
    [[], { DOMAINCTL_CONCURRENCY: '-1' }, /variable DOMAINCTL_CONCURRENCY/, 'CONFIG_INVALID'],
    [['--email', 'a b@c.example'], {}, /--email: expected an e-mail address, found "a b@c\.example"/, 'USAGE'],
    [['--tenant', 'a b'], {}, /--tenant: expected/, 'USAGE'],
    [[], { DOMAINCTL_PROVIDER: 'nobody' }, /variable DOMAINCTL_PROVIDER: expected the name of a provider/, 'CONFIG_INVALID'],
    [[], { DOMAINCTL_CA: 'letsencript' }, /letsencript/, 'CONFIG_INVALID'],
  ])('%j %j is refused', async (argv, env, message, errorCode) => {
    const { code, stderr } = await runIn(await temporaryFolder(), ['list', ...argv], { env })
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).toContain(errorCode)
  })
})

describe('secrets', () => {
  it('come from the file that NAME_FILE names, without its line end', async () => {
    const folder = await folderWith(`${'ab'.repeat(32)}\n`, 'key')
    const config = await loadConfig({}, { cwd: folder, env: { DOMAINCTL_ENCRYPTION_KEY_FILE: 'key' } })
    expect(config.settings.encryptionKey).toBe('ab'.repeat(32))
    expect(config.origins.encryptionKey.source).toBe('DOMAINCTL_ENCRYPTION_KEY_FILE')
  })

  it.each([
    [
      { DOMAINCTL_ENCRYPTION_KEY: 'a', DOMAINCTL_ENCRYPTION_KEY_FILE: 'key' },
      /Both DOMAINCTL_ENCRYPTION_KEY and DOMAINCTL_ENCRYPTION_KEY_FILE are set/,
    ],
    [{ DOMAINCTL_ENCRYPTION_KEY_FILE: 'gone' }, /cannot be read: ENOENT/],
    [{ DOMAINCTL_ENCRYPTION_KEY_FILE: 'empty' }, /which is empty/],
    [{ DOMAINCTL_ENCRYPTION_KEY_FILE: '.' }, /cannot be read: it is neither a file nor a pipe/],
  ])('%j is refused', async (env, message) => {
    const { code, stderr } = await runIn(await folderWith('\n', 'empty'), ['list'], { env })
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  it('never show in config show, from wherever they come', async () => {
    const folder = await folderWith(
      `providers: {main: {type: rfc2136, ${RFC2136}, tsigSecret: "env:MY_SECRET"}}\nzones: {example.com: main}\n` +
        'cas: {zerossl: {eabKid: kid-1, eabHmacKey: "env:MY_SECRET"}}\n',
    )
    const env = {
      MY_SECRET: SECRET,
      DOMAINCTL_ENCRYPTION_KEY: 'ab'.repeat(32),
      RFC2136_TSIG_SECRET: SECRET,
      RFC2136_NAMESERVER: '192.0.2.1',
    }
    for (const argv of [[], ['--json'], ['--verbose']]) {
      const { code, stdout, stderr } = await runIn(folder, ['config', 'show', ...argv], { env })
      expect(code).toBe(0)
      expect(stdout + stderr).not.toContain(SECRET)
      expect(stdout + stderr).not.toContain('abab')
      expect(stdout).toContain('(set)')
    }
    const shown = await show(folder, [], env)
    expect(setting(shown, 'encryptionKey')).toEqual({ key: 'encryptionKey', value: '(set)', source: 'DOMAINCTL_ENCRYPTION_KEY' })
    expect(setting(shown, 'providers.main.tsigSecret')).toMatchObject({ value: '(set)', source: YAML })
    expect(setting(shown, 'providers.main.nameserver')).toMatchObject({ value: '127.0.0.1:53', source: YAML })
    expect(setting(shown, 'providers.rfc2136.nameserver')).toMatchObject({ value: '192.0.2.1', source: 'RFC2136_NAMESERVER' })
    expect(setting(shown, 'cas.zerossl.eabKid')).toMatchObject({ value: 'kid-1', source: YAML })
    expect(setting(shown, 'cas.zerossl.eabHmacKey')).toMatchObject({ value: '(set)', source: YAML })
    expect(setting(shown, 'zones.example.com')).toMatchObject({ value: 'main', source: YAML })
  })
})

it('zones have the names that the DNS has for them, however they are written', async () => {
  const folder = await folderWith('zones: {ZZ.Example.TEST: manual, zz2.example.test.: manual, bücher.example.test: manual}\n')
  const zones = ['xn--bcher-kva.example.test', 'zz.example.test', 'zz2.example.test']
  const shown = await show(folder)
  expect(shown.flatMap(({ key }) => (key.startsWith('zones.') ? [key.slice('zones.'.length)] : [])).sort()).toEqual(zones)
  const { code, stdout } = await runIn(folder, ['providers'])
  expect(code).toBe(0)
  for (const zone of zones) expect(stdout).toContain(`  ${zone} is written by manual\n`)
})

describe('providers', () => {
  const runtime = {
    clock: { now: () => new Date(), sleep: async () => {}, every: () => () => {} },
    random: { bytes: (length: number) => new Uint8Array(length) },
  }

  it('are there by the environment alone, and open with what it holds', async () => {
    const folder = await folderWith(`${SECRET}\n`, 'secret')
    const env = { RFC2136_NAMESERVER: '127.0.0.1:5353', RFC2136_TSIG_KEY: 'key', RFC2136_TSIG_SECRET_FILE: 'secret' }
    const { providers } = await loadConfig({}, { cwd: folder, env })
    expect([...providers.keys()]).toEqual(['manual', 'rfc2136'])
    const provider = await providers.get('rfc2136')?.open(runtime)
    expect(provider?.capabilities.atomicRRset).toBe(true)
    await provider?.close?.()
  })

  it('that lack something say which variable, when they are opened', async () => {
    const { providers } = await loadConfig({}, { cwd: await temporaryFolder(), env: { RFC2136_NAMESERVER: '127.0.0.1' } })
    await expect(providers.get('rfc2136')?.open(runtime)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('RFC2136_TSIG_SECRET'),
    })
  })

  it('of the file get secrets from files beside it', async () => {
    const folder = await folderWith(`providers: {main: {type: rfc2136, ${RFC2136}, tsigSecret: "file:secret"}}\n`)
    await writeFile(join(folder, 'secret'), SECRET)
    await chmod(join(folder, 'secret'), 0o600)
    const { providers } = await loadConfig({}, { cwd: folder, env: {} })
    const provider = await providers.get('main')?.open(runtime)
    expect(provider?.capabilities.minTtl).toBeTypeOf('number')
    await provider?.close?.()
  })

  it.each([
    [['--resolver', 'https://user:hunter2@dns.example/q'], {}],
    [['--ca', 'https://hunter2@ca.example/directory'], {}],
    [['--ca', 'letsencrypt,https://u:hunter2@ca.example/directory'], {}],
    [['--state', 'mysql://root:hunter2@db.example/state'], {}],
    [[], { DOMAINCTL_RESOLVER: 'https://user:hunter2@dns.example/q' }],
    [[], { DOMAINCTL_STATE: 'mysql://root:hunter2@db.example/state' }],
  ])('%j %j is refused without its password', async (argv, env) => {
    const folder = await temporaryFolder()
    for (const how of [[], ['--json'], ['--verbose']]) {
      const { code, stdout, stderr } = await runIn(folder, ['list', ...argv, ...how], { env })
      expect(code).toBe(2)
      expect(stdout + stderr).toMatch(/:\/\/…@/)
      expect(stdout + stderr).not.toContain('hunter2')
    }
  })

  it('a password in a URL of the file is not shown either, and why it is refused is said', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'domainctl.config.yaml'), 'resolver:\n  - 192.0.2.1\n  - https://u:hunter2@dns.example/q\n')
    const { code, stderr } = await runIn(folder, ['list'])
    expect(code).toBe(2)
    expect(stderr).toContain('a user or a password in the URL is not sent')
    expect(stderr).not.toContain('hunter2')
  })

  it('roots that cannot be read are told when the CA is asked', async () => {
    const argv = ['--ownership', 'none', '--no-preflight', '--accept-tos', '--resolver', '127.0.0.1:1', '--allow-private']
    const env = { DOMAINCTL_CA_ROOT: 'gone.pem', DOMAINCTL_CA: 'https://127.0.0.1:1/directory' }
    const { code, stderr } = await runIn(await temporaryFolder(), ['issue', 'a.example', ...argv], { env })
    expect(code).toBe(2)
    expect(stderr).toMatch(/gone\.pem: ENOENT[\s\S]*CONFIG_INVALID/)
  })
})

describe('a configuration that is code', () => {
  it('may be TypeScript, typed by defineConfig', async () => {
    const definesConfig = new URL('../../config.js', import.meta.url).href
    const folder = await folderWith(
      `import { defineConfig } from ${JSON.stringify(definesConfig)}
const tenant: string = 'acme'
export default defineConfig({ tenant, ca: ['letsencrypt', 'zerossl'] })
`,
      'domainctl.config.ts',
    )
    const shown = await show(folder, ['--config', 'domainctl.config.ts'])
    expect(setting(shown, 'tenant')).toEqual({ key: 'tenant', value: 'acme', source: 'domainctl.config.ts' })
    expect(setting(shown, 'ca')).toMatchObject({ value: ['letsencrypt', 'zerossl'] })
  })

  it.each(['js', 'mjs', 'cjs', 'ts', 'mts', 'cts'])(
    'is not passed over in silence where nobody named it: .%s',
    async (ending) => {
      const folder = await folderWith('globalThis.wasRun = true', `domainctl.config.${ending}`)
      await expect(loadConfig({}, { cwd: folder, env: {} })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('run only when it is named'),
        hint: expect.stringContaining(`--config domainctl.config.${ending}`),
      })
      expect(Reflect.get(globalThis, 'wasRun')).toBeUndefined()
    },
  )

  it.each([
    ['throws', 'throw new Error("no such team")', /cannot be loaded: no such team/],
    ['imports what is not there', 'import "not-installed-anywhere"', /cannot be loaded: .*not-installed-anywhere/],
    ['cannot be parsed', 'export default {', /cannot be loaded/],
    ['exports nothing', 'export const config = {}', /as its default export, found none/],
    ['exports a function', 'export default () => ({})', /as its default export, found a function/],
    ['exports a promise', 'export default Promise.resolve({})', /as its default export, found a promise/],
    ['ends the process', 'process.exit(0)', /cannot be loaded: it ends the process/],
    ['ends the process and tells nobody', 'try { process.exit(0) } catch {}\nexport default {}', /it ends the process/],
    ['has an accessor that throws', 'export default { get email() { throw new Error("no luck") } }', /cannot be read: no luck/],
    ['contains itself', 'const targets = {}\ntargets.a = targets\nexport default { targets }', /nested .* or contains itself/],
    ['has a key that is none', 'export default { emial: "x" }', /own\.mjs: emial is no setting/],
  ])('is refused with what is wrong where it %s', async (_, content, message) => {
    const ran = await runIn(await folderWith(content, 'own.mjs'), ['list', '--config', 'own.mjs'])
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(2)
  })

  it('neither prints into the result nor fails past the command', async () => {
    const folder = await folderWith('console.log("printed")\nexport default { tenant: "acme" }', 'prints.mjs')
    await writeFile(join(folder, 'rejects.mjs'), 'Promise.reject(new Error("no luck"))\nexport default {}')
    await writeFile(
      join(folder, 'late.mjs'),
      'setImmediate(() => { throw new Error("no luck") })\nawait new Promise(() => {})\nexport default {}',
    )
    // A process of its own: what is held is the process's.
    const started = async (file: string) => {
      const source = (name: string) => new URL(`../${name}`, import.meta.url).href
      const script = ['--import', source('from-sources.test.support.ts'), fileURLToPath(source('bin.ts'))]
      const child = spawn(process.execPath, [...script, 'config', 'show', '--json', '--config', file], { cwd: folder })
      const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
      return { code, json: JSON.parse(stdout) as unknown, stderr }
    }
    expect(await started('prints.mjs')).toMatchObject({ code: 0, json: { settings: expect.any(Array) }, stderr: 'printed\n' })
    for (const file of ['rejects.mjs', 'late.mjs']) {
      const message = expect.stringContaining(`${file} cannot be loaded: no luck`)
      expect(await started(file)).toMatchObject({ code: 2, json: { error: { code: 'CONFIG_INVALID', message } }, stderr: '' })
    }
  })
})

it('a file of Windows is read: with a byte order mark and its line ends', async () => {
  const mark = '\uFEFF'
  for (const [content, file] of [
    [`${mark}{"tenant":\r\n"acme"}\r\n`, 'domainctl.config.json'],
    [`${mark}tenant: acme\r\n`, YAML],
  ] as const)
    expect(setting(await show(await folderWith(content, file)), 'tenant')).toMatchObject({ value: 'acme' })
})

it('a file that is nested deeper than any setting is refused, whoever wrote it', async () => {
  const deep = `{"email":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
  const { code, stderr } = await runIn(await folderWith(deep, 'domainctl.config.json'), ['list'])
  expect(code).toBe(2)
  expect(stderr).toContain('nested deeper than 100 levels')
})
