import { decode } from 'dns-packet'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { encodeReply } from '../testing/dns-server.ts'
import {
  broken,
  dnsMessage,
  endless,
  type HttpQuestion,
  knowing,
  question,
  replyTo,
  respond,
  startResolver as start,
  trustResolverRoot,
} from './doh.test.support.ts'
import { HttpsResolver } from './doh.ts'
import { NEVER } from './lab.test.support.ts'
import type { Question } from './message.ts'

const good = ({ answer }: HttpQuestion) => answer(knowing)
const garbage = { failure: 'garbage', reason: 'not a DNS answer over HTTPS' }
const NOTHING = () => undefined

beforeAll(trustResolverRoot)

test('asks by POST in wire format with the id 0, and reads the answer', async () => {
  const { server, clock, resolver, ask } = await start()
  expect(await ask()).toMatchObject({
    rcode: 'NOERROR',
    answers: [{ name: 'example.test', type: 'TXT', value: 'hello', ttl: 300 }],
  })
  await resolver.ask({ name: 'a.example.test', type: 'A' }, NEVER, { checkingDisabled: true })
  const [first, second] = server.questions
  expect(first?.headers).toMatchObject({
    ':method': 'POST',
    ':path': '/dns-query',
    accept: 'application/dns-message',
    'content-type': 'application/dns-message',
    'content-length': String(first?.body.length),
  })
  expect(decode(first?.body ?? Buffer.alloc(0))).toMatchObject({ id: 0, flag_rd: true, flag_cd: false })
  expect(decode(second?.body ?? Buffer.alloc(0))).toMatchObject({ id: 0, flag_rd: true, flag_cd: true })
  expect(clock.sleeping).toEqual([])
})

test('keeps the path and the query of its URL', async () => {
  const { server, clock } = await start()
  await new HttpsResolver(new URL('/p/abc?key=1', server.url), clock).ask(question, NEVER)
  expect(server.questions[0]?.headers[':path']).toBe('/p/abc?key=1')
})

test('questions at the same time share one connection, whichever is answered first', async () => {
  const { server, clock, resolver } = await start(() => {
    if (server.questions.length < 30) return
    for (const one of server.questions.toReversed()) one.answer(knowing)
  })
  const names = Array.from({ length: 30 }, (_, i) => `n${i}.example.test`)
  const replies = await Promise.all(names.map((name) => resolver.ask({ name, type: 'TXT' }, NEVER)))
  expect(replies.map((reply) => 'rcode' in reply && reply.rcode)).toEqual(names.map(() => 'NXDOMAIN'))
  expect(server.sessions).toHaveLength(1)
  expect(clock.sleeping).toEqual([])
})

test('at most 32 questions are under way; the others wait their turn', async () => {
  const { server, resolver } = await start(NOTHING)
  const asked = Array.from({ length: 50 }, () => resolver.ask(question, NEVER))
  await server.asked(32)
  expect(server.questions).toHaveLength(32)
  server.react = good
  for (const one of server.questions) one.answer(knowing)
  expect(await Promise.all(asked)).toHaveLength(50)
  expect(server.sessions).toHaveLength(1)
})

