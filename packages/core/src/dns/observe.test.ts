import { expect, test } from 'vitest'
import { authoritative, recursive } from '../testing/dns-zone-data.ts'
import { exampleZones, NEVER, soa, startExample } from './lab.test.support.ts'
import type { Message } from './message.ts'
import { describeAnswer, serverAnswer } from './observe.ts'

const signal = NEVER

test('shows each server on its own: an answer, nothing, lame, refused, broken, silent', async () => {
  const { dns, servers, zone } = await startExample({ count: 6, extra: ['www.example.test TXT one', 'www.example.test TXT two'] })
  const [, , empty, lame, refusing, failing, silent] = servers
  const soa = servers[1]?.handler
  if (!(empty && lame && refusing && failing && silent && soa)) throw new Error('servers are missing')
  empty.handler = (question, query) => (question.type === 'TXT' ? { aa: true, rcode: 3 } : soa(question, query))
  lame.handler = recursive([zone])
  refusing.handler = () => ({ rcode: 5 })
  failing.handler = () => ({ rcode: 2 })
  silent.handler = () => 'silence'
  const { answers, ...rest } = await dns.observe('WWW.example.test.', 'TXT', { signal })
  expect(rest).toMatchObject({ name: 'www.example.test', type: 'TXT', zone: { apex: 'example.test' } })
  expect(answers.map(({ outcome, rcode, values, ttl }) => ({ outcome, rcode, values, ttl }))).toEqual([
    { outcome: 'answer', rcode: 'NOERROR', values: ['one', 'two'], ttl: 300 },
    { outcome: 'answer', rcode: 'NXDOMAIN', values: [], ttl: undefined },
    { outcome: 'lame', rcode: 'NOERROR without authority', values: ['one', 'two'], ttl: 300 },
    { outcome: 'lame', rcode: 'REFUSED', values: [], ttl: undefined },
    { outcome: 'error', rcode: 'SERVFAIL', values: [], ttl: undefined },
    { outcome: 'unreachable', rcode: 'timeout', values: [], ttl: undefined },
  ])
})

test('does not throw when every server of the zone is dead', async () => {
  const { dns, servers } = await startExample({ count: 2 })
  for (const server of servers.slice(1)) server.handler = () => 'silence'
  const { answers } = await dns.observe('www.example.test', 'TXT', { signal })
  expect(answers.map(({ outcome }) => outcome)).toEqual(['unreachable', 'unreachable'])
})

test('shows a CNAME at the name, and not the values at its target', async () => {
  const { dns } = await startExample({ extra: ['a.example.test CNAME b.example.test', 'b.example.test TXT x'] })
  const { answers } = await dns.observe('a.example.test', 'TXT', { signal })
  expect(answers).toMatchObject([{ cname: 'b.example.test', values: [] }])
})

test('says for how long caches keep that there is nothing: the lesser of the TTL of the SOA and its MINIMUM', async () => {
  const { dns, servers } = await startExample({ extra: ['www.example.test TXT x', 'a.example.test CNAME b.example.test'] })
  const ttlsOf = async (name: string, type: 'TXT' | 'A') => {
    const { answers } = await dns.observe(name, type, { signal })
    return answers.map(({ ttl, negativeTtl }) => ({ ttl, negativeTtl }))
  }
  expect(await ttlsOf('www.example.test', 'A')).toEqual([{ ttl: undefined, negativeTtl: 60 }])
  expect(await ttlsOf('gone.example.test', 'TXT')).toEqual([{ ttl: undefined, negativeTtl: 60 }])
  expect(await ttlsOf('www.example.test', 'TXT')).toEqual([{ ttl: 300, negativeTtl: undefined }])
  expect(await ttlsOf('a.example.test', 'TXT')).toEqual([{ ttl: undefined, negativeTtl: undefined }])
  const [, server] = servers
  if (server) server.handler = () => ({ aa: true, authorities: [soa('example.test', { ttl: 20, minimum: 3600 })] })
  expect(await ttlsOf('www.example.test', 'A')).toEqual([{ ttl: undefined, negativeTtl: 20 }])
  if (server) server.handler = () => ({ aa: true })
  expect(await ttlsOf('www.example.test', 'A')).toEqual([{ ttl: undefined, negativeTtl: undefined }])
})

