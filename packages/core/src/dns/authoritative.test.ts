import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { type DnsHandler, startDnsServer } from '../testing/dns-server.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { Authoritative } from './authoritative.ts'
import { NEVER } from './lab.test.support.ts'
import type { Question } from './message.ts'
import { Wire } from './wire.ts'

async function start(handler: DnsHandler) {
  const server = await startDnsServer(handler)
  onTestFinished(() => server.close())
  const clock = loopbackClock()
  const authoritative = new Authoritative({ wire: new Wire({ clock, random: systemRandom() }), clock, port: server.port })
  const ask = async (name: string, type: Question['type'] = 'TXT', address = server.address) =>
    await authoritative.ask({ name: 'ns.test', address }, { name, type }, NEVER)
  const asked = (name: string) => server.log.filter((one) => one.name === name).length
  return { server, clock, ask, asked }
}

const TIMEOUT = { failure: 'timeout', reason: 'timeout' }
const isEvil = ({ name }: { name: string }) => name.endsWith('evil.test')

test('a server that is silent about one zone is asked about others, also while it is found out', async () => {
  const { ask, asked } = await start((question) => (isEvil(question) ? 'silence' : { aa: true }))
  const [evil, good] = await Promise.all([ask('evil.test'), ask('good.test')])
  expect(evil).toEqual(TIMEOUT)
  expect(good).toMatchObject({ rcode: 'NOERROR' })
  expect(asked('good.test')).toBe(1)
})

test('a server that is silent about one type is asked for others', async () => {
  const { ask } = await start(({ type }) => (type === 'CAA' ? 'silence' : { aa: true }))
  const [caa, txt, soa] = await Promise.all([ask('good.test', 'CAA'), ask('good.test'), ask('good.test', 'SOA')])
  expect(caa).toEqual(TIMEOUT)
  expect([txt, soa]).toMatchObject([{ rcode: 'NOERROR' }, { rcode: 'NOERROR' }])
})

test('who asks a dead server for the same of one zone takes the word of the first, others ask briefly', async () => {
  const { ask, server, clock } = await start(() => 'silence')
  const before = clock.now().getTime()
  const names = Array.from({ length: 20 }, (_, i) => `n${i}.one.test`)
  const all = await Promise.all([...names, 'a.other.test', 'b.other.test'].map(async (name) => await ask(name)))
  expect(all).toEqual(all.map(() => TIMEOUT))
  expect(server.log.map(({ name }) => name)).toEqual(['n0.one.test', 'n0.one.test', 'a.other.test'])
  expect(clock.now().getTime() - before).toBe(4750)
})

test('a reply in the last minute outweighs what is not answered since: patience stays', async () => {
  let losses = 0
  const { ask, clock } = await start((question) => (isEvil(question) || losses-- > 0 ? 'silence' : { aa: true }))
  expect(await ask('good.test')).toMatchObject({ rcode: 'NOERROR' })
  expect(await ask('evil.test')).toEqual(TIMEOUT)
  losses = 1
  // The first try is lost, and only who is patient has a second one.
  expect(await ask('good.test')).toMatchObject({ rcode: 'NOERROR' })
  await clock.sleep(60_000)
  expect(await ask('evil.test')).toEqual(TIMEOUT)
  losses = 1
  expect(await ask('good.test')).toEqual(TIMEOUT)
})

test('what fails over TCP was answered over UDP, so the server is there', async () => {
  let losses = 0
  const { ask } = await start((question) => {
    if (isEvil(question)) return question.transport === 'udp' ? { tc: true } : 'silence'
    return losses-- > 0 ? 'silence' : { aa: true }
  })
  expect(await ask('evil.test')).toEqual({ failure: 'timeout', reason: 'timeout over TCP' })
  losses = 1
  expect(await ask('good.test')).toMatchObject({ rcode: 'NOERROR' })
})

test('addresses that were never heard of leave half of the places to the others', async () => {
  const { ask, server, clock } = await start(() => ({ aa: true }))
  await ask('good.test')
  const before = clock.now().getTime()
  let heardAtOnce = 0
  const addresses = Array.from({ length: 140 }, (_, i) => `127.0.1.${i + 1}`)
  for (const address of addresses) {
    const dead = createSocket('udp4').bind(server.port, address)
    await once(dead, 'listening')
    onTestFinished(() => void dead.close())
    dead.on('message', () => {
      if (clock.now().getTime() === before) heardAtOnce += 1
    })
  }
  const all = Promise.all(addresses.map(async (address) => await ask('evil.test', 'TXT', address)))
  expect(await ask('good.test')).toMatchObject({ rcode: 'NOERROR' })
  expect(clock.now().getTime()).toBe(before)
  await all
  expect(heardAtOnce).toBe(128)
})
