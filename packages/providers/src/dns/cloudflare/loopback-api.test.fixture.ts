import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ApiRecord, ApiZone, NewRecord, RecordBatch } from './types.ts'

export const TOKEN = 'loopback-token_0123456789'

/** `hang-up` ends the connection; `hang-up-after-write` does what was asked first; `silence` never answers. */
export type Scripted =
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | 'hang-up'
  | 'hang-up-after-write'
  | 'cut-off'
  | 'silence'

/** A zone as the API has it in its answers, with its account beside it. */
export type LoopbackZone = Pick<ApiZone, 'id' | 'name'> & { account: string; [more: string]: unknown }

/** A small Cloudflare API, and whatever else a test wants to be answered. */
export interface LoopbackApi {
  readonly baseUrl: string
  /** `METHOD path?query` of each request since the start. */
  readonly requests: string[]
  /** Headers of the last request. */
  readonly lastHeaders: () => IncomingMessage['headers']
  readonly zones: LoopbackZone[]
  readonly records: ApiRecord[]
  /** The next requests that begin with `prefix` are answered so, each answer once. */
  script(prefix: string, ...answers: Scripted[]): void
  /** Names that the token may not ask for: code 0, as for a token of some zones. */
  isScoped: boolean
  /** Answers every page with the first, and does not tell how many there are. */
  ignoresPage: boolean
  /** What Verify Token says; null for a token that it does not know as one of a user. */
  token: Record<string, unknown> | null
  /** Adds a record by no way of the API; answers its id. */
  plant(record: Omit<ApiRecord, 'id' | 'ttl' | 'proxied'> & Partial<ApiRecord>): string
  /** As a DNS server would serve it. */
  values(name: string, type: string): string[]
  close(): Promise<void>
}

type Outcome =
  | { result: unknown; info?: { page: number; total_pages: number } }
  | { status: number; code: number; message: string }

