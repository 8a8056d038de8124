import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

const RECORD = '_domainctl-test.example.test'

async function open(zones = ['example.test']): Promise<{ sandbox: Sandbox; env: Record<string, string>; folder: string }> {
  const sandbox = await startSandbox({ zones })
  onTestFinished(() => sandbox.stop())
  const folder = await temporaryFolder()
  const env = await sandbox.environment(join(folder, 'roots'))
  // The SDK of AWS reads the environment of the process by itself.
  for (const [name, value] of Object.entries(env)) if (name.startsWith('AWS_')) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  return { sandbox, env, folder }
}

/** Of the environment what is about the sandbox and these variables. */
function only(env: Record<string, string>, prefix: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('DOMAINCTL_') || prefix.test(name)))
}

interface Printed {
  providers: { name: string; type: string; from: string[]; credential: string; access?: { zones: { name: string }[] } }[]
  available: { type: string; variables: string[] }[]
}

describe('providers', () => {
  it('shows each, where it comes from, whether its credential works and what it sees', async () => {
    const { env, folder } = await open()
    const { code, stdout, stderr } = await runIn(folder, ['providers'], { env })
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'providers: asking each what its credential may do\n' })
    const [heading, ...rows] = stdout.split('\n')
    expect(heading).toMatch(/^NAME +TYPE +FROM +CREDENTIAL +ZONES +EXPIRES$/)
    const rowOf = (name: string) => rows.find((row) => row.startsWith(`${name} `))
    expect(rowOf('cloudflare')).toMatch(/CLOUDFLARE_API_TOKEN.* works +1: example\.test/)
    expect(rowOf('route53')).toMatch(/AWS_ACCESS_KEY_ID.* works +1: example\.test/)
    expect(rowOf('godaddy')).toMatch(/GODADDY_API_KEY.* works/)
    expect(rowOf('rfc2136')).toMatch(/RFC2136_NAMESERVER.* works/)
    expect(rowOf('manual')).toMatch(/manual +always there +by hand/)
    expect(stdout).not.toContain('Not configured')
    for (const secret of ['CLOUDFLARE_API_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'GODADDY_API_SECRET', 'RFC2136_TSIG_SECRET']) {
      expect(stdout).not.toContain(env[secret])
    }
  })

  it('as one document, with the types that are not there and what sets them up', async () => {
    const { env, folder } = await open()
    await writeFile(
      join(folder, 'domainctl.config.yaml'),
      'provider: main\nproviders:\n  main:\n    type: cloudflare\n    apiToken: env:CLOUDFLARE_API_TOKEN\n' +
        `    baseUrl: ${env.CLOUDFLARE_BASE_URL}\nzones:\n  deep.example.test: main\n`,
    )
    const mine = { ...only(env, /^CLOUDFLARE_/), DOMAINCTL_SANDBOX: '' }
    const { code, stderr, json } = await runIn(folder, ['providers', '--json'], { env: mine })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { providers, available } = json() as Printed
    expect(providers.map(({ name }) => name)).toEqual(['main', 'cloudflare', 'manual'])
    expect(providers[0]).toMatchObject({
      name: 'main',
      type: 'cloudflare',
      from: ['domainctl.config.yaml'],
      isDefault: true,
      configuredZones: ['deep.example.test'],
      credential: 'works',
      access: { zones: [{ name: 'example.test' }], complete: true },
    })
    expect(providers[2]).toMatchObject({ credential: 'by-hand' })
    expect(available.map(({ type }) => type)).toEqual(['godaddy', 'rfc2136', 'route53'])
    expect(available[0]?.variables).toEqual(['GODADDY_API_KEY', 'GODADDY_API_SECRET'])
    expect(available[2]?.variables).toContain('AWS_ACCESS_KEY_ID')
    const shown = await runIn(folder, ['providers'], { env: mine })
    expect(shown.stdout).toMatch(/main \(default\)/)
    expect(shown.stdout).toMatch(/Zones in the configuration:\n {2}deep\.example\.test is written by main\n/)
    expect(shown.stdout).toMatch(/Not configured[\s\S]*godaddy +GoDaddy +GODADDY_API_KEY, GODADDY_API_SECRET\n/)
  })

  it.each([80, 60])('fits into %i columns', async (columns) => {
    const { env, folder } = await open(['example.test', 'second.example.test', 'a.rather.long.example.test'])
    await writeFile(join(folder, 'domainctl.config.yaml'), 'provider: route53\n')
    const { AWS_SECRET_ACCESS_KEY: _, ...some } = only(env, /^(CLOUDFLARE|AWS)_/)
    const { stdout } = await runIn(folder, ['providers'], { env: { ...some, DOMAINCTL_SANDBOX: '1', COLUMNS: `${columns}` } })
    const lines = stdout.split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    expect(lines).toContain('cloudflare: works')
    expect(lines).toContain('  cloudflare, from CLOUDFLARE_API_TOKEN, …')
    expect(stdout.replace(/\n +/g, ' ')).toContain(' 3 zones: a.rather.long.example.test, example.test, second.example.test')
    expect(stdout).toMatch(/^ {2}godaddy: GoDaddy\n {4}GODADDY_API_KEY, GODADDY_API_SECRET$/m)
  })

  it('says where one stands that cannot be read, or needs no values', async () => {
    const folder = await temporaryFolder()
    onTestFinished(() => void vi.unstubAllEnvs())
    await writeFile(
      join(folder, 'my.config.yaml'),
      'providers:\n  aws:\n    type: route53\n  gone:\n    type: ./gone.js\n    key: value\n',
    )
    // Without this the SDK of AWS looks for a key in the network.
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    const env = { CLOUDFLARE_API_TOKEN: 'one', CF_DNS_API_TOKEN: 'another' }
    const { json } = await runIn(folder, ['providers', '--json', '--config', 'my.config.yaml'], { env })
    const from = Object.fromEntries((json() as Printed).providers.map((provider) => [provider.name, provider.from]))
    expect(from).toEqual({
      aws: ['my.config.yaml'],
      gone: ['my.config.yaml'],
      cloudflare: ['CLOUDFLARE_API_TOKEN', 'CF_DNS_API_TOKEN'],
      manual: [],
    })
    const { stdout } = await runIn(folder, ['providers', '--config', 'my.config.yaml'], { env })
    expect(stdout.match(/always there/g)).toHaveLength(1)
  })

  it('is 6 when a credential is refused, and shows all others', async () => {
    const { env, folder } = await open()
    const wrong = { ...env, CLOUDFLARE_API_TOKEN: 'x'.repeat(40), RFC2136_TSIG_SECRET: '' }
    const { code, stdout, stderr } = await runIn(folder, ['providers'], { env: wrong })
    expect(code).toBe(6)
    expect(stdout).toMatch(/^cloudflare .* refused/m)
    expect(stdout).toMatch(/^rfc2136 .* misconfigured/m)
    expect(stdout).toMatch(/^route53 .* works/m)
    expect(stderr).toMatch(/✖ .*[Cc]loudflare[\s\S]*PROVIDER_AUTH/)
    expect(stderr).toMatch(/✖ .*rfc2136[\s\S]*RFC2136_TSIG_SECRET[\s\S]*CONFIG_INVALID/)
    const { json } = await runIn(folder, ['providers', '--json'], { env: wrong })
    expect((json() as Printed).providers).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ credential: 'refused', error: expect.objectContaining({ code: 'PROVIDER_AUTH' }) }),
      ]),
    )
  })

  it('is 2 when one is misconfigured and the others work, and 130 when it was interrupted', async () => {
    const { env, folder } = await open()
    expect((await runIn(folder, ['providers'], { env: { ...env, RFC2136_TSIG_SECRET: '' } })).code).toBe(2)
    const { code, json } = await runIn(folder, ['providers', '--json'], { env, signal: AbortSignal.abort() })
    expect(code).toBe(130)
    expect(json()).toMatchObject({ error: { code: 'INTERRUPTED' } })
  })
})

