import { execFileSync } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemClock, systemRandom } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'
import { loadConfig } from './config.ts'

const runtime = { clock: systemClock(), random: systemRandom() }
const PACKAGE = 'domainctl-provider-acme'
const SECRET = 'hunter2-of-acme'

/** A provider as somebody's package has it, with nothing of ours in it; it tells when it was run. */
const GOOD = `
globalThis.ranProviders = [...(globalThis.ranProviders ?? []), import.meta.url]
const text = { safeParse: (value) => typeof value === 'string'
  ? { success: true, data: value } : { success: false, error: { issues: [{ message: 'has to be text' }] } } }
export const manifest = {
  name: 'acme', title: 'Acme', help: 'Of Acme.',
  options: {
    url: { help: 'Where it is.', example: 'https://dns.acme.example' },
    key: { help: 'What opens it.', example: 'env:ACME_KEY', secret: true },
  },
  schema: { shape: { url: text, key: text } },
  create: ({ url, key }) => ({
    capabilities: { minTtl: 0, atomicRRset: true, proxied: false },
    findZone: async (name) => ({ id: url + ' ' + (key === '${SECRET}'), name }),
    getRRset: async () => null,
    addValues: async () => ({ status: 'applied' }),
    removeValues: async () => ({ status: 'applied' }),
    setRRset: async () => ({ status: 'applied' }),
  }),
}
`

/** A folder with these files. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return folder
}

/** As npm installs it; ES modules alone, by the condition \`import\`, which require knows nothing of. */
const installed = (code: string, name = PACKAGE) => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, type: 'module', exports: { '.': { import: './main.js' } } }),
  [`node_modules/${name}/main.js`]: code,
})

const yaml = (type: string, more = 'url: https://dns.acme.example, key: "env:ACME_KEY"') =>
  `providers: { ours: { type: "${type}", ${more} } }\nprovider: ours\n`

const ran = (): string[] => (Reflect.get(globalThis, 'ranProviders') as string[] | undefined) ?? []
const ranIn = (folder: string): boolean => ran().some((url) => url.includes(folder))

async function open(cwd: string, config: string) {
  const { providers } = await loadConfig({ config }, { env: { ACME_KEY: SECRET }, cwd })
  return providers.get('ours')?.open(runtime)
}
const o = { signal: new AbortController().signal }

