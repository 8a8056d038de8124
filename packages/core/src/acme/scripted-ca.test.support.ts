import { createPublicKey, verify, type webcrypto } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request that reached the CA. */
export interface SeenRequest {
  method: string
  path: string
  headers: IncomingMessage['headers']
  /** The protected header of the JWS; empty when there was none. */
  protected: { alg?: string; kid?: string; jwk?: object; nonce?: string; url?: string }
  /** Undefined for POST-as-GET. */
  payload: unknown
  /** Whether the signature is that of `key`; only with a JWK in the header. */
  verified?: boolean
}

export interface ScriptedAnswer {
  status?: number
  headers?: Record<string, string>
  /** Sent as JSON, a string as it is. */
  body?: unknown
  contentType?: string
  /** Null for none; by default a new one. */
  nonce?: string | null
}

/** Writes the answer by hand, for what a well-behaved server never does. */
export type Misbehaviour = (response: ServerResponse) => void

/** A CA on loopback that answers each path with the scripted answers in turn, the last one for ever. */
export interface ScriptedCa {
  readonly directory: string
  readonly seen: SeenRequest[]
  /** `HEAD /nonce` → count, by method and path. */
  counts(): Record<string, number>
  url(path: string): string
  on(path: string, ...answers: (ScriptedAnswer | Misbehaviour)[]): void
  /** Resolves with the next request to `path`. */
  next(path: string): Promise<SeenRequest>
  close(): Promise<void>
}

export const problem = (kind: string, detail: string, more: object = {}): unknown => ({
  type: `urn:ietf:params:acme:error:${kind}`,
  detail,
  ...more,
})

export async function startScriptedCa(tls?: { key: string; cert: string }): Promise<ScriptedCa> {
  const scripts = new Map<string, (ScriptedAnswer | Misbehaviour)[]>()
  const seen: SeenRequest[] = []
  const watchers = new Map<string, (request: SeenRequest) => void>()
  let nonces = 0

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '/'
    const entry = { method: request.method ?? '', path, headers: request.headers, ...readJws(await text(request)) }
    seen.push(entry)
    watchers.get(path)?.(entry)
    const script = scripts.get(path) ?? [{ status: 404, body: { type: 'about:blank', detail: `no ${path} here` } }]
    const answer = (script.length > 1 ? script.shift() : script[0]) ?? {}
    if (typeof answer === 'function') return answer(response)
    nonces += 1
    const status = answer.status ?? 200
    const nonce = answer.nonce === undefined ? `nonce${nonces}` : answer.nonce
    response.writeHead(status, {
      'content-type': answer.contentType ?? (status < 400 ? 'application/json; charset=utf-8' : 'application/problem+json'),
      ...(nonce === null ? {} : { 'replay-nonce': nonce }),
      ...answer.headers,
    })
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {}))
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => void handle(request, response)
  const server = tls ? createHttpsServer(tls, listener) : createHttpServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = (path: string) => `${tls ? 'https' : 'http'}://127.0.0.1:${port}${path}`

  scripts.set('/directory', [
    { nonce: null, body: { newNonce: url('/nonce'), newAccount: url('/account'), newOrder: url('/new-order') } },
  ])
  scripts.set('/nonce', [{}])
  return {
    directory: url('/directory'),
    seen,
    url,
    counts: () => {
      const counts: Record<string, number> = {}
      for (const { method, path } of seen) counts[`${method} ${path}`] = (counts[`${method} ${path}`] ?? 0) + 1
      return counts
    },
    on: (path, ...answers) => void scripts.set(path, answers),
    next: (path) => new Promise((resolve) => watchers.set(path, resolve)),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function readJws(body: string): Pick<SeenRequest, 'protected' | 'payload' | 'verified'> {
  if (body === '') return { protected: {}, payload: undefined }
  const jws: { protected: string; payload: string; signature: string } = JSON.parse(body)
  const header: SeenRequest['protected'] = JSON.parse(Buffer.from(jws.protected, 'base64url').toString())
  const payload = jws.payload === '' ? undefined : JSON.parse(Buffer.from(jws.payload, 'base64url').toString())
  if (!header.jwk) return { protected: header, payload }
  const key = createPublicKey({ key: header.jwk as webcrypto.JsonWebKey, format: 'jwk' })
  const signed = Buffer.from(`${jws.protected}.${jws.payload}`)
  const signature = Buffer.from(jws.signature, 'base64url')
  return { protected: header, payload, verified: verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature) }
}