const refusals: [string, (question: HttpQuestion) => void, object][] = [
  ['a status 500', ({ stream }) => stream.respond({ ':status': 500 }, { endStream: true }), broken('HTTP status 500')],
  [
    'a redirection',
    ({ stream }) => stream.respond({ ':status': 302, location: 'https://127.0.0.1/' }, { endStream: true }),
    broken('HTTP status 302'),
  ],
  ['a page', respond({ 'content-type': 'text/html' }, 'hi'), broken('its answer is "text/html", not application/dns-message')],
  ['no type', respond({ 'content-type': '' }, 'hi'), broken('its answer is of no type, not application/dns-message')],
  [
    'a type that would move the cursor',
    respond({ 'content-type': `x\u009b2J${'y'.repeat(200)}` }, ''),
    { failure: 'broken', reason: expect.stringMatching(/^its answer is "x\\u\{9b\}2Jy{30,75}…", not/) },
  ],
  ['70 KB', respond({}, Buffer.alloc(70_000)), broken('its answer is longer than 65535 bytes')],
  ['an endless answer', endless, broken('its answer is longer than 65535 bytes')],
  [
    'a head of 1 MB',
    respond(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x-${i}`, 'y'.repeat(1000)])), ''),
    { failure: expect.stringMatching(/broken|garbage/) },
  ],
  ['a body of nothing', respond({}, ''), garbage],
  ['a wrong id', ({ answer }) => answer((_, query) => encodeReply({ id: 7 }, query)), garbage],
  ['another question', ({ answer }) => answer(() => ({ question: { name: 'other.test', type: 'TXT' } })), garbage],
  ['a cut answer', ({ answer }) => answer(() => ({ tc: true })), garbage],
  ['half a message', (asked) => respond({}, replyTo(asked.body, knowing).subarray(0, 40))(asked), garbage],
  [
    'less than it announced',
    (asked) => respond({ 'content-length': 500 }, replyTo(asked.body, knowing))(asked),
    { failure: 'broken', reason: expect.stringMatching(/^(its answer broke off|connection closed)/) },
  ],
  ['a stream that is reset', ({ stream }) => stream.close(2), broken('its answer broke off (HTTP/2 error 2)')],
  [
    'a stream that is reset in the middle',
    ({ stream, body }) => {
      stream.respond(dnsMessage)
      stream.write(replyTo(body, knowing), () => stream.destroy(new Error('enough')))
    },
    broken('its answer broke off (HTTP/2 error 2)'),
  ],
]

test.each(refusals)('%s is no answer, and the next question is answered', async (_, react, failure) => {
  const { server, clock, ask } = await start(react)
  expect(await ask()).toMatchObject(failure)
  server.react = good
  expect(await ask()).toMatchObject({ rcode: 'NOERROR' })
  expect(clock.sleeping).toEqual([])
})

test('any bytes whatever give a message or a reason', async () => {
  const { server, resolver } = await start()
  const reply = replyTo(await bodyOf(question), knowing)
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    // A true reply with some of its bytes changed.
    fc.array(fc.tuple(fc.nat(reply.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
      const spoiled = Buffer.from(reply)
      for (const [at, byte] of changes) spoiled[at] = byte
      return spoiled
    }),
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (body) => {
      server.react = respond({}, Buffer.from(body))
      const outcome = await resolver.ask(question, NEVER)
      expect('failure' in outcome ? outcome.reason : outcome.rcode).not.toBe('')
    }),
    { numRuns: 200 },
  )
  expect(server.sessions).toHaveLength(1)

  async function bodyOf(asked: Question) {
    await resolver.ask(asked, NEVER)
    return server.questions[0]?.body ?? Buffer.alloc(0)
  }
})

test('the time that an answer lay in a cache on the way is taken off', async () => {
  const { server, ask } = await start(({ answer }) => answer(knowing, { age: 100 }))
  expect(await ask()).toMatchObject({ answers: [{ ttl: 200 }] })
  server.react = ({ answer }) => answer(knowing, { age: 9_999_999_999 })
  expect(await ask()).toMatchObject({ answers: [{ ttl: 0 }] })
  server.react = ({ answer }) => answer(knowing, { age: 'soon' })
  expect(await ask()).toMatchObject({ answers: [{ ttl: 300 }] })
})

test('who never answers is waited for as long as over TCP, and asked over a new connection then', async () => {
  const { server, clock, ask } = await start(NOTHING)
  // The first one sees the connection being made, which is a sign of life; the second one sees nothing.
  for (const count of [1, 2]) {
    const asked = ask()
    await server.asked(count)
    expect(clock.sleeping).toEqual([4000])
    clock.wakeAll()
    expect(await asked).toEqual({ failure: 'timeout', reason: 'timeout over HTTPS' })
  }
  server.react = good
  expect(await ask()).toMatchObject({ rcode: 'NOERROR' })
  expect(server.sessions).toHaveLength(2)
})

test('half an answer is waited for no longer', async () => {
  const { server, clock, ask } = await start(({ stream, body }) => {
    stream.respond(dnsMessage)
    stream.write(replyTo(body, knowing).subarray(0, 20))
  })
  const asked = ask()
  await server.asked(1)
  clock.wakeAll()
  expect(await asked).toMatchObject({ failure: 'timeout' })
})

test('one name that takes too long costs the others nothing', async () => {
  const { server, clock, resolver, ask } = await start(NOTHING)
  const slow = ask()
  await server.asked(1)
  server.react = good
  await resolver.ask({ name: 'a.example.test', type: 'A' }, NEVER)
  clock.wakeAll()
  expect(await slow).toMatchObject({ failure: 'timeout' })
  await ask()
  expect(server.sessions).toHaveLength(1)
})
