import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Listening, RefusedAddress } from '../contracts/http-answers.ts'
import type { Clock, Logger } from '../contracts/runtime.ts'
import { tokenOfPath } from '../domain/http-challenge.ts'
import type { ListenAddress } from '../domain/listen-address.ts'

/** Between two attempts at an address that somebody else has, in ms: when another process of ours ends, a CA may be asking. */
const TRY_AGAIN = 50

/** For a request to be there, in ms; CAs send theirs at once. */
const REQUEST_TIMEOUT = 5_000

/** For who is connected already when the last order ends, in ms: a CA may have come for an order of another process. */
const LAST_ANSWERS = 500

/** CAs ask from some five places at once, for each name; what else comes is a scan. */
const MOST_CONNECTIONS = 512

export interface ListenerOptions {
  addresses: readonly ListenAddress[]
  /** What is answered for a token; null: nothing. */
  answer(token: string): Promise<string | null>
  clock: Pick<Clock, 'every'>
  logger: Logger
}

/** One of the addresses. */
interface Door {
  address: ListenAddress
  server?: Server
  refused?: RefusedAddress
}

/** One server at each address for all orders of this process, from the first that needs it to the last. */
export function createListener(o: ListenerOptions): { listen(): Promise<Listening> } {
  let users = 0
  let doors: Door[] = []
  let stopTrying = () => {}
  let ending: Promise<unknown> = Promise.resolve()
  // Opening and closing go one after the other.
  let turn: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>) => {
    turn = turn.then(work)
    return turn
  }

  async function openAll(): Promise<void> {
    if (users === 0 || doors.length > 0 || o.addresses.length === 0) return
    doors = o.addresses.map((address) => ({ address }))
    await Promise.all(doors.map((door) => open(door, o)))
    stopTrying = o.clock.every(TRY_AGAIN, () => {
      if (doors.some(({ refused }) => refused?.code === 'EADDRINUSE')) void inTurn(tryAgain)
    })
  }

  async function tryAgain(): Promise<void> {
    await Promise.all(doors.filter(({ refused }) => refused?.code === 'EADDRINUSE').map((door) => open(door, o)))
  }

  async function closeAll(): Promise<void> {
    if (users > 0) return
    stopTrying()
    const closing = doors
    doors = []
    // The addresses are free at once, for whoever is next.
    ending = Promise.all(closing.map(({ server }) => server && close(server, o)))
  }

  return {
    async listen() {
      users += 1
      let isOpen = true
      await inTurn(openAll)
      return {
        get refused() {
          return doors.flatMap(({ refused }) => refused ?? [])
        },
        get isDeaf() {
          return doors.length > 0 && doors.every(({ refused }) => refused !== undefined)
        },
        async close() {
          if (!isOpen) return
          isOpen = false
          users -= 1
          await inTurn(closeAll)
          await ending
        },
      }
    },
  }
}

async function open(door: Door, o: ListenerOptions): Promise<void> {
  const { host, port, shown } = door.address
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT,
      headersTimeout: REQUEST_TIMEOUT,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 16 * 1024,
      keepAlive: false,
    },
    (request, response) => void respond(request, response, o),
  )
  server.maxConnections = MOST_CONNECTIONS
  server.maxRequestsPerSocket = 1
  server.on('clientError', (_, socket) => void socket.destroy())
  // An upgrade is not asked for by any CA, and Node leaves such a connection to us.
  server.on('upgrade', (_, socket) => void socket.destroy())
  server.on('connect', (_, socket) => void socket.destroy())
  // Also one who opens a connection and then says nothing.
  server.on('connection', (socket) => void socket.setTimeout(REQUEST_TIMEOUT, () => socket.destroy()))
  // With one of its own for IPv4 the one for IPv6 must leave that alone; by itself it takes both where the system does so.
  const hasIpv4 = o.addresses.some((one) => one.port === port && !one.host.includes(':'))
  try {
    await listening(server, { host, port, ipv6Only: host.includes(':') && hasIpv4 })
  } catch (thrown) {
    door.refused = refusedBy(shown, thrown)
    return
  }
  delete door.refused
  door.server = server
  server.on('error', (error) => o.logger.log('warn', 'HTTP-01 listener', { address: shown, error: error.message }))
}

function listening(server: Server, at: { host: string; port: number; ipv6Only: boolean }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(at, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

const WHY: Record<string, string> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EAFNOSUPPORT: 'this machine has no IPv6',
}

function refusedBy(address: string, thrown: unknown): RefusedAddress {
  const code = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
  return { address, code, why: WHY[code] ?? String(thrown) }
}

/** Listens no more; who is connected gets an answer, and is not waited for long. */
function close(server: Server, { clock }: ListenerOptions): Promise<void> {
  // None is idle after its one request, and Node takes for it who has not asked yet.
  server.closeIdleConnections = () => undefined
  return new Promise((resolve) => {
    const stop = clock.every(LAST_ANSWERS, () => server.closeAllConnections())
    server.close(() => {
      stop()
      resolve()
    })
  })
}

async function respond(request: IncomingMessage, response: ServerResponse, { answer, logger }: ListenerOptions): Promise<void> {
  // A body is of no use here.
  request.on('error', () => undefined).resume()
  response.on('error', () => undefined)
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  const token = isRead ? tokenOfPath(request.url ?? '') : null
  try {
    const text = token === null ? null : await answer(token)
    if (text === null) send(response, 404, 'nothing is here\n', 'text/plain')
    else send(response, 200, text, 'application/octet-stream')
  } catch (error) {
    logger.log('warn', 'HTTP-01 challenge not answered', { token, error: String(error) })
    send(response, 503, 'the state cannot be read\n', 'text/plain')
  }
}

function send(response: ServerResponse, status: number, text: string, type: string): void {
  response
    .writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    })
    .end(text)
}
