import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { listen } from '../loopback.ts'
import { ask, asked, clock, dataOf, sevens, started } from './client.test.support.ts'
import { startNameServers } from './start-name-servers.ts'
import { openMessage } from './tsig.ts'

describe('starting', () => {
  const start = (options: Partial<Parameters<typeof startNameServers>[0]>) =>
    startNameServers({
      zones: ['example.test'],
      records: [],
      count: 1,
      lagMs: 0,
      runtime: { clock: clock(), random: sevens },
      ...options,
    })

  it.each([
    { zones: ['not a zone'] },
    { zones: [''] },
    { zones: ['*.example.test'] },
    { count: 0 },
    { count: 1.5 },
    { count: 255 },
    { lagMs: -1 },
    { lagMs: Number.NaN },
    { port: 65_536 },
    { port: 1.5 },
    { resolverPort: -1 },
    { records: [{ name: 'www.example.com', type: 'A', value: '127.0.0.1' }] as const },
  ])('refuses %o', async (options) => {
    await expect(start(options)).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('says that a port is taken, and leaves none behind', async () => {
    const taken = createServer()
    const port = await listen(taken, 0, '127.0.0.2')
    try {
      await expect(start({ count: 2, port })).rejects.toMatchObject({ code: 'SANDBOX_CANNOT_LISTEN' })
      // The first address was free, and is again.
      const { stop } = await start({ port })
      await stop()
      await stop()
    } finally {
      taken.close()
    }
  })

  it('takes zones in any spelling, nested, top-level, and where their servers are zones too', async () => {
    const zones = ['Bücher.test', 'a.bücher.test', 'ns1.a.bücher.test', 'lone', 'BÜCHER.test']
    const { servers } = await started({ zones })
    for (const name of ['xn--bcher-kva.test', 'a.xn--bcher-kva.test', 'ns1.a.xn--bcher-kva.test', 'lone', 'test', '.']) {
      expect((await ask(servers[0], name, 'SOA')).answers).toMatchObject([{ name }])
    }
    expect(dataOf((await ask(servers[0], 'ns1.a.xn--bcher-kva.test', 'A')).answers)).toEqual(['127.0.0.1'])
  })

  it('makes a key from its randomness', async () => {
    const { tsigKey } = await started()
    expect(tsigKey).toEqual({ name: 'sandbox', algorithm: 'hmac-sha256', secret: Buffer.alloc(32, 7).toString('base64') })
    expect(openMessage(asked('a', 'A'), tsigKey, clock().now()).kind).toBe('unsigned')
  })
})