test('a CNAME whose target fails is an answer all the same', async () => {
  const { dns, servers } = await startExample({ extra: ['lo.example.test CNAME lo.example.test'] })
  const [, server] = servers
  if (!server) throw new Error('no server was started')
  const zone = authoritative([exampleZones({ extra: ['lo.example.test CNAME lo.example.test'] }).zone])
  // As BIND answers for a loop.
  server.handler = (question, query) => {
    const reply = zone(question, query)
    const failing = question.type !== 'CNAME' && question.name.startsWith('lo.')
    return failing && !Array.isArray(reply) && typeof reply === 'object' ? { ...reply, rcode: 2 } : reply
  }
  const { answers } = await dns.observe('lo.example.test', 'TXT', { signal })
  expect(answers).toMatchObject([{ outcome: 'answer', rcode: 'SERVFAIL', cname: 'lo.example.test' }])
  await expect(dns.followCname('lo.example.test', { signal })).rejects.toMatchObject({ code: 'DNS_CNAME_LOOP' })
})

test('addresses, name servers and the SOA in presentation format', async () => {
  const { dns } = await startExample({ extra: ['www.example.test AAAA 2001:db8::1'] })
  const valuesOf = async (name: string, type: 'A' | 'AAAA' | 'NS' | 'SOA') =>
    (await dns.observe(name, type, { signal })).answers[0]?.values
  expect(await valuesOf('ns1.example.test', 'A')).toEqual(['127.0.0.3'])
  expect(await valuesOf('www.example.test', 'AAAA')).toEqual(['2001:db8::1'])
  expect(await valuesOf('example.test', 'NS')).toEqual(['ns1.example.test'])
  expect(await valuesOf('example.test', 'SOA')).toEqual(['ns.example.test hostmaster.example.test 1 3600 600 86400 60'])
})

test('describes what a server shows, safe for a terminal', () => {
  const server = { name: 'ns1.example.test', address: '192.0.2.1' }
  const question = { name: 'a.test', type: 'TXT' as const }
  const message = (o: Partial<Message>): Message => ({
    rcode: 'NOERROR',
    aa: true,
    answers: [],
    authorities: [],
    additionals: [],
    ...o,
  })
  const txt = (value: string) => ({ name: 'a.test', type: 'TXT' as const, ttl: 1, value })
  const described = (reply: Parameters<typeof serverAnswer>[2]) => describeAnswer(serverAnswer(server, question, reply))
  expect(described(message({}))).toBe('does not have it')
  expect(described(message({ answers: [txt('old')] }))).toBe('shows "old"')
  expect(described(message({ answers: [txt('old'), txt('older')] }))).toBe('shows "old" and 1 more')
  expect(described(message({ answers: [txt('\u001b[2J\u009b\u202e"')] }))).toBe('shows "\\u001b[2J\\u{9b}\\u{202e}\\""')
  expect(described(message({ answers: [txt('x'.repeat(1000))] }))).toHaveLength('shows ""'.length + 80)
  expect(described(message({ answers: [{ ...txt('b.test'), type: 'CNAME' }] }))).toBe('shows a CNAME to "b.test"')
  expect(described(message({ answers: [{ ...txt('of its target'), name: 'b.test' }] }))).toBe('does not have it')
  expect(described(message({ aa: false }))).toBe('answers without authority')
  expect(described(message({ rcode: 'REFUSED' }))).toBe('answers REFUSED')
  expect(described(message({ rcode: 'SERVFAIL' }))).toBe('SERVFAIL')
  expect(described({ failure: 'timeout', reason: 'timeout over TCP' })).toBe('unreachable (timeout over TCP)')
  expect(described({ failure: 'garbage', reason: 'not a DNS answer' })).toBe('not a DNS answer')
})
