import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { decode } from 'dns-packet'
import { onTestFinished } from 'vitest'
import { makeAuthority, makeLeaf } from '../acme/certificates.test.support.ts'
import type { Clock } from '../contracts/runtime.ts'
import { type DnsHandler, encodeReply } from '../testing/dns-server.ts'
import { recursive, zoneData } from '../testing/dns-zone-data.ts'
import { HttpsResolver } from './doh.ts'
import { NEVER } from './lab.test.support.ts'
import type { Question } from './message.ts'
import type { NoReply } from './wire.ts'

/** A question as it came over HTTP. */
export interface HttpQuestion {
  headers: Record<string, unknown>
  body: Buffer
  stream: ServerHttp2Stream
  session: ServerHttp2Session
  /** Answers as a resolver that answers like `handler`. */
  answer(handler: DnsHandler, headers?: Record<string, string | number>): void
}

export interface HttpsServer {
  port: number
  /** `https://127.0.0.1:PORT/dns-query`. */
  url: string
  /** Connections so far, and those of them that are open. */
  sessions: ServerHttp2Session[]
  open: Set<ServerHttp2Session>
  questions: HttpQuestion[]
  /** May be replaced at any time. */
  react: (question: HttpQuestion) => void
  /** What happens to a new connection. */
  greet: (session: ServerHttp2Session) => void
  /** Resolves when so many questions have come. */
  asked(count: number): Promise<void>
  /** Resolves when no connection is open. */
  idle(): Promise<void>
}

const authority = await makeAuthority('resolver root')
const trusted = await certificateFor(['127.0.0.1', '::1'], ['localhost'])

/** The root (PEM) under which the servers have their certificates, unless they are told otherwise. */
export const resolverRoot = authority.pem

/** A certificate under that root. */
export async function certificateFor(
  addresses: string[],
  names: string[] = [],
  notAfter?: Date,
): Promise<{ pem: string; key: string }> {
  const sans = [...names, ...addresses.map((value) => ({ type: 'ip' as const, value }))]
  return await makeLeaf(authority, sans, { ...(notAfter && { notAfter }) })
}

/** From here on this process trusts it, as one does that is started with NODE_EXTRA_CA_CERTS. */
export function trustResolverRoot(): void {
  setDefaultCACertificates([...getCACertificates('default'), resolverRoot])
}

/** A resolver over HTTP/2 on loopback; closed when the test ends. */
export async function startHttpsServer(
  react: (question: HttpQuestion) => void,
  o: { certificate?: { pem: string; key: string }; host?: string } = {},
): Promise<HttpsServer> {
  const { pem, key } = o.certificate ?? trusted
  const server = createSecureServer({ cert: pem, key })
  const host = o.host ?? '127.0.0.1'
  const waiting: { until: () => boolean; resolve: () => void }[] = []
  const tell = () => {
    for (const one of waiting) if (one.until()) one.resolve()
  }
  const when = async (until: () => boolean) => {
    if (until()) return
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.push({ until, resolve })
    await promise
  }
  const started: HttpsServer = {
    port: 0,
    url: '',
    sessions: [],
    open: new Set(),
    questions: [],
    react,
    greet: () => undefined,
    asked: (count) => when(() => started.questions.length >= count),
    idle: () => when(() => started.open.size === 0),
  }
  server.on('session', (session) => {
    started.sessions.push(session)
    started.open.add(session)
    session.on('error', () => undefined)
    session.on('close', () => {
      started.open.delete(session)
      tell()
    })
    started.greet(session)
  })
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const chunks: Buffer[] = []
    // Clients hang up at any time, here above all.
    stream.on('error', () => undefined)
    stream.on('data', (bytes: Buffer) => chunks.push(bytes))
    stream.on('end', () => {
      const { session } = stream
      if (!session) return
      const body = Buffer.concat(chunks)
      const answer: HttpQuestion['answer'] = (handler, extra = {}) => {
        stream.respond({ ':status': 200, 'content-type': 'application/dns-message', ...extra })
        stream.end(replyTo(body, handler))
      }
      const question = { headers: { ...headers }, body, stream, session: session as ServerHttp2Session, answer }
      started.questions.push(question)
      started.react(question)
      tell()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, host, resolve)
  })
  started.port = (server.address() as AddressInfo).port
  started.url = `https://${host.includes(':') ? `[${host}]` : host}:${started.port}/dns-query`
  onTestFinished(async () => {
    for (const session of started.open) session.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return started
}

/** What {@link startHttpsServer} answers by default knows. */
export const knowing = recursive([zoneData('example.test', ['example.test TXT hello', 'a.example.test A 192.0.2.7'])])
export const question: Question = { name: 'example.test', type: 'TXT' }

/** A server over HTTP/2, and a resolver that asks it with a clock that stands still. */
export async function startResolver(
  react: (question: HttpQuestion) => void = ({ answer }) => answer(knowing),
  o: Parameters<typeof startHttpsServer>[1] = {},
) {
  const server = await startHttpsServer(react, o)
  const clock = standingClock()
  const resolver = new HttpsResolver(new URL(server.url), clock)
  return { server, clock, resolver, ask: (signal = NEVER) => resolver.ask(question, signal) }
}

/** The outcome of a question to which no usable answer came. */
export function broken(reason: string): NoReply {
  return { failure: 'broken', reason }
}

export const dnsMessage = { ':status': 200, 'content-type': 'application/dns-message' }

/** Answers every question with this body. */
export function respond(headers: Record<string, string | number>, body: string | Buffer): (question: HttpQuestion) => void {
  return ({ stream }) => {
    stream.respond({ ...dnsMessage, ...headers })
    stream.end(body)
  }
}

/** Answers with more and more, for as long as it is taken. */
export function endless({ stream }: HttpQuestion): void {
  stream.respond(dnsMessage)
  const more = () => {
    while (!stream.destroyed && stream.write(Buffer.alloc(10_000)));
  }
  stream.on('drain', more)
  more()
}

/** The bytes that a server with this handler answers; nothing where it keeps silent. */
export function replyTo(body: Buffer, handler: DnsHandler): Buffer {
  const query = decode(body)
  const [asked] = query.questions ?? []
  if (!asked) throw new Error('a query without a question')
  const question = { name: asked.name, type: asked.type, recursionDesired: query.flag_rd, transport: 'tcp', edns: true } as const
  const [reaction] = [handler(question, query)].flat()
  if (reaction === undefined || typeof reaction === 'string') throw new Error('over HTTP a handler gives one reply')
  return reaction instanceof Uint8Array ? Buffer.from(reaction) : encodeReply(reaction, query)
}

/** A clock whose sleeps end when the test says so, and never before: no busy machine brings a time-out about. */
export function standingClock(): Clock & { sleeping: number[]; wakeAll(): void } {
  const sleepers = new Set<{ ms: number; wake: () => void }>()
  return {
    now: () => new Date('2030-01-01T00:00:00Z'),
    get sleeping() {
      return [...sleepers].map(({ ms }) => ms)
    },
    wakeAll() {
      for (const { wake } of [...sleepers]) wake()
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const sleeper = {
          ms,
          wake() {
            sleepers.delete(sleeper)
            resolve()
          },
        }
        sleepers.add(sleeper)
        const onAbort = () => {
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', onAbort, { once: true })
      }),
    every: () => () => undefined,
  }
}
