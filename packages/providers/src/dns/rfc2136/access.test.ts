import { manualClock } from '@domainctl/core/testing'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createRfc2136, type Rfc2136Options } from './index.ts'
import { KEY, startLoopbackPrimary } from './loopback-primary.test.fixture.ts'
import { CLASS, decodeAnswer, TYPE } from './message.ts'
import { encodeName } from './name.ts'
import { RCODE } from './rcode.ts'
import { ALWAYS, providerAt, runtime, START, steppedClock, ZONE } from './subject.test.fixture.ts'
import { WireReader } from './wire-reader.ts'

describe("the key at the sandbox's name server", () => {
  let sandbox: Sandbox
  beforeEach(async () => {
    sandbox = await startSandbox({ nameServers: 2, runtime: { clock: manualClock(START) } })
  })
  afterEach(() => sandbox.stop())
  function providerOf(options: Partial<Rfc2136Options> = {}, aheadMs = 0) {
    const clock = steppedClock()
    clock.advance(aheadMs)
    const provider = createRfc2136({ ...sandbox.rfc2136, ...options }, runtime(clock))
    onTestFinished(() => provider.close?.())
    return provider
  }

  it('is good when the answer is signed with it', async () => {
    const identity = 'TSIG key sandbox (hmac-sha256)'
    expect(await providerOf().access?.(ALWAYS)).toEqual({ identity, zones: [], complete: false, warnings: [] })
    expect(await providerOf({ zone: 'example.test' }).access?.(ALWAYS)).toEqual({
      identity,
      zones: [ZONE],
      complete: false,
      warnings: [],
    })
    expect(await providerOf().nameServers?.(ZONE, ALWAYS)).toEqual(['ns1.example.test', 'ns2.example.test'])
  })

  it.each<[string, Partial<Rfc2136Options>, number, string]>([
    ['BADSIG', { tsigSecret: 'YW5vdGhlciBzZWNyZXQ=' }, 0, 'RFC2136_TSIG_SECRET'],
    ['BADKEY', { tsigKey: 'nobody' }, 0, 'RFC2136_TSIG_KEY'],
    ['BADTIME', {}, 3_600_000, 'NTP'],
  ])('is not: %s', async (reason, options, aheadMs, hint) => {
    for (const zone of [{}, { zone: 'example.test' }]) {
      const provider = providerOf({ ...options, ...zone }, aheadMs)
      const refused = { code: 'PROVIDER_AUTH', message: expect.stringContaining(reason), hint: expect.stringContaining(hint) }
      await expect(provider.access?.(ALWAYS)).rejects.toMatchObject(refused)
      await expect(provider.nameServers?.(ZONE, ALWAYS)).rejects.toMatchObject(refused)
    }
  })

  it('is not for the root and the top-level domain, which this server has as well', async () => {
    expect(await providerOf().findZone('www.elsewhere.invalid', ALWAYS)).toBeNull()
    expect(await providerOf().findZone('www.elsewhere.test', ALWAYS)).toBeNull()
    expect(await providerOf().findZone('www.example.test', ALWAYS)).toEqual(ZONE)
  })

  it('is good, and the zone is not its own', async () => {
    for (const zone of ['elsewhere.invalid', 'www.example.test']) {
      const refused = { code: 'PROVIDER_ZONE_NOT_FOUND', message: expect.stringContaining(zone) }
      await expect(providerOf({ zone }).access?.(ALWAYS)).rejects.toMatchObject(refused)
    }
    const elsewhere = { id: 'elsewhere.invalid', name: 'elsewhere.invalid' }
    await expect(providerOf().nameServers?.(elsewhere, ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_ZONE_NOT_FOUND' })
  })
})

it('a server that refuses without a signature has proven nothing, which is told', async () => {
  const primary = await startLoopbackPrimary({ now: () => START })
  onTestFinished(() => primary.close())
  const provider = providerAt(primary)
  onTestFinished(() => provider.close?.())
  primary.behave = () => ({ rcode: RCODE.REFUSED, signed: false })
  expect(await provider.access?.(ALWAYS)).toEqual({
    identity: `TSIG key ${KEY.name} (hmac-sha256)`,
    zones: [],
    complete: false,
    warnings: [expect.stringMatching(/says nothing of the key.*RFC2136_ZONE/)],
  })
  primary.behave = () => ({ rcode: RCODE.NOERROR, signed: false })
  await expect(provider.access?.(ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_AUTH' })
  primary.behave = () => ({ rcode: RCODE.SERVFAIL })
  await expect(providerAt(primary, { zone: ZONE.name }).access?.(ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' })
})

it('name servers may come with compressed names (RFC 1035 §4.1.4)', () => {
  const question = Buffer.concat([encodeName('example.test'), Buffer.from([0, TYPE.NS, 0, CLASS.IN])])
  const header = Buffer.from([0, 1, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0])
  // Owner and the end of the name server point to the question's name.
  const record = Buffer.from([0xc0, 12, 0, TYPE.NS, 0, CLASS.IN, 0, 0, 0, 60, 0, 6, 3, 0x6e, 0x73, 0x31, 0xc0, 12])
  const [ns] = decodeAnswer(Buffer.concat([header, question, record])).answers
  expect(new WireReader(ns?.rdata ?? new Uint8Array()).name()).toBe('ns1.example.test')
})