describe('providers test', () => {
  it('prints each step and its verdict', async () => {
    const { env, folder, sandbox } = await open()
    const { code, stdout, stderr } = await runIn(folder, ['providers', 'test', 'route53'], { env })
    expect(code).toBe(0)
    const steps = ['access', 'zone', 'write', 'seen', 'remove', 'gone']
    const lines = stdout.trimEnd().split('\n')
    expect(lines.slice(0, -1).map((line) => /^✔ (\w+) +\d+\.\d s {2}\S/.exec(line)?.[1])).toEqual(steps)
    expect(lines.at(-1)).toBe('✔ route53 works for example.test.')
    expect(stderr).toContain(`route53: writing TXT ${RECORD}\n`)
    expect(sandbox.dns.values(RECORD, 'TXT')).toEqual([])
  })

  it('is one document with --json', async () => {
    const { env, folder } = await open(['example.test', 'validation.test'])
    const { code, stderr, json } = await runIn(
      folder,
      ['providers', 'test', 'cloudflare', '--zone', 'validation.test', '--json'],
      { env },
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(json()).toMatchObject({
      provider: 'cloudflare',
      ok: true,
      zone: 'validation.test',
      record: { type: 'TXT', name: '_domainctl-test.validation.test' },
      steps: [
        { step: 'access' },
        { step: 'zone' },
        { step: 'write' },
        { step: 'seen', seen: [{ rcode: 'NOERROR' }] },
        {},
        { step: 'gone' },
      ],
      warnings: [],
    })
    const unnamed = await runIn(folder, ['providers', 'test', 'cloudflare', '--json'], { env })
    expect(unnamed.code).toBe(2)
    expect(unnamed.json()).toMatchObject({ error: { code: 'USAGE', hint: expect.stringContaining('--zone example.test') } })
  })

  it('ends with the code of the step that failed, and says what to do', async () => {
    const { env, folder } = await open()
    const wrong = { ...env, CLOUDFLARE_API_TOKEN: 'x'.repeat(40) }
    const { code, stdout, stderr } = await runIn(folder, ['providers', 'test', 'cloudflare'], { env: wrong })
    expect(code).toBe(6)
    expect(stdout).toMatch(/^✖ access /)
    expect(stderr).toMatch(/✖ The test of the provider cloudflare failed: access\.\n {2}\S[\s\S]*PROVIDER_AUTH/)
    const refused = await runIn(folder, ['providers', 'test', 'cloudflare', '--json'], { env: wrong })
    expect(refused.json()).toMatchObject({
      ok: false,
      steps: [{ ok: false, error: { code: 'PROVIDER_AUTH' } }],
      error: { code: 'PROVIDER_AUTH' },
    })
    for (const name of ['manual', 'nobody', '']) {
      expect((await runIn(folder, ['providers', 'test', '--', name], { env })).code).toBe(2)
    }
    expect((await runIn(folder, ['providers', 'tset', 'route53'], { env })).code).toBe(2)
    expect((await runIn(folder, ['providers', 'test'], { env })).code).toBe(2)
  })
})

it('a name that several providers could have is refused with the way out', async () => {
  const { env, folder } = await open()
  const { code, json } = await runIn(folder, ['add', 'a.example.test', '--json'], { env })
  expect(code).toBe(2)
  expect(json()).toMatchObject({
    results: [{ domain: null, error: { code: 'PROVIDER_AMBIGUOUS', hint: expect.stringContaining('--provider ') } }],
  })
  const alone = only(env, /^RFC2136_/)
  const added = await runIn(folder, ['add', 'a.example.test', '--json'], { env: alone })
  expect(added.json()).toMatchObject({ results: [{ domain: { provider: 'rfc2136', records: [] } }] })
})
