import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { Agent, createServer, request } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import {
  type ActiveRule,
  type Answer,
  type Fault,
  type FaultRule,
  FaultRules,
  type Problem,
  pebblePaths,
  type RetryAfter,
} from './fault-rule.ts'
import type { Pebble } from './servers/pebble.ts'

export interface FaultProxy {
  /** In place of Pebble's: a client that starts here stays here. */
  readonly directoryUrl: string
  /** What the CA was asked and how it answered, whatever the client got to see. */
  readonly passed: readonly Passed[]
  /** Puts a rule in force for the requests to come. */
  add(rule: FaultRule): ActiveRule
  /** Removes all rules. */
  clear(): void
  stop(): Promise<void>
}

/** A request that has reached the CA. */
export interface Passed {
  method: string
  path: string
  status: number
}

/**
 * An HTTPS proxy on loopback before Pebble. Nothing has to be rewritten: Pebble makes its URLs from the Host header,
 * and checks the `url` of a JWS (RFC 8555 section 6.4) against it, so passing the client's Host on is enough.
 */
export async function startFaultProxy(pebble: Pick<Pebble, 'directoryUrl' | 'tls'>): Promise<FaultProxy> {
  const [ca, cert, key] = await Promise.all(
    [pebble.tls.rootFile, pebble.tls.certificateFile, pebble.tls.keyFile].map((file) => readFile(file)),
  )
  const agent = new Agent({ ca, keepAlive: true })
  const rules = new FaultRules()
  const passed: Passed[] = []
  const connections = new Map<number | undefined, Socket>()
  const server = createServer({ cert, key }, (incoming, response) => {
    const reset = () => connections.get(incoming.socket.remotePort)?.resetAndDestroy()
    const ask = (method: string, path: string, body: Buffer) => forward({ agent, pebble, incoming, method, path, body })
    const pass = async (method: string, path: string, body: Buffer) => {
      const answer = await ask(method, path, body)
      passed.push({ method, path, status: answer.status })
      return answer
    }
    // A fault of the proxy itself must not look like an answer of the CA.
    handle({ incoming, response, rules, pass, ask, reset }).catch((error: unknown) => response.destroy(error as Error))
  })
  // A reset (RST) is sent on the TCP socket, which the TLS socket hides.
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket
    connections.set(remotePort, socket)
    socket.once('close', () => connections.delete(remotePort))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    directoryUrl: `https://127.0.0.1:${port}${pebblePaths.directory}`,
    passed,
    add: (rule) => rules.add(rule),
    clear: () => rules.clear(),
    stop: async () => {
      server.close()
      server.closeAllConnections()
      agent.destroy()
      await once(server, 'close')
    },
  }
}

type Pass = (method: string, path: string, body: Buffer) => Promise<Answer>

interface Handled {
  incoming: IncomingMessage
  response: ServerResponse
  rules: FaultRules
  /** What the client has asked for. */
  pass: Pass
  /** What the proxy itself needs of the CA. */
  ask: Pass
  reset: () => void
}

async function handle({ incoming, response, rules, pass, ask, reset }: Handled): Promise<void> {
  const { method = '', url: path = '' } = incoming
  const body = await buffer(incoming)
  const fault = rules.next(method, path)
  if (fault?.kind === 'reset') return reset()
  if (fault?.kind === 'instead') return send(response, fault.answer)
  if (fault?.kind === 'delay') await fault.until()
  if (fault?.kind === 'refuse' || fault?.kind === 'bad-nonce')
    return send(response, refusal(fault, (await ask('HEAD', pebblePaths.newNonce, Buffer.alloc(0))).headers['replay-nonce']))
  const answer = await pass(method, path, body)
  if (fault?.kind === 'lose-answer') return reset()
  if (fault?.kind === 'hold-answer') await fault.until()
  if (fault?.kind === 'dribble') return dribble(response, method, answer, fault.everyMs)
  if (fault?.kind === 'rewrite') return send(response, fault.answer(answer))
  send(response, fault?.kind === 'processing' ? stillProcessing(answer, fault.retryAfter) : answer)
}

/** As slow as a client allows: what it ends, ends this. */
function dribble(response: ServerResponse, method: string, answer: Answer, everyMs: number): void {
  if (method === 'HEAD') return
  prepare(response, answer)
  response.flushHeaders()
  let sent = 0
  const timer = setInterval(() => {
    if (sent < answer.body.length) response.write(answer.body.subarray(sent, ++sent))
    else response.end()
  }, everyMs)
  response.once('close', () => clearInterval(timer))
}

/** As a CA does, a refusal brings a new nonce with it (RFC 8555 section 6.5). */
function refusal(fault: Extract<Fault, { kind: 'refuse' | 'bad-nonce' }>, nonce: string | string[] | undefined): Answer {
  const status = fault.kind === 'refuse' ? fault.status : 400
  const usual: Problem = { type: status === 429 ? 'rateLimited' : 'serverInternal', detail: STATUS_CODES[status] ?? '' }
  const problem: Problem =
    fault.kind === 'refuse' ? (fault.problem ?? usual) : { type: 'badNonce', detail: 'The nonce is not known' }
  const urn = (type: string) => `urn:ietf:params:acme:error:${type}`
  const document = {
    ...problem,
    type: urn(problem.type),
    status,
    ...(problem.subproblems && { subproblems: problem.subproblems.map((sub) => ({ ...sub, type: urn(sub.type) })) }),
  }
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'replay-nonce': nonce,
      ...(fault.kind === 'refuse' && retryAfterHeader(fault.retryAfter)),
    },
    body: Buffer.from(JSON.stringify(document)),
  }
}

function retryAfterHeader(value: RetryAfter | undefined): Record<string, string> {
  if (value === undefined) return {}
  return { 'retry-after': value instanceof Date ? value.toUTCString() : String(value) }
}

function stillProcessing(answer: Answer, retryAfter: RetryAfter | undefined): Answer {
  if (answer.status !== 200 || !String(answer.headers['content-type']).startsWith('application/json')) return answer
  const { certificate: _, ...order }: Record<string, unknown> = JSON.parse(answer.body.toString())
  const shown = order.finalize !== undefined && (order.status === 'valid' || order.status === 'processing')
  if (!shown) return answer
  return {
    status: 200,
    headers: { ...answer.headers, ...retryAfterHeader(retryAfter) },
    body: Buffer.from(JSON.stringify({ ...order, status: 'processing' })),
  }
}

function send(response: ServerResponse, answer: Answer): void {
  prepare(response, answer)
  response.end(answer.body)
}

function prepare(response: ServerResponse, { status, headers }: Answer): void {
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...kept } = headers
  for (const [name, value] of Object.entries(kept)) if (value !== undefined) response.setHeader(name, value)
  response.statusCode = status
}

interface Forwarded {
  agent: Agent
  pebble: Pick<Pebble, 'directoryUrl'>
  incoming: IncomingMessage
  method: string
  path: string
  body: Buffer
}

async function forward({ agent, pebble, incoming, method, path, body }: Forwarded): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { hostname, port } = new URL(pebble.directoryUrl)
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...headers } = incoming.headers
  if (body.length > 0) headers['content-length'] = String(body.length)
  const outgoing = request({ agent, hostname, port, method, path, headers }, (answer) => {
    buffer(answer).then(
      (received) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: received }),
      reject,
    )
  })
  outgoing.on('error', reject)
  outgoing.end(body)
  return await promise
}
