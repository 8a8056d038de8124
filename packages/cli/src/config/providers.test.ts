import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { providers } from '@domainctl/providers'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'
import { variablesOf } from './provider-variables.ts'
import { providersFromEnvironment } from './providers.ts'

describe('providers of the environment', () => {
  const names = (env: Record<string, string>): string[] => [...providersFromEnvironment({ env, cwd: '/' }).keys()].sort()

  it('are there when one of their variables is', () => {
    expect(names({})).toEqual(['manual'])
    expect(names({ RFC2136_ZONE: 'example.test' })).toEqual(['manual', 'rfc2136'])
    expect(names({ CLOUDFLARE_API_TOKEN_FILE: '/run/token' })).toEqual(['cloudflare', 'manual'])
    expect(names({ GODADDY_API_SECRET: 'x' })).toEqual(['godaddy', 'manual'])
  })

  it('are there by variables that only their SDK reads, and not by those that say nothing', () => {
    for (const variable of ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_ROLE_ARN', 'AWS_HOSTED_ZONE_ID']) {
      expect(names({ [variable]: 'x' }), variable).toEqual(['manual', 'route53'])
    }
    for (const variable of ['AWS_REGION', 'CLOUDFLARE_ACCOUNT_ID', 'CF_Zone_ID', 'CLOUDFLARE_BASE_URL', 'GODADDY_ZONE']) {
      expect(names({ [variable]: 'x' }), variable).toEqual(['manual'])
    }
  })

  it.each([
    ['CF_API_TOKEN', 'cloudflare'],
    ['CF_Token', 'cloudflare'],
    ['CF_DNS_API_TOKEN_FILE', 'cloudflare'],
    ['CLOUDFLARE_DNS_API_TOKEN', 'cloudflare'],
    ['ROUTE53_HOSTED_ZONE_ID', 'route53'],
    ['GD_Key', 'godaddy'],
    ['GD_Secret_FILE', 'godaddy'],
  ])('are there by %s, which another tool reads', (variable, provider) => {
    expect(names({ [variable]: 'x' })).toEqual(['manual', provider].sort())
    // There it belongs to a real account.
    expect(names({ [variable]: 'x', DOMAINCTL_SANDBOX: '1' })).toEqual(['manual'])
  })

  it('is not what a file of no secret names', () => {
    expect(names({ CF_ZONE_ID_FILE: '/run/zone' })).toEqual(['manual'])
    expect(variablesOf(providers.cloudflare.options.zoneId)).toEqual(['CLOUDFLARE_ZONE_ID', 'CF_ZONE_ID', 'CF_Zone_ID'])
  })
})