describe('a provider of a package', () => {
  it('is found from the folder of the configuration, and gets its options and secrets', async () => {
    const cwd = await folderWith({ 'etc/my.yaml': yaml(PACKAGE) })
    const elsewhere = await folderWith({ ...installed(GOOD) })
    await symlink(join(elsewhere, 'node_modules'), join(cwd, 'etc', 'node_modules'))
    const provider = await open(cwd, 'etc/my.yaml')
    expect(await provider?.findZone('a.example', o)).toEqual({ id: 'https://dns.acme.example true', name: 'a.example' })
  })

  it.each([
    ['with a scope', '@acme/domainctl', installed(GOOD, '@acme/domainctl')],
    ['by a file beside the configuration', './acme.mjs', { 'acme.mjs': GOOD }],
    [
      'by a path in a package',
      `${PACKAGE}/main.js`,
      { [`node_modules/${PACKAGE}/main.js`]: GOOD, [`node_modules/${PACKAGE}/package.json`]: '{"type":"module"}' },
    ],
  ])('may be named %s', async (_, type, files) => {
    const cwd = await folderWith({ ...(files as Record<string, string>), 'my.yaml': yaml(type) })
    expect(await (await open(cwd, 'my.yaml'))?.findZone('a', o)).toMatchObject({ name: 'a' })
  })

  it('runs no code for a command that does not use it', async () => {
    const cwd = await folderWith({ ...installed(GOOD), 'my.yaml': yaml(PACKAGE) })
    const listed = await runIn(cwd, ['list', '--config', 'my.yaml'])
    expect(listed).toMatchObject({ code: 0, stderr: expect.not.stringContaining('acme') })
    expect(ranIn(cwd)).toBe(false)
    const shown = await runIn(cwd, ['config', 'show', '--config', 'my.yaml'], { env: { ACME_KEY: SECRET } })
    expect(shown.stdout).toMatch(/providers\.ours\.type +domainctl-provider-acme /)
    expect(shown.stdout).toMatch(/providers\.ours\.key +\(set\) /)
    expect(shown.stdout + shown.stderr).not.toContain(SECRET)
    expect(ranIn(cwd)).toBe(true)
  })

  it('runs no code of a configuration that nobody named', async () => {
    const cwd = await folderWith({ ...installed(GOOD), 'domainctl.config.yaml': yaml(PACKAGE) })
    const { code, stderr } = await runIn(cwd, ['config', 'show'])
    expect(code).toBe(2)
    expect(stderr).toMatch(/domainctl-provider-acme is no provider that domainctl comes with .*configuration that is named/)
    expect(stderr).toContain('--config domainctl.config.yaml')
    expect(ranIn(cwd)).toBe(false)
    const named = { ACME_KEY: SECRET, DOMAINCTL_CONFIG: 'domainctl.config.yaml' }
    expect(await runIn(cwd, ['config', 'show'], { env: named })).toMatchObject({ code: 0 })
    expect(ranIn(cwd)).toBe(true)
  })

  it('is loaded anew after it could not be', async () => {
    const cwd = await folderWith({ 'my.yaml': yaml('./acme.mjs') })
    const { providers } = await loadConfig({ config: 'my.yaml' }, { env: { ACME_KEY: SECRET }, cwd })
    await expect(providers.get('ours')?.open(runtime)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await writeFile(join(cwd, 'acme.mjs'), GOOD)
    expect(await (await providers.get('ours')?.open(runtime))?.findZone('a', o)).toMatchObject({ name: 'a' })
  })

  it('is waited for for half a minute, and told', async () => {
    const cwd = await folderWith({ ...installed('await new Promise(() => undefined)'), 'my.yaml': yaml(PACKAGE) })
    const { providers } = await loadConfig({ config: 'my.yaml' }, { env: { ACME_KEY: SECRET }, cwd })
    const hasty = { ...runtime, clock: manualClock(new Date(0)) }
    await expect(providers.get('ours')?.open(hasty)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(`${PACKAGE} cannot be loaded: it is not done with that after 30 seconds.`),
    })
    expect(hasty.clock.now().getTime()).toBe(30_000)
  })

  it('is no pipe', async () => {
    const cwd = await folderWith({ 'my.yaml': yaml('./acme.mjs') })
    execFileSync('mkfifo', [join(cwd, 'acme.mjs')])
    await expect(open(cwd, 'my.yaml')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/acme\.mjs cannot be loaded: it is no regular file\.$/),
    })
  })

  it.each([
    ['throw null', /failed: null\.$/],
    [
      "throw { [Symbol.for('domainctl.error')]: true, code: 'PROVIDER_AUTH', message: 'm', hint: 'h' }",
      /failed: \[object Object\]\.$/,
    ],
    ['return { success: false }', /failed: Cannot read/],
    ['return Promise.resolve({ success: true })', /failed: Cannot read/],
  ])('with a schema that does {%s} is faulty', async (body, message) => {
    const code = `${GOOD}\nmanifest.schema.shape.url = { safeParse: () => { ${body} } }`
    const cwd = await folderWith({ ...installed(code), 'my.yaml': yaml(PACKAGE) })
    const ran = await runIn(cwd, ['config', 'show', '--config', 'my.yaml', '--json'], { env: { ACME_KEY: SECRET } })
    expect(ran.code).toBe(6)
    expect(ran.json()).toMatchObject({ error: { code: 'PROVIDER_FAULTY', message: expect.stringMatching(message) } })
  })

  it.each([
    ['a foreign provider', yaml(PACKAGE)],
    ['one of ours', 'providers: { ours: { type: cloudflare, apiToken: "env:CF_REAL" } }\n'],
  ])('is not used in a sandbox that has nothing to stand for it: %s', async (_, text) => {
    const cwd = await folderWith({ ...installed(GOOD), 'my.yaml': text })
    const env = { DOMAINCTL_SANDBOX: '1', ACME_KEY: SECRET, CF_REAL: SECRET }
    const { providers } = await loadConfig({ config: 'my.yaml' }, { env, cwd })
    await expect(providers.get('ours')?.open(runtime)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('nothing of this sandbox stands for it'),
    })
    expect(await runIn(cwd, ['config', 'show', '--config', 'my.yaml'], { env })).toMatchObject({ code: 0 })
    expect(ranIn(cwd)).toBe(false)
  })

  it("gives way to the sandbox's name server in a sandbox", async () => {
    const cwd = await folderWith({ ...installed(GOOD), 'my.yaml': yaml(PACKAGE) })
    const sandbox = {
      DOMAINCTL_SANDBOX: '1',
      RFC2136_NAMESERVER: '127.0.0.1:5399',
      RFC2136_TSIG_KEY: 'k',
      RFC2136_TSIG_SECRET: 'c2VjcmV0',
    }
    const { providers } = await loadConfig({ config: 'my.yaml' }, { env: sandbox, cwd })
    expect(providers.get('ours')).toMatchObject({ name: 'ours', type: 'rfc2136' })
    expect(ranIn(cwd)).toBe(false)
  })
})

