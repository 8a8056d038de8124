import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const KEY = 'loopback-key_0123456789'
export const SECRET = 'loopback-secret_0123456789'

/** `hang-up` ends the connection; `hang-up-after-write` does what was asked first; `silence` never answers. */
export type Scripted =
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | { until: Promise<unknown> }
  | 'hang-up'
  | 'hang-up-after-write'
  | 'cut-off'
  | 'silence'

interface StoredRecord {
  name: string
  type: string
  data: string
  ttl?: number
  [other: string]: unknown
}

/** A small GoDaddy API with one domain, and whatever else a test wants to be answered. */
export interface LoopbackApi {
  readonly baseUrl: string
  /** `METHOD path?query` of each request since the start. */
  readonly requests: string[]
  /** Bodies of the requests that had one. */
  readonly bodies: unknown[]
  /** Headers of the last request. */
  readonly lastHeaders: () => IncomingMessage['headers']
  /** All that `GET /v1/domains` shows. */
  readonly domains: string[]
  readonly records: StoredRecord[]
  /** The next requests that begin with `prefix` are answered so, each answer once. */
  script(prefix: string, ...answers: Scripted[]): void
  /** Answers every page of domains with the first. */
  ignoresMarker: boolean
  /** Which reading is refused with 403. */
  refuses: 'nothing' | 'lists' | 'reads'
  values(name: string, type: string): string[]
  close(): Promise<void>
}

type Outcome = { status: number; body?: unknown }

const denied: Outcome = { status: 403, body: { code: 'ACCESS_DENIED', message: 'Authenticated user is not allowed access' } }

export async function startLoopbackApi(domain: string): Promise<LoopbackApi> {
  const domains = [domain]
  const records: StoredRecord[] = []
  const requests: string[] = []
  const bodies: unknown[] = []
  const scripts: { prefix: string; answers: Scripted[] }[] = []
  let headers: IncomingMessage['headers'] = {}
  const state: Pick<LoopbackApi, 'ignoresMarker' | 'refuses'> = { ignoresMarker: false, refuses: 'nothing' }

  function list(query: URLSearchParams): Outcome {
    const marker = state.ignoresMarker ? null : query.get('marker')
    const limit = Number(query.get('limit') ?? 100)
    // The marker itself comes again: what "offset" means is not said.
    const from = marker === null ? 0 : domains.indexOf(marker)
    return { status: 200, body: domains.slice(from, from + limit).map((name) => ({ domain: name, status: 'ACTIVE' })) }
  }

  function answer(method: string, path: string, query: URLSearchParams, body: unknown): Outcome {
    if (method === 'GET' && state.refuses !== 'nothing' && (path === '/v1/domains' || state.refuses === 'reads')) return denied
    if (path === '/v1/domains') return list(query)
    const [, owner, type, name] = /^\/v1\/domains\/([^/]+)\/records(?:\/([A-Z]+)(?:\/([^/]+))?)?$/.exec(path) ?? []
    if (owner !== domain) return { status: 404, body: { code: 'UNKNOWN_DOMAIN', message: 'The given domain is not registered' } }
    if (method === 'PATCH') return add(body as StoredRecord[])
    if (name === undefined && method !== 'GET') return { status: 404, body: { code: 'NOT_FOUND', message: 'Not Found' } }
    if (name === undefined && state.refuses === 'lists') return denied
    const isOf = (record: StoredRecord): boolean => record.name === (name ?? record.name) && record.type === type
    const held = records.filter(isOf)
    if (method === 'GET') return { status: 200, body: held }
    if (method === 'DELETE' && held.length === 0) return { status: 404, body: { code: 'NOT_FOUND', message: 'Not Found' } }
    const fresh = method === 'PUT' ? (body as StoredRecord[]) : []
    if (method === 'PUT' && fresh.length === 0) return { status: 422, body: { code: 'INVALID_BODY', message: 'empty' } }
    const rest = records.filter((record) => !isOf(record))
    const made = fresh.map((record) => ({ ...record, name: name ?? '', type: type ?? '' }))
    records.splice(0, records.length, ...rest, ...made)
    return { status: method === 'PUT' ? 200 : 204 }
  }

  function add(fresh: StoredRecord[]): Outcome {
    const isThere = ({ name, type, data }: StoredRecord): boolean =>
      records.some((record) => record.name === name && record.type === type && record.data === data)
    const besideCname = ({ name, type }: StoredRecord): boolean =>
      records.some((record) => record.name === name && (record.type === 'CNAME') !== (type === 'CNAME'))
    if (fresh.some((record) => isThere(record) || besideCname(record))) {
      const body = { code: 'DUPLICATE_RECORD', message: 'Another record with the same attributes already exists.' }
      return { status: 422, body }
    }
    if (fresh.some(({ name, ttl }) => name === '' || (ttl ?? 0) < 600)) return { status: 422, body: { code: 'INVALID_BODY' } }
    records.push(...fresh)
    return { status: 200 }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    headers = request.headers
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://loopback')
    const line = `${request.method} ${request.url}`
    requests.push(line)
    if (text !== '') bodies.push(JSON.parse(text))
    const script = scripts.find(({ prefix, answers }) => line.startsWith(prefix) && answers.length > 0)
    const scripted = script?.answers.shift()
    if (scripted === 'silence') return
    if (scripted === 'hang-up') return void request.socket.destroy()
    if (typeof scripted === 'object' && 'status' in scripted) {
      response.writeHead(scripted.status, { 'content-type': 'application/json', ...scripted.headers })
      response.end(typeof scripted.body === 'string' ? scripted.body : JSON.stringify(scripted.body))
      return
    }
    if (typeof scripted === 'object') await scripted.until
    const isKnown = request.headers.authorization === `sso-key ${KEY}:${SECRET}`
    const { status, body } = isKnown
      ? answer(request.method ?? '', decodeURIComponent(pathname), searchParams, text === '' ? null : JSON.parse(text))
      : { status: 401, body: { code: 'UNABLE_TO_AUTHENTICATE', message: 'Unauthorized : Could not authenticate API key/secret' } }
    if (scripted === 'hang-up-after-write') return void request.socket.destroy()
    const written = body === undefined ? '' : JSON.stringify(body)
    if (status === 204) return void response.writeHead(status).end()
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(written) + (scripted === 'cut-off' ? 9 : 0),
    })
    if (scripted === 'cut-off') return void response.write(written || ' ', () => request.socket.destroy())
    response.end(written)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return Object.assign(state, {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    bodies,
    lastHeaders: () => headers,
    domains,
    records,
    script: (prefix: string, ...answers: Scripted[]) => void scripts.push({ prefix, answers }),
    values: (name: string, type: string) =>
      records.filter((record) => record.name === name && record.type === type).map(({ data }) => data),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}