describe('variables of other tools', () => {
  const ID = '023e105f4ecef8ad9ca31a8372d0c353'

  async function read(env: Record<string, string>, provider = 'cloudflare') {
    const cwd = await temporaryFolder()
    await writeFile(join(cwd, 'token'), 'of-a-file\n')
    const found = providersFromEnvironment({ env, cwd }).get(provider)
    return Object.fromEntries((await found?.describe())?.map(({ option, source, value }) => [option, { source, value }]) ?? [])
  }

  it('are read in place of the own one, and config show says which', async () => {
    const env = { CF_Token: 'a-token', CF_Zone_ID: ID, ROUTE53_HOSTED_ZONE_ID: 'Z1D633PJN98FT9', GD_Key: 'k', GD_Secret: 's' }
    expect(await read(env)).toEqual({ apiToken: { source: 'CF_Token' }, zoneId: { source: 'CF_Zone_ID', value: ID } })
    expect(await read(env, 'route53')).toEqual({ hostedZoneId: { source: 'ROUTE53_HOSTED_ZONE_ID', value: 'Z1D633PJN98FT9' } })
    expect(await read(env, 'godaddy')).toEqual({ apiKey: { source: 'GD_Key' }, apiSecret: { source: 'GD_Secret' } })
    const shown = await runIn(await temporaryFolder(), ['config', 'show'], { env })
    expect(shown.stdout).toMatch(/providers\.cloudflare\.apiToken +\(set\) +CF_Token\n/)
    expect(shown.stdout).not.toContain('a-token')
  })

  it('may be several that say the same, and the own one is the first', async () => {
    const env = { CF_API_TOKEN: 'a-token', CLOUDFLARE_API_TOKEN: 'a-token', CF_Token: 'a-token\n' }
    expect(await read(env)).toEqual({ apiToken: { source: 'CLOUDFLARE_API_TOKEN' } })
  })

  it.each([
    [{ CLOUDFLARE_API_TOKEN: 'one-token', CF_API_TOKEN: 'other-token' }, 'CLOUDFLARE_API_TOKEN and CF_API_TOKEN'],
    [{ CF_DNS_API_TOKEN: 'one-token', CF_Token_FILE: 'token' }, 'CF_DNS_API_TOKEN and CF_Token_FILE'],
    [{ CLOUDFLARE_API_TOKEN: 'one-token', CLOUDFLARE_ZONE_ID: ID, CF_ZONE_ID: `${ID}0` }, 'CLOUDFLARE_ZONE_ID and CF_ZONE_ID'],
  ])('are refused when they disagree, without their values', async (env, both) => {
    const reading = read(env as Record<string, string>)
    await expect(reading).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: `${both} are both set, to different values.` })
    const { message, hint } = await reading.catch((error) => error)
    for (const value of [...Object.values(env), 'of-a-file']) {
      if (value !== 'token') expect(`${message} ${hint}`).not.toContain(value)
    }
    const ran = await runIn(await temporaryFolder(), ['config', 'show', '--json'], {
      env: { CLOUDFLARE_API_TOKEN: 'one-token', CF_API_TOKEN: 'other-token' },
    })
    expect(ran.code).toBe(2)
    expect(ran.stdout + ran.stderr).not.toMatch(/one-token|other-token/)
  })

  it('do not count in a sandbox, whose own ones are set beside them', async () => {
    const env = { CLOUDFLARE_API_TOKEN: 'of-the-sandbox', CF_API_TOKEN: 'real', CF_ZONE_ID: ID, DOMAINCTL_SANDBOX: '1' }
    expect(await read(env)).toEqual({ apiToken: { source: 'CLOUDFLARE_API_TOKEN' } })
  })
})

describe('a secret of the environment', () => {
  it.each([
    [{ CF_API_TOKEN: 'file:token' }, 'CF_API_TOKEN'],
    [{ CLOUDFLARE_API_TOKEN: 'file:token' }, 'CLOUDFLARE_API_TOKEN'],
    [{ CLOUDFLARE_API_TOKEN_FILE: 'token' }, 'CLOUDFLARE_API_TOKEN_FILE'],
    [{ CF_Token_FILE: 'token', CF_API_TOKEN: 'the-token' }, 'CF_API_TOKEN'],
  ])('may stand in a file: %j', async (env, source) => {
    const cwd = await temporaryFolder()
    await writeFile(join(cwd, 'token'), 'the-token\n')
    const found = providersFromEnvironment({ env: env as Record<string, string>, cwd }).get('cloudflare')
    expect(await found?.describe()).toEqual([{ option: 'apiToken', secret: true, source }])
  })

  it('is not there when its file is not', async () => {
    const found = providersFromEnvironment({ env: { CF_API_TOKEN: 'file:/gone/token' }, cwd: '/' }).get('cloudflare')
    await expect(found?.describe()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/^CF_API_TOKEN names the file \/gone\/token, which cannot be read: ENOENT/),
    })
  })
})

describe('the name of the provider by hand', () => {
  async function show(providers: unknown) {
    const folder = await temporaryFolder()
    await writeFile(join(folder, '.domainctlrc.json'), JSON.stringify({ providers }))
    return runIn(folder, ['config', 'show', '--config', '.domainctlrc.json'], { env: {} })
  }

  it('is its own: it has no other, and no other provider has it', async () => {
    expect(await show({ manual: { type: 'manual' } })).toMatchObject({ code: 0 })
    const other = await show({ hand: { type: 'manual' } })
    expect(other.code).toBe(2)
    expect(other.stderr).toMatch(/providers\.hand\.type: records that are made by hand have no other provider than manual\./)
    const taken = await show({ manual: { type: 'cloudflare' } })
    expect(taken.code).toBe(2)
    expect(taken.stderr).toMatch(/providers\.manual\.type: a provider named manual makes its records by hand, found "cloudflare"/)
  })
})
