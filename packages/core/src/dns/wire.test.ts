import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { decode } from 'dns-packet'
import { expect, onTestFinished, test } from 'vitest'
import type { Clock } from '../contracts/runtime.ts'
import { systemRandom } from '../runtime/random.ts'
import { type DnsHandler, type DnsServer, encodeReply, startDnsServer, startDnsServers } from '../testing/dns-server.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { NEVER } from './lab.test.support.ts'
import { type AskOptions, PATIENT, Wire } from './wire.ts'

const question = { name: '_acme-challenge.example.test', type: 'TXT' } as const
const options: AskOptions = { signal: NEVER, recursionDesired: false, patience: PATIENT }

async function start(handler: DnsHandler) {
  const server = await startDnsServer(handler)
  onTestFinished(() => server.close())
  const clock = loopbackClock()
  const wire = new Wire({ clock, random: systemRandom() })
  const ask = (o: Partial<AskOptions> = {}) => wire.ask(server, question, { ...options, ...o })
  return { server, clock, wire, ask }
}

function txt(...values: string[]) {
  return { aa: true, answers: values.map((value) => ({ type: 'TXT' as const, name: question.name, data: [value] })) }
}

test('40 TXT values come over TCP after a cut answer', async () => {
  const values = Array.from({ length: 40 }, (_, i) => `value-${i}-`.padEnd(100, 'x'))
  const { server, ask } = await start(() => txt(...values))
  const reply = await ask()
  expect('answers' in reply && reply.answers.map(({ value }) => value)).toEqual(values)
  expect(server.log.map(({ transport }) => transport)).toEqual(['udp', 'tcp'])
})

test('a cut answer with some records in it is not taken for the whole', async () => {
  const { ask } = await start(({ transport }) => (transport === 'udp' ? { ...txt('one'), tc: true } : txt('one', 'two')))
  const reply = await ask()
  expect('answers' in reply && reply.answers).toHaveLength(2)
})

test('forgeries with another id or question, and garbage, do not keep the true answer out', async () => {
  const { ask } = await start((_, query) => [
    Buffer.from('garbage'),
    { ...txt('forged'), id: ((query.id ?? 0) + 1) % 65_536 },
    { ...txt('forged'), question: { name: 'www.example.test', type: 'TXT' } },
    txt('true'),
  ])
  expect(await ask()).toMatchObject({ rcode: 'NOERROR', answers: [{ value: 'true' }] })
})

test('nothing but garbage is told from silence when the time is over', async () => {
  const garbage = await start(() => Buffer.alloc(12, 0xff))
  expect(await garbage.ask()).toEqual({ failure: 'garbage', reason: 'not a DNS answer' })
  const silence = await start(() => 'silence')
  expect(await silence.ask()).toEqual({ failure: 'timeout', reason: 'timeout' })
})

test('a silent server is asked twice and given up after 4 seconds', async () => {
  const { server, clock, ask } = await start(() => 'silence')
  const before = clock.now().getTime()
  await ask()
  expect(server.log).toHaveLength(2)
  expect(clock.now().getTime() - before).toBe(4000)
})

test('the second try finds a server that lost the first', async () => {
  let asked = 0
  const { ask } = await start(() => (++asked === 1 ? 'silence' : txt('there')))
  expect(await ask()).toMatchObject({ answers: [{ value: 'there' }] })
})

// With two the kernel tells it to the second send, and to nobody else.
test.each([1, 2, 3, 5])('a closed port is noticed at once by %d questions', async (count) => {
  const { server, wire, clock } = await start(() => 'silence')
  await server.close()
  const before = clock.now().getTime()
  const asks = Array.from({ length: count }, () => wire.ask(server, question, options))
  const refused = { failure: 'refused', reason: 'connection refused' }
  expect(await Promise.all(asks)).toEqual(asks.map(() => refused))
  expect(await wire.ask(server, question, options)).toEqual(refused)
  // Each is told so twice.
  expect(clock.now().getTime() - before).toBe(100)
})

test('a server that restarts answers those as well who were waiting for it', async () => {
  const { server, clock } = await start(() => 'silence')
  const back = Promise.withResolvers<void>()
  // Those who were refused wait for it as long as the test wants.
  const sleep: Clock['sleep'] = async (ms, signal) => {
    if (ms <= 50) await back.promise
    await clock.sleep(ms, signal)
  }
  const wire = new Wire({ clock: { ...clock, sleep }, random: systemRandom() })
  const asks = Array.from({ length: 5 }, () => wire.ask(server, question, options))
  while (server.log.length < 5) await new Promise(setImmediate)
  await server.close()
  asks.push(wire.ask(server, question, options))
  const restarted = createSocket('udp4')
  restarted.on('message', (bytes, { port, address }) => restarted.send(encodeReply(txt('back'), decode(bytes)), port, address))
  restarted.bind(server.port, server.address)
  await once(restarted, 'listening')
  onTestFinished(() => void restarted.close())
  back.resolve()
  expect(await Promise.all(asks)).toMatchObject(asks.map(() => ({ answers: [{ value: 'back' }] })))
})

