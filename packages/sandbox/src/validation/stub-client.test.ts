import { setImmediate } from 'node:timers/promises'
import { type Answer, decode, TRUNCATED_RESPONSE } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import {
  prefixed,
  RCODE,
  replyTo,
  type Script,
  type ScriptedServer,
  scriptedServer,
  type TestRuntime,
  testRuntime,
  turns,
  txt,
} from './lookup.test.support.ts'
import type { LookupAnswer } from './lookup-message.ts'
import { createStubClient } from './stub-client.ts'

const CUT_OFF = 'A connection that ended before the answer'
const ANOTHER_ID = 'An answer with another ID'
const NAME = '_acme-challenge.some.example.test'

async function ask(
  script: Script | ((runtime: TestRuntime) => Script),
  signal = new AbortController().signal,
): Promise<{ answer: LookupAnswer; server: ScriptedServer }> {
  const runtime = testRuntime()
  await using server = await scriptedServer(typeof script === 'function' ? script(runtime) : script)
  const lookup = createStubClient({ runtime, timeoutMs: 2000 })
  const answer = await lookup({ server: server.endpoint, name: NAME, type: 'TXT' }, signal)
  expect(runtime.sleeping).toBe(0)
  return { answer, server }
}

/** A message of 65,535 octets at most that no datagram takes. */
const MANY: Answer[] = Array.from({ length: 40 }, (_, at) => txt(NAME, `value ${at} `.repeat(10)))

function textsOf({ records }: LookupAnswer): string[] {
  return records.map((record) => (record.type === 'TXT' ? String(record.data) : record.type))
}

const cut: Script['udp'] = (query) => [replyTo(query, { flags: TRUNCATED_RESPONSE })]

describe('what is sent', () => {
  test('is one question in mixed case with EDNS, no recursion asked for', async () => {
    const { server } = await ask({ udp: (query) => [replyTo(query)] })
    const [{ message } = { message: Buffer.alloc(0) }] = server.queries
    const { questions = [], flag_rd, additionals = [] } = decode(message)
    expect(server.queries).toHaveLength(1)
    expect(flag_rd).toBe(false)
    expect(additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0 }])
    expect(questions).toMatchObject([{ type: 'TXT', class: 'IN' }])
    expect(questions[0]?.name.toLowerCase()).toBe(NAME)
    expect(questions[0]?.name).toMatch(/[A-Z]/)
    expect(questions[0]?.name).toMatch(/[a-z]/)
  })

  test('has another ID and another case for each question', async () => {
    const runtime = testRuntime()
    await using server = await scriptedServer({ udp: (query) => [replyTo(query)] })
    const lookup = createStubClient({ runtime, timeoutMs: 2000 })
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 50 }, () => lookup({ server: server.endpoint, name: NAME, type: 'TXT' }, signal)))
    const sent = server.queries.map(({ message }) => decode(message))
    expect(new Set(sent.map(({ id }) => id)).size).toBeGreaterThan(45)
    expect(new Set(sent.map(({ questions }) => questions?.[0]?.name)).size).toBe(50)
  })
})

describe('an answer by UDP', () => {
  test('is given with its RCODE and records', async () => {
    const { answer } = await ask({ udp: (query) => [replyTo(query, { answers: [txt(NAME.toUpperCase(), 'a', 'b')] })] })
    expect(answer.rcode).toBe('NOERROR')
    expect(answer.records).toMatchObject([{ name: NAME, type: 'TXT', data: [Buffer.from('a'), Buffer.from('b')] }])
  })

  test('may say that the name is not there', async () => {
    const { answer } = await ask({ udp: (query) => [replyTo(query, { rcode: RCODE.NXDOMAIN })] })
    expect(answer).toEqual({ rcode: 'NXDOMAIN', records: [] })
  })

  test('is found among others with other IDs, and pieces of messages', async () => {
    const { answer } = await ask({
      udp(query) {
        const other = replyTo(query, { answers: [txt(NAME, 'forged')] })
        other.writeUInt16BE(other.readUInt16BE(0) ^ 1, 0)
        return [other, Buffer.alloc(0), query.subarray(0, 11), replyTo(query, { answers: [txt(NAME, 'good')] })]
      },
    })
    expect(textsOf(answer)).toEqual(['good'])
  })

  test('comes to the repeat when the first is lost', async () => {
    let asked = 0
    const { answer, server } = await ask((runtime) => ({
      udp(query) {
        asked += 1
        if (asked > 1) return [replyTo(query, { answers: [txt(NAME, 'second')] })]
        runtime.expire()
        return []
      },
    }))
    expect(textsOf(answer)).toEqual(['second'])
    expect(server.queries[0]?.message).toEqual(server.queries[1]?.message)
  })
})

