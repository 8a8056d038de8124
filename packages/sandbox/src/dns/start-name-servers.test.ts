import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { listen } from '../loopback.ts'
import { ask, asked, clock, dataOf, opt, sevens, started } from './client.test.support.ts'
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

  it.each([
    { zones: null },
    { zones: 'example.test' },
    { zones: [5] },
    { zones: [null] },
    { zones: [Object.create(null)] },
    { zones: [Symbol('zone')] },
    { records: null },
    { records: {} },
    { records: [null] },
    { records: ['www.example.test A 127.0.0.1'] },
    { records: [{}] },
    { records: [{ name: 5, type: 'A', value: '127.0.0.1' }] },
    { records: [{ name: 'www.example.test', type: Symbol('A'), value: '127.0.0.1' }] },
    { records: [{ name: 'www.example.test', type: 'TXT', value: 5 }] },
    { records: [{ name: 'www.example.test', type: 'A', value: null }] },
    { records: [{ name: 'www.example.test', type: 'A', value: '127.0.0.1', ttl: Symbol('60') }] },
    { count: '1' },
    { count: Symbol('1') },
    { lagMs: null },
    { lagMs: Symbol('1') },
  ])('refuses what programs without types give: %o', async (options) => {
    const untyped: object = options
    await expect(start(untyped)).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('refuses zones in which the servers’ own names would be too long', async () => {
    const zone = (length: number) => `${'a.'.repeat(63)}${'b'.repeat(63)}.${'c'.repeat(length - 190)}`
    const { servers } = await started({ zones: [zone(242)], count: 2 })
    expect((await ask(servers[0], zone(242), 'SOA', opt(1232))).answers).toMatchObject([{ type: 'SOA' }])
    for (let length = 243; length <= 253; length++) {
      const message = expect.stringContaining('too long')
      await expect(start({ zones: [zone(length)] })).rejects.toMatchObject({ code: 'USAGE', message })
    }
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