describe('what cannot be loaded', () => {
  const good = (change: string) => `${GOOD}\n${change}`

  it.each<[string, string, Record<string, string>, RegExp, RegExp]>([
    [
      'is not installed',
      PACKAGE,
      {},
      /ours\.type: the package domainctl-provider-acme is not installed for \//,
      /npm install domainctl-provider-acme/,
    ],
    [
      'is not installed, with a path in it',
      `@acme/${PACKAGE}/dist/main.js`,
      {},
      /the package @acme\/domainctl-provider-acme\/dist\/main\.js is not installed/,
      /npm install @acme\/domainctl-provider-acme$/,
    ],
    [
      'is not installed, with a long name',
      `p${'x'.repeat(5000)}`,
      {},
      /: the package px{39}… is not installed/,
      /install px{39}…$/,
    ],
    ['is no file', './gone.js', {}, /names the file .*gone\.js, which is not there/, /folder of the configuration file/],
    [
      'has no built code',
      PACKAGE,
      { [`node_modules/${PACKAGE}/package.json`]: '{"exports":"./dist/index.js"}' },
      /cannot be loaded: Cannot find module .*dist.index\.js/,
      /built/,
    ],
    [
      'exports nothing to import',
      PACKAGE,
      { [`node_modules/${PACKAGE}/package.json`]: '{"exports":{"./x":"./x.js"}}' },
      /cannot be loaded: No "exports" main/,
      /./,
    ],
    [
      'throws',
      PACKAGE,
      installed('throw new Error("no luck.\\nat all")'),
      /domainctl-provider-acme cannot be loaded: no luck\.\n/,
      /./,
    ],
    ['throws no error', PACKAGE, installed('throw null'), /cannot be loaded: null\./, /./],
    [
      'has no manifest',
      PACKAGE,
      installed('export default 1'),
      /is no provider for domainctl: it exports no manifest/,
      /defineProvider/,
    ],
    [
      'has a manifest of another kind',
      PACKAGE,
      installed('export const manifest = () => 1'),
      /is no provider for domainctl: manifest:/,
      /./,
    ],
    ['has no function', PACKAGE, installed(good('manifest.create = 1')), /manifest\.create: has to be a function/, /./],
    ['has an option without help', PACKAGE, installed(good('manifest.options.url = {}')), /manifest\.options\.url\.help: /, /./],
    [
      'has a secret that is none',
      PACKAGE,
      installed(good('manifest.options.key.secret = "yes"')),
      /manifest\.options\.key\.secret: /,
      /./,
    ],
    [
      'has a schema without an option',
      PACKAGE,
      installed(good('delete manifest.schema.shape.key')),
      /do not have the same keys \(key\)/,
      /./,
    ],
    [
      'has a schema of something else',
      PACKAGE,
      installed(good('manifest.schema.shape.key = {}')),
      /the schema of its option key is none of zod/,
      /./,
    ],
    [
      'takes a name of ours',
      PACKAGE,
      installed(good('manifest.name = "route53"')),
      /its name route53 is that of a provider that domainctl comes with/,
      /./,
    ],
    [
      'takes an option of ours',
      PACKAGE,
      installed(good('manifest.options.type = manifest.options.url; manifest.schema.shape.type = manifest.schema.shape.url')),
      /its option type cannot be given/,
      /./,
    ],
  ])('one that %s is told', async (_, type, files, message, hint) => {
    const cwd = await folderWith({ ...files, 'my.yaml': yaml(type) })
    const { code, stdout, stderr } = await runIn(cwd, ['config', 'show', '--config', 'my.yaml'], { env: { ACME_KEY: SECRET } })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(message)
    expect(stderr.split('\n')[1]).toMatch(hint)
    expect(stderr).toContain('CONFIG_INVALID')
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it.each([
    ['url: https://dns.acme.example, kye: "env:ACME_KEY"', /my\.yaml: providers\.ours\.kye is no setting/, /Did you mean key\?/],
    [
      'url: 5, key: "env:ACME_KEY"',
      /providers\.ours\.url has to be text; found 5/,
      /Where it is\. Such as https:\/\/dns\.acme\.example/,
    ],
    ['url: x', /providers\.ours\.key has to be text; found nothing/, /What opens it\. Such as env:NAME/],
    [`url: x, key: ${SECRET}`, /providers\.ours\.key: expected a reference to the secret/, /./],
    ['url: x, key: "env:OTHER"', /providers\.ours\.key refers to the environment variable OTHER, which is not set/, /./],
  ])('options {%s} are refused', async (options, message, hint) => {
    const cwd = await folderWith({ ...installed(GOOD), 'my.yaml': yaml(PACKAGE, options) })
    const error = await open(cwd, 'my.yaml').catch((thrown) => thrown)
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    })
    expect(`${error.message} ${error.hint}`).not.toContain(SECRET)
  })

  it.each([
    '../',
    'a b',
    '@acme',
    'https://acme.example/x.js',
    '/etc/passwd',
    'node_modules/',
    'Acme',
    'data:text/javascript,1',
    'acme/../../x',
    'acme/./x',
    'acme/..',
    '~acme',
    '@~acme/x',
    '-g',
    'fs',
    'fs/promises',
    '@acme/../x',
  ])('type %j is none', async (type) => {
    const cwd = await folderWith({ 'my.yaml': yaml(type) })
    await expect(loadConfig({ config: 'my.yaml' }, { env: {}, cwd })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/expected one of cloudflare, .* or the name of a package/),
    })
  })

  it('a slip in the name of one of ours is no package', async () => {
    const cwd = await folderWith({ 'my.yaml': yaml('cloudflair') })
    const { stderr } = await runIn(cwd, ['list', '--config', 'my.yaml'])
    expect(stderr).toMatch(/found "cloudflair"\.\n +Did you mean cloudflare\?/)
  })
})

describe('the key __proto__', () => {
  it.each([
    ['my.json', '{"providers":{"__proto__":{"type":"manual"}}}', 'providers.__proto__'],
    ['my.json', '{"providers":{"a":{"type":"rfc2136","__proto__":{"zone":"x"}}}}', 'providers.a.__proto__'],
    ['my.yaml', 'zones: { __proto__: { a: b } }\n', 'zones.__proto__'],
    ['my.yaml', '__proto__: { email: a@example.com }\n', '__proto__'],
  ])('is none of a configuration: %s %s', async (file, text, path) => {
    const cwd = await folderWith({ [file]: text })
    await expect(loadConfig({ config: file }, { env: {}, cwd })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `${file}: ${path} is no setting.`,
    })
  })
})

it('a long name is shown short', async () => {
  const name = 'n'.repeat(5000)
  const cwd = await folderWith({ 'my.yaml': `providers: { ${name}: { type: cloudflair } }\nzones: { ${name}: nobody }\n` })
  const { stderr } = await runIn(cwd, ['list', '--config', 'my.yaml'])
  expect(stderr).toMatch(/providers\.n{40}…\.type: expected one of/)
})