export async function startLoopbackApi(...zoneNames: string[]): Promise<LoopbackApi> {
  let lastId = 0
  const newId = (): string => String(++lastId).padStart(32, '0')
  const zones: LoopbackZone[] = zoneNames.map((name) => ({ id: newId(), name, account: 'a'.repeat(32) }))
  const records: ApiRecord[] = []
  const requests: string[] = []
  const scripts: { prefix: string; answers: Scripted[] }[] = []
  let headers: IncomingMessage['headers'] = {}
  const state: Pick<LoopbackApi, 'isScoped' | 'ignoresPage' | 'token'> = {
    isScoped: false,
    ignoresPage: false,
    token: { id: 'd'.repeat(32), status: 'active' },
  }

  function list(items: readonly unknown[], query: URLSearchParams, most: number): Outcome {
    const perPage = Number(query.get('per_page') ?? 20)
    if (perPage < 5 || perPage > most) return { status: 400, code: 1004, message: 'per_page' }
    const page = state.ignoresPage ? 1 : Number(query.get('page') ?? 1)
    const info = { page, total_pages: Math.ceil(items.length / perPage) }
    return { result: items.slice((page - 1) * perPage, page * perPage), ...(!state.ignoresPage && { info }) }
  }

  function listZones(query: URLSearchParams): Outcome {
    const name = query.get('name')
    const account = query.get('account.id')
    const found = zones.filter((zone) => (name ?? zone.name) === zone.name && (account ?? zone.account) === zone.account)
    if (state.isScoped && (name === null || found.length === 0)) {
      const message =
        "Actor 'com.cloudflare.api.token.x' requires permission 'com.cloudflare.api.account.zone.list' to list zones"
      return { status: 403, code: 0, message }
    }
    return list(found, query, 50)
  }

  function create(record: NewRecord, into: ApiRecord[]): Outcome {
    const { name, type, ttl, proxied } = record
    const content = record.data ? `${record.data.flags} ${record.data.tag} "${record.data.value}"` : (record.content ?? '')
    if (type === 'TXT' && served(content) === null) return { status: 400, code: 9207, message: 'Content is not quoted.' }
    if (ttl !== 1 && (ttl < 60 || ttl > 86_400)) return { status: 400, code: 9021, message: 'Invalid TTL.' }
    if (type === 'CNAME' && content.endsWith('.')) return { status: 400, code: 9007, message: 'Content is invalid.' }
    const beside = into.filter((other) => other.name === name)
    if (beside.some((other) => other.type === type && other.content === content)) {
      return { status: 400, code: 81058, message: 'An identical record already exists.' }
    }
    const clashes = (types: string[]): boolean => beside.some((other) => types.includes(other.type))
    if (type === 'CNAME' && clashes(['A', 'AAAA', 'CNAME'])) {
      return { status: 400, code: 81053, message: 'An A, AAAA, or CNAME record with that host already exists.' }
    }
    if (['A', 'AAAA'].includes(type) && clashes(['CNAME'])) {
      return { status: 400, code: 81054, message: 'A CNAME record with that host already exists.' }
    }
    const made = { id: newId(), name, type, ttl, content, proxied: proxied ?? false }
    into.push(made)
    return { result: made }
  }

  function remove(id: string, from: ApiRecord[]): Outcome {
    const at = from.findIndex((record) => record.id === id)
    if (at < 0) return { status: 404, code: 81044, message: 'Record does not exist.' }
    from.splice(at, 1)
    return { result: { id } }
  }

  function batch({ deletes, patches, posts }: RecordBatch): Outcome {
    const draft = [...records]
    // What is patched comes back with its id; the steps are the documented ones.
    const steps: (() => Outcome)[] = [
      ...deletes.map(
        ({ id }) =>
          () =>
            remove(id, draft),
      ),
      ...patches.map(({ id, ...record }) => () => {
        const gone = remove(id, draft)
        const made = 'code' in gone ? gone : create(record, draft)
        const last = draft.at(-1)
        if (!('code' in made) && last) last.id = id
        return made
      }),
      ...posts.map((record) => () => create(record, draft)),
    ]
    for (const step of steps) {
      const outcome = step()
      if ('code' in outcome) return outcome
    }
    records.splice(0, records.length, ...draft)
    return { result: { deletes, patches, posts } }
  }

  function answer(method: string, path: string, query: URLSearchParams, body: unknown): Outcome {
    if (path === '/zones') return listZones(query)
    if (path === '/user/tokens/verify') {
      const isKnown = state.token !== null && zones.length > 0
      return isKnown ? { result: state.token } : { status: 401, code: 1000, message: 'Invalid API Token' }
    }
    const [, zoneId, rest = ''] = /^\/zones\/([^/]+)(\/dns_records.*)?$/.exec(path) ?? []
    const zone = zones.find(({ id }) => id === zoneId)
    if (zone === undefined) return { status: 404, code: 7003, message: `Could not route to ${path}` }
    if (rest === '') return { result: zone }
    if (rest === '/dns_records/batch') return batch({ deletes: [], patches: [], posts: [], ...(body as object) })
    if (method === 'POST') return create(body as NewRecord, records)
    if (method === 'DELETE') return remove(rest.slice('/dns_records/'.length), records)
    const [name, type] = [query.get('name.exact'), query.get('type')]
    const found = records.filter(
      (record) =>
        (record.name === zone.name || record.name.endsWith(`.${zone.name}`)) &&
        record.name === (name ?? record.name) &&
        record.type === (type ?? record.type),
    )
    return list(found, query, 5000)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    headers = request.headers
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://loopback')
    const path = pathname.replace('/client/v4', '')
    const line = `${request.method} ${path}${searchParams.size === 0 ? '' : `?${searchParams}`}`
    requests.push(line)
    const script = scripts.find(({ prefix, answers }) => line.startsWith(prefix) && answers.length > 0)
    const scripted = script?.answers.shift()
    if (scripted === 'silence') return
    if (scripted === 'hang-up') return void request.socket.destroy()
    const outcome: Outcome =
      request.headers.authorization === `Bearer ${TOKEN}`
        ? typeof scripted === 'object'
          ? { result: null }
          : answer(request.method ?? '', path, searchParams, text === '' ? null : JSON.parse(text))
        : { status: 403, code: 9109, message: 'Invalid access token' }
    if (scripted === 'hang-up-after-write') return void request.socket.destroy()
    if (typeof scripted === 'object') {
      response.writeHead(scripted.status, { 'content-type': 'application/json', ...scripted.headers })
      response.end(typeof scripted.body === 'string' ? scripted.body : JSON.stringify(scripted.body))
      return
    }
    const isError = 'code' in outcome
    const envelope = isError
      ? { success: false, errors: [{ code: outcome.code, message: outcome.message }], messages: [], result: null }
      : { success: true, errors: [], messages: [], result: outcome.result, result_info: outcome.info }
    const written = JSON.stringify(envelope)
    response.writeHead(isError ? outcome.status : 200, { 'content-type': 'application/json', 'content-length': written.length })
    if (scripted === 'cut-off') return void response.write(written.slice(0, 20), () => request.socket.destroy())
    response.end(written)
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return Object.assign(state, {
    baseUrl: `http://127.0.0.1:${port}/client/v4`,
    requests,
    lastHeaders: () => headers,
    zones,
    records,
    script: (prefix: string, ...answers: Scripted[]) => void scripts.push({ prefix, answers }),
    plant(record: Omit<ApiRecord, 'id' | 'ttl' | 'proxied'> & Partial<ApiRecord>) {
      const id = newId()
      records.push({ ttl: 300, proxied: false, ...record, id })
      return id
    },
    values(name: string, type: string) {
      const found = records.filter((record) => record.name === name && record.type === type)
      return found.map(({ content }) => (type === 'TXT' ? (served(content) ?? content) : content))
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

/** What a TXT record in presentation form (RFC 1035 §5.1) is on the wire, as text; null for what is none. */
function served(content: string): string | null {
  const octets: number[] = []
  let inString = false
  let length = 0
  for (let i = 0; i < content.length; i++) {
    const char = content.charAt(i)
    if (!inString && char === ' ') continue
    if (char === '"') {
      inString = !inString
      length = 0
      continue
    }
    if (!inString || char < ' ' || char > '~') return null
    if (++length > 255) return null
    const digits = content.slice(i + 1, i + 4)
    const isDecimal = char === '\\' && /^\d{3}$/.test(digits)
    octets.push(isDecimal ? Number(digits) : content.charCodeAt(char === '\\' ? i + 1 : i))
    i += isDecimal ? 3 : char === '\\' ? 1 : 0
  }
  return inString || content === '' ? null : Buffer.from(octets).toString()
}
