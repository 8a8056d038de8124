import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runTool } from './tool.ts'

// What the built command loads of its bundle: a command that uses one provider pays for that one alone.

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const bundle = fileURLToPath(new URL('../packages/cli/bundle/', import.meta.url))
const spy = fileURLToPath(new URL('loaded-files.ts', import.meta.url))

/** What stands in the files of a provider, and in no file that another provider or a command without one needs. */
const MARKS = {
  cloudflare: 'https://api.cloudflare.com',
  godaddy: 'https://api.godaddy.com',
  rfc2136: 'hmac-sha256',
  route53: 'Route53',
} as const
type Provider = keyof typeof MARKS
const PROVIDERS = Object.keys(MARKS) as Provider[]

let sandbox: Sandbox
let directory: string
let env: Record<string, string>

beforeAll(async () => {
  sandbox = await startSandbox()
  directory = await mkdtemp(join(tmpdir(), 'domainctl-loading-'))
  env = { ...(await sandbox.environment(join(directory, 'sandbox'))), HOME: directory, DOMAINCTL_ACCEPT_TOS: '1' }
})
afterAll(async () => {
  await sandbox.stop()
  await rm(directory, { recursive: true, force: true })
})

let runs = 0
/** The files of the bundle that a command loads, with those of which a provider's code is. */
async function loadedBy(args: readonly string[], more: Record<string, string> = {}) {
  const list = join(directory, `loaded-${runs++}`)
  const run = await runTool([process.execPath, '--import', spy, bin, ...args], {
    cwd: directory,
    env: { ...env, ...more, LOADED_FILES: list },
  })
  expect(run, run.stderr).toMatchObject({ code: 0 })
  const files = (await readFile(list, 'utf8')).split('\n').filter((url) => url.includes('/packages/cli/bundle/'))
  const names = [...new Set(files.map((url) => basename(url)))]
  const texts = names.map((name) => readFileSync(join(bundle, name), 'utf8'))
  const providers = PROVIDERS.filter((provider) => texts.some((text) => text.includes(MARKS[provider])))
  return { names, providers, bytes: texts.reduce((sum, text) => sum + text.length, 0), run }
}

test('each provider has files of its own in the bundle', () => {
  const texts = readdirSync(bundle)
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(bundle, name), 'utf8'))
  for (const provider of PROVIDERS) {
    const others = PROVIDERS.filter((other) => other !== provider)
    const own = texts.filter((text) => text.includes(MARKS[provider]) && !others.some((other) => text.includes(MARKS[other])))
    expect(own.length, provider).toBeGreaterThan(0)
  }
})

describe.each(PROVIDERS)('issue --provider %s', (provider) => {
  test('loads this provider and no other, though all four are set up', async () => {
    const issued = await loadedBy(['issue', `${provider}.example.test`, '--provider', provider])
    expect(issued.providers).toEqual([provider])
  })

  test('loads no SDK of another that a configuration file sets up, too', async () => {
    const file = join(directory, `${provider}.yaml`)
    await writeFile(file, configuration())
    const name = `file-${provider}.example.test`
    const { names } = await loadedBy(['issue', name, '--provider', `my-${provider}`, '--config', file])
    const sdks = names.filter((one) => one.startsWith('sdk-'))
    const own = sdks.filter((one) => readFileSync(join(bundle, one), 'utf8').includes(MARKS[provider]))
    expect(sdks).toEqual(own)
    expect(sdks).toHaveLength(provider === 'cloudflare' || provider === 'route53' ? 1 : 0)
  })
})

test.each([
  [['list']],
  [['list', '--json']],
  [['show', 'cloudflare.example.test']],
  [['records', 'cloudflare.example.test']],
  [['history', 'cloudflare.example.test']],
  [['export', 'cloudflare.example.test', '--out', 'exported']],
  [['add', 'by-hand.example.test', '--provider', 'manual']],
  [['--help']],
  [['issue', '--help']],
])('%j loads no provider', async (args) => {
  const { providers, names } = await loadedBy(args)
  expect(names).not.toEqual([])
  expect(providers).toEqual([])
})

test('--version loads the entry alone', async () => {
  const { names, bytes } = await loadedBy(['--version'])
  expect(names).toContain('bin.js')
  expect(bytes).toBeLessThan(5_000)
})

function configuration(): string {
  const { cloudflare, godaddy, route53 } = sandbox.apis
  return [
    'providers:',
    `  my-cloudflare: { type: cloudflare, apiToken: env:CLOUDFLARE_API_TOKEN, baseUrl: "${cloudflare.options.baseUrl}" }`,
    '  my-godaddy:',
    '    { type: godaddy, apiKey: env:GODADDY_API_KEY, apiSecret: env:GODADDY_API_SECRET,',
    `      baseUrl: "${godaddy.options.baseUrl}" }`,
    `  my-route53: { type: route53, endpoint: "${route53.url}" }`,
    '  my-rfc2136:',
    `    { type: rfc2136, nameserver: "${sandbox.rfc2136.nameserver}", tsigKey: ${sandbox.rfc2136.tsigKey},`,
    '      tsigSecret: env:RFC2136_TSIG_SECRET }',
    '',
  ].join('\n')
}