describe('TCP', () => {
  test('is used when the datagram is cut, whatever else is in that', async () => {
    const { answer, server } = await ask({
      udp: (query) => [replyTo(query, { answers: MANY, flags: TRUNCATED_RESPONSE }).subarray(0, 517)],
      tcp: (query, socket) => void socket.write(prefixed(replyTo(query, { answers: MANY }))),
    })
    expect(answer.records).toHaveLength(40)
    expect(server.queries.map(({ by }) => by)).toEqual(['udp', 'tcp'])
  })

  test('may bring the answer octet by octet, and more behind it', async () => {
    const { answer } = await ask({
      udp: cut,
      async tcp(query, socket) {
        socket.setNoDelay(true)
        for (const octet of prefixed(replyTo(query, { answers: [txt(NAME, 'slow')] }))) {
          socket.write(Buffer.of(octet))
          await setImmediate()
        }
        socket.write('more')
      },
    })
    expect(textsOf(answer)).toEqual(['slow'])
  })

  test.each<[string, Script['tcp'], string]>([
    ['closes without an answer', (_, socket) => void socket.end(), CUT_OFF],
    ['closes within the answer', (query, socket) => void socket.end(prefixed(replyTo(query)).subarray(0, 20)), CUT_OFF],
    ['closes within the length', (_, socket) => void socket.end(Buffer.of(0)), CUT_OFF],
    ['resets', (_, socket) => void socket.resetAndDestroy(), 'No way to ask over TCP (ECONNRESET)'],
    ['brings an empty message', (_, socket) => void socket.write(prefixed(Buffer.alloc(0))), ANOTHER_ID],
    ['brings a header cut short', (query, socket) => void socket.write(prefixed(query.subarray(0, 3))), ANOTHER_ID],
    [
      'brings another ID',
      (query, socket) => {
        const reply = replyTo(query)
        reply.writeUInt16BE(reply.readUInt16BE(0) ^ 1, 0)
        socket.write(prefixed(reply))
      },
      ANOTHER_ID,
    ],
    [
      'is cut too',
      (query, socket) => void socket.write(prefixed(replyTo(query, { flags: TRUNCATED_RESPONSE }))),
      'An answer that is cut even over TCP',
    ],
  ])('that %s fails', async (_, tcp, seen) => {
    await expect(ask({ udp: cut, ...(tcp && { tcp }) })).rejects.toThrow(seen)
  })

  test.each<[string, (query: Buffer) => Buffer]>([
    ['nothing', () => Buffer.alloc(0)],
    ['half an answer', (query) => prefixed(replyTo(query)).subarray(0, 20)],
  ])('that brings %s times out', async (_, answer) => {
    const asking = ask((runtime) => ({
      udp: cut,
      tcp(query, socket) {
        socket.write(answer(query), () => runtime.expire())
      },
    }))
    await expect(asking).rejects.toThrow('No answer over TCP within 2000 ms')
  })
})

describe('no answer', () => {
  test('within the time, twice', async () => {
    const asking = ask((runtime) => ({
      udp() {
        runtime.expire()
        return []
      },
    }))
    await expect(asking).rejects.toThrow(
      /^No answer within 2000 ms, asked 2 times, looking up TXT for _acme-challenge\.some\.example\.test at 127\.0\.0\.1:\d+$/,
    )
  })

  test('but ones with other IDs', async () => {
    const asking = ask((runtime) => ({
      udp(query) {
        // The time is up when the datagram was there to be passed over.
        void turns(20).then(() => runtime.expire())
        const reply = replyTo(query)
        reply.writeUInt16BE(reply.readUInt16BE(0) ^ 1, 0)
        return [reply]
      },
    }))
    await expect(asking).rejects.toThrow('Only answers with other IDs')
  })

  test('since nobody listens', async () => {
    const server = await scriptedServer({})
    await server[Symbol.asyncDispose]()
    const lookup = createStubClient({ runtime: testRuntime(), timeoutMs: 2000 })
    const asking = lookup({ server: server.endpoint, name: NAME, type: 'CAA' }, new AbortController().signal)
    await expect(asking).rejects.toThrow('No way to ask (ECONNREFUSED)')
  })

  test.each(['127.0.0.1', '127.0.0.1:', '127.0.0.1:99999', '[::1', ''])('since %j is no server', async (server) => {
    const lookup = createStubClient({ runtime: testRuntime(), timeoutMs: 2000 })
    await expect(lookup({ server, name: NAME, type: 'CAA' }, new AbortController().signal)).rejects.toThrow()
  })
})

describe('an abort', () => {
  test('before it begins sends nothing', async () => {
    const reason = new Error('enough')
    await expect(ask({}, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test('ends waiting for a datagram', async () => {
    const { signal, ...controller } = aborter()
    const asking = ask({ udp: () => controller.abort() }, signal)
    await expect(asking).rejects.toThrow('enough')
  })

  test('ends waiting on a connection', async () => {
    const { signal, ...controller } = aborter()
    const asking = ask({ udp: cut, tcp: () => void controller.abort() }, signal)
    await expect(asking).rejects.toThrow('enough')
  })
})

function aborter(): { signal: AbortSignal; abort(): [] } {
  const controller = new AbortController()
  return {
    signal: controller.signal,
    abort() {
      controller.abort(new Error('enough'))
      return []
    },
  }
}
