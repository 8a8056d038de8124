import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cloudflareProvider } from './adapter.ts'
import { ALWAYS, runtime, txt } from './subject.test.fixture.ts'

const NAME = '_acme-challenge.example.test'

describe("what the sandbox's API does not take, or does not answer", () => {
  let sandbox: Sandbox
  let cloudflare: Sandbox['apis']['cloudflare']
  beforeEach(async () => {
    sandbox = await startSandbox()
    cloudflare = sandbox.apis.cloudflare
  })
  afterEach(() => sandbox.stop())
  const zone = () => ({ id: cloudflare.zoneId('example.test') ?? '', name: 'example.test' })
  const provider = (timeoutMs = 20_000) => cloudflareProvider({ ...cloudflare.options, timeoutMs }, runtime())

  it('is one record more than the zone may have (81045): what is there stays, and can go', async () => {
    sandbox.dns.add({ name: NAME, type: 'TXT', value: 'theirs' })
    await provider().addValues(zone(), txt(NAME, 'ours'), ALWAYS)
    cloudflare.recordLimit = 1
    await expect(provider().addValues(zone(), txt(NAME, 'one more'), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_REFUSED',
      message: expect.stringContaining('81045'),
    })
    expect([...sandbox.dns.values(NAME, 'TXT')].sort()).toEqual(['ours', 'theirs'])
    await provider().removeValues(zone(), txt(NAME, 'ours'), ALWAYS)
    expect(sandbox.dns.values(NAME, 'TXT')).toEqual(['theirs'])
  })

  it('is text that is too long together (83011)', async () => {
    const long = (letter: string): string => letter.repeat(4000)
    await provider().addValues(zone(), txt(NAME, long('a'), long('b')), ALWAYS)
    await expect(provider().addValues(zone(), txt(NAME, long('c')), ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_REFUSED',
      message: expect.stringContaining('83011'),
    })
    expect(sandbox.dns.values(NAME, 'TXT')).toHaveLength(2)
  })

  it('is a write that was made, whose answer comes too late', async () => {
    const never = { delay: () => new Promise(() => undefined) }
    const faults = (['createRecord', 'deleteRecord', 'batchRecords'] as const).map((operation) =>
      cloudflare.addFault({ operation, nth: 1, answer: never }),
    )
    const hasty = provider(300)
    sandbox.dns.add({ name: NAME, type: 'TXT', value: 'theirs' })
    await hasty.addValues(zone(), txt(NAME, 'ours'), ALWAYS)
    expect([...sandbox.dns.values(NAME, 'TXT')].sort()).toEqual(['ours', 'theirs'])
    await hasty.removeValues(zone(), txt(NAME, 'ours'), ALWAYS)
    expect(sandbox.dns.values(NAME, 'TXT')).toEqual(['theirs'])
    const a = { name: 'www.example.test', type: 'A' as const, ttl: 60, values: ['192.0.2.1'] }
    expect((await hasty.setRRset(zone(), a, ALWAYS)).previous).toBeNull()
    expect(sandbox.dns.values(a.name, 'A')).toEqual(['192.0.2.1'])
    expect(faults.map(({ hits }) => hits)).toEqual([1, 1, 1])
  })

  it('is a batch that somebody has made wrong between its reading and its writing', async () => {
    const name = 'www.example.test'
    const a = (...values: string[]) => ({ name, type: 'A' as const, ttl: 60, values })
    await provider().setRRset(zone(), a('192.0.2.1'), ALWAYS)
    const edit = async (): Promise<void> => {
      sandbox.dns.remove({ name, type: 'A', value: '192.0.2.1' })
      sandbox.dns.add({ name, type: 'A', value: '192.0.2.9' })
    }
    const late = cloudflare.addFault({ operation: 'listRecords', nth: 1, answer: { delay: edit } })
    const { previous } = await provider().setRRset(zone(), a('192.0.2.2'), ALWAYS)
    expect([late.hits, previous?.values]).toEqual([1, ['192.0.2.9']])
    expect(sandbox.dns.values(name, 'A')).toEqual(['192.0.2.2'])
  })
})
