import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { decode, encode } from 'dns-packet'
import { expect, onTestFinished, test } from 'vitest'
import { type DnsHandler, startDnsServers } from './dns-server.ts'
import { authoritative, recursive, zoneData } from './dns-zone-data.ts'

async function start(handlers: DnsHandler[]) {
  const servers = await startDnsServers(handlers)
  onTestFinished(async () => {
    await Promise.all(servers.map((server) => server.close()))
  })
  return servers
}

async function ask(server: { address: string; port: number }, name: string, type: 'TXT' | 'NS' | 'SOA') {
  const socket = createSocket('udp4')
  socket.send(encode({ type: 'query', id: 7, questions: [{ name, type }] }), server.port, server.address)
  const [bytes] = await once(socket, 'message')
  socket.close()
  return decode(bytes)
}

test('servers share one port on addresses of their own, and log what they are asked', async () => {
  const servers = await start([() => ({ rcode: 3 }), () => ({ rcode: 5 })])
  expect(servers.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.2'])
  expect(new Set(servers.map(({ port }) => port)).size).toBe(1)
  const [first, second] = servers
  if (!(first && second)) throw new Error('servers are missing')
  expect([(await ask(first, 'a.test', 'TXT')).flags, (await ask(second, 'b.test', 'TXT')).flags]).toEqual([3, 5])
  expect(first.log).toEqual([{ name: 'a.test', type: 'TXT', recursionDesired: false, transport: 'udp', edns: false }])
})

test('repeats the question in its case, and cuts what does not fit without EDNS', async () => {
  const [server] = await start([({ name }) => ({ answers: [{ type: 'TXT', name, data: Array(6).fill('x'.repeat(100)) }] })])
  if (!server) throw new Error('no server')
  const reply = await ask(server, 'MiXed.test', 'TXT')
  expect(reply).toMatchObject({ flag_tc: true, answers: [], questions: [{ name: 'MiXed.test' }] })
})

test('zone data are served with referrals, NXDOMAIN and empty answers; a resolver answers without authority', async () => {
  const zone = zoneData('example.test', [
    'a.b.example.test TXT one two',
    'sub.example.test NS ns.sub.example.test',
    'ns.sub.example.test A 127.0.0.9',
  ])
  const [server, resolver] = await start([authoritative([zone]), recursive([zone])])
  if (!(server && resolver)) throw new Error('servers are missing')
  const answer = await ask(server, 'A.b.example.test', 'TXT')
  expect(answer).toMatchObject({ flag_aa: true, answers: [{ data: [Buffer.from('one two')] }] })
  expect(await ask(resolver, 'a.b.example.test', 'TXT')).toMatchObject({ flag_aa: false, answers: [{ type: 'TXT' }] })
  expect(await ask(server, 'b.example.test', 'TXT')).toMatchObject({ flags: 1024, answers: [], authorities: [{ type: 'SOA' }] })
  expect(await ask(server, 'c.example.test', 'TXT')).toMatchObject({ flags: 1024 + 3 })
  expect(await ask(server, 'x.sub.example.test', 'SOA')).toMatchObject({
    flag_aa: false,
    answers: [],
    authorities: [{ type: 'NS', name: 'sub.example.test' }],
    additionals: [{ type: 'A', data: '127.0.0.9' }],
  })
  expect(await ask(server, 'other.test', 'NS')).toMatchObject({ flags: 5 })
})
