// What a real PowerDNS does not do when it is asked to: to fail, to be old, to be a secondary. The rest is in conformance.test.ts.
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { type DnsProvider, DomainctlError } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { afterEach, expect, it } from 'vitest'
import { manifest } from './index.ts'

const KEY = 'the-key-of-the-server'
const ZONE = { id: 'example.test.', name: 'example.test' }
const NAME = '_acme-challenge.example.test'
const o = { signal: new AbortController().signal }
const txt = (...values: string[]) => ({ name: NAME, type: 'TXT' as const, ttl: 60, values })

interface Request {
  method: string
  path: string
  body?: { rrsets: Record<string, unknown>[] }
}

/** What is answered to a request: a status with a body, or nothing, by a connection that is cut. */
type Answer = { status: number; body?: unknown } | 'cut'

let stop: () => void
afterEach(() => stop())

/** The provider on a server that answers as it is told, and what that was asked. */
async function provided(
  answer: (request: Request, index: number) => Answer,
): Promise<{ provider: DnsProvider; requests: Request[] }> {
  const requests: Request[] = []
  const server = createServer(async (incoming: IncomingMessage, response) => {
    const path = (incoming.url ?? '').replace('/api/v1/servers/localhost', '')
    const body = incoming.method === 'PATCH' ? ((await json(incoming)) as NonNullable<Request['body']>) : undefined
    const request = { method: incoming.method ?? '', path, ...(body && { body }) }
    requests.push(request)
    const given: Answer =
      incoming.headers['x-api-key'] === KEY ? answer(request, requests.length - 1) : { status: 401, body: 'Unauthorized' }
    if (given === 'cut') return response.destroy()
    const text = typeof given.body === 'string' ? given.body : JSON.stringify(given.body)
    return response.writeHead(given.status).end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stop = () => {
    server.close()
    server.closeAllConnections()
  }
  const runtime = {
    clock: manualClock(new Date('2030-01-01T00:00:00Z')),
    random: { bytes: (length: number) => new Uint8Array(length) },
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { provider: manifest.create({ url, apiKey: KEY }, runtime), requests }
}

/** A zone with these records at the name. */
const zone = (kind: string, ...records: { content: string; disabled?: boolean }[]) => ({
  status: 200,
  body: {
    id: ZONE.id,
    name: 'example.test.',
    kind,
    rrsets: records.length === 0 ? [] : [{ name: `${NAME}.`, type: 'TXT', ttl: 60, records }],
  },
})
const DONE = { status: 204 }

async function refusal(call: Promise<unknown>): Promise<DomainctlError> {
  const error = await call.then(
    () => expect.unreachable('it went well'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof DomainctlError)) throw error
  expect(JSON.stringify([error, error.message, error.hint, String(error.cause)])).not.toContain(KEY)
  return error
}

it.each([
  [{ status: 403, body: 'Forbidden' }, 'PROVIDER_AUTH', 'Forbidden (HTTP 403)'],
  [{ status: 404, body: 'Not Found' }, 'PROVIDER_ZONE_NOT_FOUND', 'Not Found (HTTP 404)'],
  [{ status: 422, body: { error: 'RRset x IN TXT: Conflicts with pre-existing RRset' } }, 'PROVIDER_CONFLICT', 'pre-existing'],
  [{ status: 422, body: { error: 'Parsing record content' } }, 'PROVIDER_REFUSED', 'Parsing record content (HTTP 422)'],
  [{ status: 400, body: '' }, 'PROVIDER_REFUSED', 'no reason given (HTTP 400)'],
])('%j is told, and asked once', async (answer, code, message) => {
  const { provider, requests } = await provided(() => answer)
  const error = await refusal(provider.addValues(ZONE, txt('v'), o))
  expect(error).toMatchObject({ code, hint: expect.stringMatching(/\w/) })
  expect(error.message).toContain(message)
  expect(error.message).toContain(NAME)
  expect(requests).toHaveLength(1)
})

it.each([[{ status: 503, body: 'busy' }], ['cut' as const], [{ status: 200, body: 'no JSON' }]])(
  'after %j it asks again, and in the end it says so',
  async (answer) => {
    const { provider, requests } = await provided(() => answer)
    expect(await refusal(provider.getRRset(ZONE, NAME, 'TXT', o))).toMatchObject({ code: 'PROVIDER_UNREACHABLE' })
    expect(requests).toHaveLength(4)
  },
)

it('a write whose answer is lost is made again from what is there then', async () => {
  const sets = [[], [{ content: '"v"' }, { content: '"theirs"' }]]
  const { provider, requests } = await provided(({ method }) =>
    method === 'GET' ? zone('Native', ...(sets.shift() ?? [])) : 'cut',
  )
  await provider.addValues(ZONE, txt('v'), o)
  expect(requests.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'GET'])
})

it('what is disabled stays in the zone, and is not there', async () => {
  const { provider, requests } = await provided(({ method }) =>
    method === 'GET' ? zone('Native', { content: '"off"', disabled: true }) : DONE,
  )
  expect(await provider.getRRset(ZONE, NAME, 'TXT', o)).toBeNull()
  await provider.addValues(ZONE, txt('on'), o)
  expect(requests.at(-1)?.body?.rrsets).toEqual([
    {
      name: `${NAME}.`,
      type: 'TXT',
      changetype: 'REPLACE',
      ttl: 60,
      records: [
        { content: '"off"', disabled: true },
        { content: '"on"', disabled: false },
      ],
    },
  ])
})

it('an old server that answers with the whole zone is read all the same', async () => {
  const { provider } = await provided(() => ({
    status: 200,
    body: {
      kind: 'Native',
      rrsets: [
        { name: 'other.example.test.', type: 'TXT', ttl: 9, records: [{ content: '"no"' }] },
        { name: `${NAME}.`, type: 'A', ttl: 9, records: [{ content: '192.0.2.1' }] },
        { name: `${NAME}.`, type: 'TXT', ttl: 60, records: [{ content: '"yes"' }] },
      ],
    },
  }))
  expect(await provider.getRRset(ZONE, NAME, 'TXT', o)).toEqual(txt('yes'))
})

it('an old server that answers with all zones has the zone of the name alone', async () => {
  const zones = ['elsewhere.test.', 'Example.test.'].map((name) => ({ id: name, name, kind: 'Native' }))
  const { provider } = await provided(({ path }) => ({
    status: 200,
    body: path.startsWith('/zones?') ? zones : zone('Native').body,
  }))
  expect(await provider.findZone(NAME, o)).toEqual({ id: 'Example.test.', name: 'example.test' })
  expect(await provider.findZone('www.example.org', o)).toBeNull()
})

it('an answer without an end is given up', async () => {
  const { provider, requests } = await provided(() => ({ status: 200, body: `"${'x'.repeat(16 * 1024 * 1024)}"` }))
  expect((await refusal(provider.getRRset(ZONE, NAME, 'TXT', o))).message).toContain('more than 16 MiB')
  expect(requests).toHaveLength(4)
})

it('secondaries hear of a change, and it is made also when that fails', async () => {
  const { provider, requests } = await provided(({ method }) => {
    if (method === 'GET') return zone('Master')
    return method === 'PATCH' ? DONE : { status: 400, body: { error: 'not now' } }
  })
  expect(await provider.addValues(ZONE, txt('v'), o)).toEqual({ status: 'applied' })
  expect(requests.at(-1)).toMatchObject({ method: 'PUT', path: '/zones/example.test./notify' })
})

it('a copy of a zone is none to write to', async () => {
  const { provider } = await provided(({ path }) => {
    if (path === '') return { status: 200, body: { version: '4.9.1' } }
    const wanted = path.startsWith('/zones?dnssec') || path.endsWith('zone=example.test.')
    return { status: 200, body: wanted ? [{ id: 'example.test.', name: 'example.test.', kind: 'Slave' }] : [] }
  })
  expect(await provider.findZone(NAME, o)).toBeNull()
  expect(await provider.access?.(o)).toEqual({
    identity: 'PowerDNS 4.9.1',
    zones: [{ ...ZONE, mayWrite: false }],
    complete: true,
    warnings: [],
  })
})

it('a name outside of the zone is refused before anything is asked', async () => {
  const { provider, requests } = await provided(() => DONE)
  const elsewhere = { ...txt('v'), name: 'example.com' }
  expect(await refusal(provider.addValues(ZONE, elsewhere, o))).toMatchObject({ code: 'PROVIDER_ZONE_NOT_FOUND' })
  expect(requests).toEqual([])
})

it.each([
  [{}, 'url: is missing'],
  [{ url: 'http://pdns.example.com', apiKey: KEY }, 'http:// on loopback alone'],
  [{ url: 'https://pdns.example.com', apiKey: `${KEY}\n` }, 'apiKey: has to be ASCII without spaces'],
  [{ url: 'https://pdns.example.com', apiKey: KEY, server: '../x' }, 'server: has to be the id of a server'],
])('settings %j are refused', (settings, message) => {
  const runtime = { clock: manualClock(new Date(0)), random: { bytes: (length: number) => new Uint8Array(length) } }
  stop = () => undefined
  try {
    manifest.create(settings, runtime)
    expect.unreachable('they were accepted')
  } catch (error) {
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('npmjs.com'),
    })
    expect(JSON.stringify([error, String(error)])).not.toContain(KEY)
  }
})