test('an address without a route is told from a dead server', async () => {
  const { wire } = await start(() => 'silence')
  const reply = await wire.ask({ address: '255.255.255.255', port: 53 }, question, options)
  expect(reply).toMatchObject({ failure: expect.stringMatching(/no-route|broken/) })
  // Link-local without a zone index: nobody can get there, whatever networks there are.
  expect(await wire.ask({ address: 'fe80::1', port: 53 }, question, options)).toMatchObject({ failure: 'no-route' })
})

test('silence, garbage and hanging up over TCP are each told', async () => {
  const cut = { tc: true }
  const silent = await start(({ transport }) => (transport === 'udp' ? cut : 'silence'))
  expect(await silent.ask()).toEqual({ failure: 'timeout', reason: 'timeout over TCP' })
  const garbage = await start(({ transport }) => (transport === 'udp' ? cut : Buffer.from('garbage')))
  expect(await garbage.ask()).toEqual({ failure: 'garbage', reason: 'not a DNS answer over TCP' })
  const hanging = await start(({ transport }) => (transport === 'udp' ? cut : 'hang-up'))
  expect(await hanging.ask()).toMatchObject({ failure: 'broken', reason: expect.stringContaining('over TCP') })
})

test('a server that does not know EDNS is asked without it', async () => {
  const { server, ask } = await start(({ edns }) => (edns ? { rcode: 1 } : txt('old')))
  expect(await ask()).toMatchObject({ answers: [{ value: 'old' }] })
  expect(server.log.map(({ edns }) => edns)).toEqual([true, false])
})

test('every query has a fresh id from the injected randomness', async () => {
  const ids: (number | undefined)[] = []
  const { server, clock } = await start((_, query) => {
    ids.push(query.id)
    return txt()
  })
  let next = 0x1234
  const wire = new Wire({ clock, random: { bytes: () => Uint8Array.of(next >> 8, next++ & 255) } })
  await wire.ask(server, question, options)
  await wire.ask(server, question, options)
  expect(ids).toEqual([0x1234, 0x1235])
})

test('recursion is asked for only when it is wanted', async () => {
  const { server, ask } = await start(() => txt())
  await ask()
  await ask({ recursionDesired: true })
  expect(server.log.map(({ recursionDesired }) => recursionDesired)).toEqual([false, true])
})

test('an abort ends the question at once with the reason, over UDP, over TCP and before it is sent', async () => {
  for (const silentOver of ['udp', 'tcp'] as const) {
    const abort = new AbortController()
    const { clock, ask } = await start(({ transport }) => {
      if (transport === silentOver) setImmediate(() => abort.abort(new Error('enough')))
      return transport === silentOver ? 'silence' : { tc: true }
    })
    const before = clock.now().getTime()
    await expect(ask({ signal: abort.signal })).rejects.toThrow('enough')
    expect(clock.now().getTime()).toBe(before)
    await expect(ask({ signal: abort.signal })).rejects.toThrow('enough')
  }
})

test('an abort at any moment of the start does no harm', async () => {
  const { ask } = await start(() => txt('x'))
  const afterTicks = (count: number, task: () => void): void => {
    if (count === 0) task()
    else process.nextTick(afterTicks, count - 1, task)
  }
  for (let ticks = 0; ticks < 20; ticks += 1) {
    const abort = new AbortController()
    const asked = ask({ signal: abort.signal })
    afterTicks(ticks, () => abort.abort(new Error('enough')))
    await expect(asked).rejects.toThrow('enough')
    await new Promise(setImmediate)
  }
})

test('no more than 64 questions are in flight at one server, and no more than 256 in all', async () => {
  const handlers = Array.from({ length: 6 }, (): DnsHandler => () => 'silence')
  const servers = await startDnsServers(handlers)
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.close()))
  })
  const wire = new Wire({ clock: loopbackClock(), random: systemRandom() })
  const open = new Map<string, number>()
  let most = 0
  let mostAtOne = 0
  for (const server of servers) {
    server.handler = () => {
      open.set(server.address, (open.get(server.address) ?? 0) + 1)
      mostAtOne = Math.max(mostAtOne, open.get(server.address) ?? 0)
      most = Math.max(
        most,
        [...open.values()].reduce((sum, n) => sum + n, 0),
      )
      return 'silence'
    }
  }
  const patience = { udpTries: [50], tcp: 50 }
  const ask = async (server: DnsServer) => {
    await wire.ask(server, question, { ...options, patience })
    open.set(server.address, (open.get(server.address) ?? 0) - 1)
  }
  await Promise.all(servers.flatMap((server) => Array.from({ length: 100 }, () => ask(server))))
  expect([mostAtOne, most]).toEqual([64, 256])
})

test('the sockets of a thousand questions are all closed, and one signal serves them', async () => {
  const { ask } = await start(() => txt('x'))
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  const before = await openSockets()
  await Promise.all(Array.from({ length: 1000 }, () => ask()))
  const after = await openSockets()
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
  expect(after).toBe(before)
})

/** Once those that are closing have closed. */
async function openSockets(): Promise<number> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate)
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('UDP')).length
}
