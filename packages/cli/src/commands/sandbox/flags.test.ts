import { join } from 'node:path'
import { LETS_ENCRYPT_LIMITS } from '@domainctl/sandbox'
import { describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../../command.test.support.ts'
import { sandboxOptions } from './flags.ts'

describe('flags of a sandbox', () => {
  it('leave all to the library when none is given', () => {
    expect(sandboxOptions({}, '/work')).toEqual({ ca: {}, ports: {} })
  })

  it('become its options', () => {
    const flags = {
      zone: ['a.test', 'b.test'],
      nameServers: '2',
      lag: '3s',
      lifetime: '6d',
      nonceReject: '20',
      processing: '2',
      retryAfter: '5',
      reuseAuthorizations: true,
      rateLimits: true,
      httpPort: '5002',
      caPort: '14000',
      dnsPort: '5353',
      resolverPort: '5354',
      httpsPort: '8443',
      serve: 'certs',
    }
    expect(sandboxOptions(flags, '/work')).toEqual({
      zones: ['a.test', 'b.test'],
      nameServers: 2,
      lagMs: 3000,
      ca: {
        lifetimeSeconds: 518_400,
        nonceReject: 0.2,
        processingLooks: 2,
        retryAfter: { authorization: 5, order: 5 },
        reuseAuthorizations: true,
        limits: LETS_ENCRYPT_LIMITS,
        httpPort: 5002,
      },
      ports: { ca: 14_000, dns: 5353, resolver: 5354, https: 8443 },
      serve: join('/work', 'certs'),
    })
  })

  it.each([
    [['--name-servers', '0'], /--name-servers: expected a number from 1 to 13, found "0"/],
    [['--lag', '5'], /--lag: expected a duration such as 30s/],
    [['--lifetime', '0s'], /--lifetime: expected 1s to 3650d, found "0s"/],
    [['--lifetime', '9999d'], /--lifetime: expected 1s to 3650d/],
    [['--nonce-reject', '101'], /--nonce-reject: expected a number from 0 to 100/],
    [['--nonce-reject', 'x'.repeat(500)], /--nonce-reject: expected a number from 0 to 100, found "x{10,60}…/],
    [['--processing', '-1'], /--processing: expected a number from 0 to 1000/],
    [['--retry-after', '1.5'], /--retry-after: expected a number/],
    [['--ca-port', '65536'], /--ca-port: expected a number from 1 to 65535/],
    [['--http-port', '0'], /--http-port: expected a number from 1 to 65535/],
    [['--https-port', 'https'], /--https-port: expected a number/],
    [['--serve', ''], /--serve: expected a folder, found nothing/],
    [['--dir', ' '], /--dir: expected a folder, found nothing/],
  ])('%j do not fit: 2', async (argv, message) => {
    const folder = await temporaryFolder()
    for (const command of [['start'], ['exec', ...argv, '--', 'true']]) {
      const all = command.length === 1 ? [...command, ...argv] : command
      const { code, json } = await runIn(folder, ['sandbox', '--json', ...all])
      expect(code).toBe(2)
      expect(json()).toMatchObject({ error: { code: 'USAGE', message: expect.stringMatching(message) } })
    }
  })
})
