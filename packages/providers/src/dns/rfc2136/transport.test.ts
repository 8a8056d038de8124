import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoopbackPrimary, startLoopbackPrimary } from './loopback-primary.test.fixture.ts'
import { ALWAYS, providerAt, START, type SteppedClock, steppedClock, txt, until, ZONE } from './subject.test.fixture.ts'

describe('talking to the name server', () => {
  let primary: LoopbackPrimary
  let clock: SteppedClock
  let provider: ReturnType<typeof providerAt>

  beforeEach(async () => {
    clock = steppedClock()
    primary = await startLoopbackPrimary({ zones: ['example.test'], now: () => clock.now() })
    provider = providerAt(primary, {}, clock)
  })
  afterEach(async () => {
    await provider.close?.()
    await primary.close()
  })
  const read = (label = 'a') => provider.getRRset(ZONE, `${label}.example.test`, 'TXT', ALWAYS)

  it('keeps one connection for all messages, many at a time', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => read(`n${i}`)))
    await read()
    expect(primary.connections).toBe(1)
    expect(new Set(primary.received.slice(0, 50).map(({ id }) => id)).size).toBe(50)
  })

  it('takes answers in any order', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    primary.plant('slow.example.test', 'TXT', 'slow')
    primary.plant('quick.example.test', 'TXT', 'quick')
    primary.behave = ({ questions }) => (questions[0]?.name.startsWith('slow') ? promise : undefined)
    const slow = read('slow')
    expect((await read('quick'))?.values).toEqual(['quick'])
    resolve(undefined)
    expect((await slow)?.values).toEqual(['slow'])
  })

  it('opens a new connection after a while, as the old one may be dead without a sign', async () => {
    await read()
    clock.advance(4_999)
    await read()
    expect(primary.connections).toBe(1)
    clock.advance(5_000)
    await read()
    expect(primary.connections).toBe(2)
  })

  it('asks once more when the connection ends before the answer', async () => {
    let hangUps = 1
    primary.behave = () => (hangUps-- > 0 ? 'hang up' : undefined)
    expect(await read()).toBeNull()
    expect(primary.connections).toBe(2)
  })

  it('fails when the connection ends a second time', async () => {
    primary.behave = () => 'hang up'
    await expect(read()).rejects.toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      message: expect.stringContaining(primary.address),
    })
    expect(primary.received).toHaveLength(2)
  })

  it('gives up after the time-out, and connects anew for the next message', async () => {
    primary.behave = () => 'drop'
    const lost = expect(read()).rejects.toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      message: expect.stringContaining('no answer within 10 s'),
    })
    await until(() => primary.received.length === 1)
    clock.advance(10_000)
    await lost
    primary.behave = () => undefined
    expect(await read()).toBeNull()
    expect(primary.connections).toBe(2)
  })

  it('takes a server that does not listen for unreachable', async () => {
    await primary.close()
    await expect(read()).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') })
  })

  it('rejects with the reason of the signal, and a late answer does no harm', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    primary.behave = () => promise
    const controller = new AbortController()
    const aborted = provider.getRRset(ZONE, 'a.example.test', 'TXT', { signal: controller.signal })
    await until(() => primary.received.length === 1)
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    primary.behave = () => undefined
    resolve(undefined)
    expect(await read('b')).toBeNull()
    expect(primary.connections).toBe(1)
  })

  it.each([
    ['garbage under the right id', (id: number) => Buffer.from([id >> 8, id & 0xff, ...Buffer.from('HTTP/1.1 400 Bad Request')])],
    ['its own question', (id: number) => Buffer.from([id >> 8, id & 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
    ['a header alone', (id: number) => Buffer.from([id >> 8, id & 0xff])],
  ])('says so when it gets %s', async (_, bytes) => {
    primary.behave = ({ id }) => ({ bytes: bytes(id) })
    await expect(read()).rejects.toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      hint: expect.stringContaining('RFC2136_NAMESERVER'),
    })
  })

  it('ignores messages that nobody waits for', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', () => socket.write(Buffer.from([0, 0, 0, 1, 7, 0, 2, 0xab, 0xcd])))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const lost = providerAt(primary, { nameserver: `127.0.0.1:${port}` }, clock)
    const controller = new AbortController()
    const asked = lost.getRRset(ZONE, 'a.example.test', 'TXT', { signal: controller.signal })
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    controller.abort()
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' })
    await lost.close?.()
    await new Promise((resolve) => server.close(resolve))
  })

  it('ends what is on its way when it is closed', async () => {
    primary.behave = () => 'drop'
    const call = expect(provider.addValues(ZONE, txt('a', 'v'), ALWAYS)).rejects.toMatchObject({ code: 'PROVIDER_UNREACHABLE' })
    await until(() => primary.received.length === 1)
    await provider.close?.()
    await call
  })

  it('uses the time of its clock, and says by how much it is wrong', async () => {
    const behind = steppedClock()
    behind.advance(START.getTime() - clock.now().getTime() - 400_000)
    const skewed = providerAt(primary, {}, behind)
    await expect(skewed.getRRset(ZONE, 'a.example.test', 'TXT', ALWAYS)).rejects.toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('400 seconds behind'),
    })
    await skewed.close?.()
  })
})
