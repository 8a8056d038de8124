import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { asked, byTcp, framed, heard, started } from './client.test.support.ts'
import { IDLE_MS } from './tcp-connection.ts'
import { MOST_CONNECTIONS } from './tcp-listener.ts'

async function connected(server: string): Promise<Socket> {
  const [host = '', port] = server.split(':')
  const socket = connect({ host, port: Number(port) })
  socket.on('error', () => {})
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

const soa = asked('example.test', 'SOA')

/** So many that transfers of their zone fill every buffer on the way. */
const records = Array.from({ length: 200 }, (_, index) => {
  return { name: `h${index}.example.test`, type: 'TXT', value: 'x'.repeat(1000) } as const
})
const transfers = Array.from({ length: 100 }, () => framed(asked('example.test', 'AXFR')))

describe('a connection', () => {
  it('takes several queries, answered in order', async () => {
    const { servers } = await started()
    const queries = [1, 2, 3].map((id) => framed(asked('example.test', 'SOA', { id })))
    const answers = await byTcp(servers[0], ...queries)
    expect(answers.map((answer) => heard(answer).id)).toEqual([1, 2, 3])
  })

  it('takes a query in single octets', async () => {
    const { servers } = await started()
    const socket = await connected(servers[0])
    socket.setNoDelay(true)
    for (const octet of framed(soa)) {
      socket.write(Buffer.of(octet))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const [answer] = await once(socket, 'data')
    expect(heard(answer.subarray(2)).rcode).toBe('NOERROR')
  })

  it('goes on after a message of no octets, and after garbage', async () => {
    const { servers } = await started()
    const answers = await byTcp(
      servers[0],
      Buffer.of(0, 0),
      framed(Buffer.from('garbage!')),
      framed(Buffer.alloc(20)),
      framed(soa),
    )
    expect(answers.map((answer) => heard(answer).rcode)).toEqual(['FORMERR', 'NOERROR'])
  })

  it('ends for a client that is gone in the middle of a message', async () => {
    const { servers } = await started()
    expect(await byTcp(servers[0], framed(soa).subarray(0, 9))).toEqual([])
  })

  it('waits for a client that is slower, and leaves nothing out', async () => {
    const { servers } = await started({ records })
    const messages = await byTcp(servers[0], ...transfers)
    const sent = messages.reduce((sum, message) => sum + message.readUInt16BE(6), 0)
    expect(sent).toBe(100 * 204)
  })
})

describe('a connection that brings nothing', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it.each([
    ['silence', Buffer.alloc(0)],
    ['half a length', Buffer.of(0)],
    ['half a message', framed(soa).subarray(0, 9)],
    ['answers that nobody takes', Buffer.concat(transfers)],
  ])('ends after a while: %s', async (_, octets) => {
    const { servers } = await started({ records })
    const socket = await connected(servers[0])
    socket.write(octets)
    const closed = once(socket, 'close')
    // The server sees the octets in turns of the loop that no clock counts.
    const answer = await byTcp(servers[0], framed(soa))
    expect(answer).toHaveLength(1)
    vi.advanceTimersByTime(IDLE_MS)
    socket.resume()
    await closed
  })

  it('makes room for another one when there are too many', async () => {
    const { servers } = await started()
    const sockets = await Promise.all(Array.from({ length: MOST_CONNECTIONS }, () => connected(servers[0])))
    const question = async (socket: Socket) => {
      socket.write(framed(soa))
      const [answer] = await once(socket, 'data')
      expect(heard(answer.subarray(2)).rcode).toBe('NOERROR')
    }
    const [first, second, third, ...others] = sockets
    if (!first || !second || !third) throw new Error('there are as many as were opened')
    // All of them ask now and then, so that no deadline ends them; the first was the last to ask.
    for (const socket of [second, third, ...others, first]) await question(socket)
    const closed = once(second, 'close')
    const late = await connected(servers[0])
    await Promise.all([question(late), closed])
    for (const socket of [...others, first, third, late]) await question(socket)

    // By now the first of the others was idle for longest.
    const [next] = others
    const another = await connected(servers[0])
    await Promise.all([question(another), next && once(next, 'close')])
    expect([first, third, late].some((socket) => socket.destroyed)).toBe(false)
  })
})
