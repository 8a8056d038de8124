import { connect, type Socket } from 'node:net'
import { type Clock, DomainctlError } from '@domainctl/core'
import { uint16 } from './message.ts'

export interface ServerAddress {
  host: string
  port: number
}

/** Messages to one name server and back, in order of need and not of sending: RFC 7766 §6.2.1.1 (pipelining). */
export interface Transport {
  /** True when no message on the way has this id. */
  isFree(id: number): boolean
  /**
   * The answer that has the id of `message`. An answer that got lost with its connection is asked for once more.
   *
   * @throws `PROVIDER_UNREACHABLE`, or the signal's reason.
   */
  exchange(message: Uint8Array, signal: AbortSignal): Promise<Buffer>
  /** Ends the connection; what is still on the way is rejected. */
  close(): void
}

interface Waiting {
  resolve(answer: Buffer): void
  reject(error: unknown): void
}

/** An idle connection is not trusted for longer: servers and firewalls drop it silently (RFC 7766 §6.2.3). */
const IDLE_MS = 5_000

/**
 * A transport over TCP, where neither a signature nor a big batch has to fit into a datagram. One connection carries
 * all messages that are on the way at the same time, which spares a busy server the connections; it is opened when
 * needed and does not keep the process alive while nothing is on the way.
 */
export function tcpTransport(server: ServerAddress, timeoutMs: number, clock: Clock): Transport {
  const label = formatServer(server)
  let current: Connection | undefined
  const open = new Set<Connection>()
  let closed = false

  function connection(): Connection {
    if (current?.usable(clock.now())) return current
    current?.retire()
    const opened = new Connection(server, () => open.delete(opened))
    open.add(opened)
    current = opened
    return opened
  }

  async function send(message: Uint8Array, signal: AbortSignal): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      const used = connection()
      try {
        return await used.exchange(message, signal, clock)
      } catch (error) {
        if (signal.aborted) throw signal.reason
        if (!(error instanceof ConnectionLost)) throw unreachable(label, reasonOf(error), error)
        if (closed || attempt === 2) throw unreachable(label, error.message, error.cause)
      }
    }
  }

  return {
    isFree: (id) => [...open].every((connection) => !connection.isAwaiting(id)),
    async exchange(message, signal) {
      signal.throwIfAborted()
      const done = new AbortController()
      const patience = AbortSignal.any([signal, done.signal])
      const giveUp = (): void => {
        current?.retire()
        done.abort(unreachable(label, `no answer within ${timeoutMs / 1000} s`))
      }
      // The sleep rejects when the answer was first, which is no failure.
      clock.sleep(timeoutMs, patience).then(giveUp, () => undefined)
      try {
        return await send(message, patience)
      } finally {
        done.abort()
      }
    },
    close() {
      closed = true
      for (const connection of open) connection.destroy(new Error('the provider was closed'))
    },
  }
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatServer({ host, port }: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** The connection stood and ended before the answer came: the message may have had its effect or not. */
class ConnectionLost extends Error {}

class Connection {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  /** Ids whose caller has gone; a late answer must not meet a new message of the same id. */
  readonly #abandoned = new Set<number>()
  #received = Buffer.alloc(0)
  #established = false
  #retired = false
  #idleSince: Date | undefined

  constructor({ host, port }: ServerAddress, onClosed: () => void) {
    this.#socket = connect({ host, port, noDelay: true })
    this.#socket.on('connect', () => {
      this.#established = true
    })
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#socket.on('error', (error) => this.destroy(error))
    this.#socket.on('end', () => this.destroy(new Error('it closed the connection without an answer')))
    this.#socket.on('close', onClosed)
  }

  isAwaiting(id: number): boolean {
    return this.#waiting.has(id) || this.#abandoned.has(id)
  }

  usable(now: Date): boolean {
    if (this.#retired || this.#socket.destroyed) return false
    return this.#idleSince === undefined || now.getTime() - this.#idleSince.getTime() < IDLE_MS
  }

  /** Takes no more messages and ends with the last of those on the way. */
  retire(): void {
    this.#retired = true
    if (this.#waiting.size === 0) this.#socket.destroy()
  }

  async exchange(message: Uint8Array, signal: AbortSignal, clock: Clock): Promise<Buffer> {
    const id = Buffer.from(message.buffer, message.byteOffset, 2).readUInt16BE()
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
    const abandon = (): void => {
      this.#abandoned.add(id)
      reject(signal.reason)
    }
    this.#waiting.set(id, { resolve, reject })
    this.#idleSince = undefined
    signal.addEventListener('abort', abandon, { once: true })
    this.#socket.ref()
    this.#socket.write(Buffer.concat([uint16(message.length), message]))
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', abandon)
      this.#waiting.delete(id)
      if (this.#waiting.size === 0) {
        this.#idleSince = clock.now()
        this.#socket.unref()
        if (this.#retired) this.#socket.destroy()
      }
    }
  }

  destroy(why: Error): void {
    this.#socket.destroy()
    const error = this.#established ? new ConnectionLost(why.message, { cause: why }) : why
    for (const waiting of this.#waiting.values()) waiting.reject(error)
  }

  /** RFC 1035 §4.2.2: each message after its length in two octets. */
  #read(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 2) {
      const end = 2 + this.#received.readUInt16BE()
      if (this.#received.length < end) return
      const message = this.#received.subarray(2, end)
      this.#received = this.#received.subarray(end)
      if (message.length < 2) continue
      const id = message.readUInt16BE()
      this.#abandoned.delete(id)
      this.#waiting.get(id)?.resolve(message)
    }
  }
}

/** Node gives no message, but a code, when every address of a host name failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || ('code' in error ? String(error.code) : error.name)
}

function unreachable(server: string, why: string, cause?: unknown): DomainctlError {
  return new DomainctlError('PROVIDER_UNREACHABLE', `The name server ${server} did not answer over TCP: ${why}.`, {
    hint: 'Check RFC2136_NAMESERVER, that the server runs, and that TCP to this port is not blocked by a firewall.',
    actor: 'operator',
    cause,
  })
}
