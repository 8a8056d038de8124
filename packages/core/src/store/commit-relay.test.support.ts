import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Stands between processes and a PostgreSQL server, and can cut them off. */
export interface CommitRelay extends AsyncDisposable {
  readonly port: number
  /** The next commit is cut off: before it is passed on, or once the server has answered, which nobody hears. */
  cutNextCommit(when: 'before' | 'after'): void
  /** The next commit is never passed on, and its connection ends once this is done. */
  crashAtNextCommit(crash: () => Promise<void>): void
  /** How many commits were cut off. */
  readonly cuts: number
  /** From now on nothing passes any more, in either direction, and nobody is told. */
  fallSilent(): void
  /** Those who were cut off learn of it; new connections pass. */
  speakAgain(): void
}

/** What `pg` sends for `commit`: a simple query (protocol 3, message `Q`), its length, its text and a zero octet. */
const COMMIT = Buffer.from([0x51, 0, 0, 0, 11, ...Buffer.from('commit'), 0])

/** Passes all on to this port of 127.0.0.1. */
export async function startCommitRelay(serverPort: number): Promise<CommitRelay> {
  const waiting: ('before' | 'after' | (() => Promise<void>))[] = []
  const pairs = new Set<readonly [Socket, Socket]>()
  let cuts = 0
  let isSilent = false

  const listener = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1')
    const pair = [client, server] as const
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    let isDeaf = false
    let isCrashing = false
    for (const side of pair) {
      side.on('error', () => undefined)
      // In the silence also an end is not heard of.
      side.on('close', () => isSilent || isCrashing || end())
    }
    client.on('data', (data: Buffer) => {
      if (isSilent) return
      if (data.equals(COMMIT)) {
        const when = waiting.shift()
        if (when) cuts += 1
        if (when === 'before') return end()
        if (typeof when === 'function') {
          isCrashing = true
          return void when().finally(end)
        }
        isDeaf = when === 'after'
      }
      server.write(data)
    })
    server.on('data', (data) => {
      if (isSilent) return
      if (isDeaf) return end()
      client.write(data)
    })
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')

  const endAll = () => {
    for (const sides of pairs) for (const side of sides) side.destroy()
    pairs.clear()
  }
  return {
    port: address.port,
    cutNextCommit: (when) => waiting.push(when),
    crashAtNextCommit: (crash) => waiting.push(crash),
    get cuts() {
      return cuts
    },
    fallSilent() {
      isSilent = true
    },
    speakAgain() {
      isSilent = false
      endAll()
    },
    async [Symbol.asyncDispose]() {
      endAll()
      listener.close()
      await once(listener, 'close')
    },
  }
}
