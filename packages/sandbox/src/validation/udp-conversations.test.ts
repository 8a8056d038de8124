import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { replyTo, scriptedServer, testRuntime, txt } from './lookup.test.support.ts'
import { createStubClient } from './stub-client.ts'

const { signal } = new AbortController()

/** A server that answers only when it has so many queries, the last one first. */
async function patientServer(count: number) {
  const queries: { message: Buffer; port: number }[] = []
  const socket = createSocket('udp4')
  socket.bind({ port: 0, address: '127.0.0.1' })
  await once(socket, 'listening')
  socket.on('message', (message, { port }) => {
    queries.push({ message, port })
    if (queries.length < count) return
    for (const asked of queries.toReversed()) socket.send(replyTo(asked.message), asked.port, '127.0.0.1')
  })
  return {
    endpoint: `127.0.0.1:${socket.address().port}`,
    ports: () => new Set(queries.map(({ port }) => port)),
    ids: () => new Set(queries.map(({ message }) => message.readUInt16BE(0))),
    [Symbol.dispose]: () => void socket.close(),
  }
}

describe('queries with one server at the same time', () => {
  test('share a socket, and each gets the answer to it', async () => {
    using server = await patientServer(20)
    const lookup = createStubClient({ runtime: testRuntime(), timeoutMs: 2000 })
    const names = Array.from({ length: 20 }, (_, at) => `n${at}.test`)
    const answers = await Promise.all(names.map((name) => lookup({ server: server.endpoint, name, type: 'TXT' }, signal)))
    expect(answers).toHaveLength(20)
    expect(server.ports().size).toBe(1)
  })

  test('do not share one when they have one ID', async () => {
    using server = await patientServer(3)
    const runtime = { ...testRuntime(), random: { bytes: (length: number) => new Uint8Array(length) } }
    const lookup = createStubClient({ runtime, timeoutMs: 2000 })
    const names = ['a.test', 'b.test', 'c.test']
    await Promise.all(names.map((name) => lookup({ server: server.endpoint, name, type: 'TXT' }, signal)))
    expect(server.ids().size).toBe(1)
    expect(server.ports().size).toBe(3)
  })

  test('all fail when nobody listens', async () => {
    const server = await scriptedServer({})
    await server[Symbol.asyncDispose]()
    const lookup = createStubClient({ runtime: testRuntime(), timeoutMs: 2000 })
    const names = Array.from({ length: 10 }, (_, at) => `n${at}.test`)
    const results = await Promise.allSettled(names.map((name) => lookup({ server: server.endpoint, name, type: 'CAA' }, signal)))
    for (const [at, result] of results.entries())
      expect(result).toMatchObject({
        reason: { message: expect.stringMatching(`^No way to ask .* looking up CAA for n${at}\\.test`) },
      })
  })

  test('of which one is given up: the others go on', async () => {
    const controller = new AbortController()
    await using server = await scriptedServer({
      udp(query) {
        if (query.includes('silent')) controller.abort(new Error('enough'))
        return query.includes('silent') ? [] : [replyTo(query, { answers: [txt('other.test', 'x')] })]
      },
    })
    // Letters as they are, so that the server can tell the names apart.
    const runtime = { ...testRuntime(), random: { bytes: (length: number) => new Uint8Array(length) } }
    const lookup = createStubClient({ runtime, timeoutMs: 2000 })
    const [given, other] = await Promise.allSettled([
      lookup({ server: server.endpoint, name: 'silent.test', type: 'TXT' }, controller.signal),
      lookup({ server: server.endpoint, name: 'other.test', type: 'TXT' }, signal),
    ])
    expect(given).toMatchObject({ reason: { message: 'enough' } })
    expect(other.status).toBe('fulfilled')
  })
})

test('no socket stays open, whichever way a query ends', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('UDP')).length
  const before = sockets()
  const lookup = createStubClient({ runtime: testRuntime(), timeoutMs: 2000 })
  {
    await using server = await scriptedServer({ udp: (query) => [replyTo(query)] })
    const ask = (endpoint: string) => lookup({ server: endpoint, name: 'a.test', type: 'TXT' }, signal)
    await Promise.allSettled([ask(server.endpoint), ask('127.0.0.1:99999'), ask('[::1]:1')])
  }
  await new Promise((resolve) => setImmediate(resolve))
  expect(sockets()).toBe(before)
})
