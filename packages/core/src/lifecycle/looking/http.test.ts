import { describe, expect, it } from 'vitest'
import { startExample } from '../../dns/lab.test.support.ts'
import type { Domain } from '../../domain/model.ts'
import { type Edge, NAME, NEVER, startEdges } from '../../probe/edge.test.support.ts'
import { createHttpProbe } from '../../probe/http-probe.ts'
import { sampleDomain } from '../../testing/model-samples.ts'
import { lookAtHttp } from './http.ts'

const TOKEN = 'abc123'
const PATH = '/.well-known/domainctl'

const right: Edge = { http: (_, response) => response.end(TOKEN) }
const parked: Edge = { http: (_, response) => response.writeHead(200, { server: 'parking' }).end('For sale') }

/** Looks at a domain whose zone has these records, with these servers on one port. */
async function look(records: string[], edges: Record<string, Edge>, parts: Partial<Domain>) {
  const port = await startEdges(edges)
  const { dns, clock, zone, servers } = await startExample({ extra: records })
  const probe = createHttpProbe({ clock, port, allowPrivate: true, trace: (name, o) => dns.trace(name, o) })
  const domain = sampleDomain({ name: NAME, names: [{ name: NAME }], probe: { path: PATH, token: TOKEN }, ...parts })
  const again = () => lookAtHttp({ dns, signal: NEVER, now: clock.now() }, async () => probe, domain)
  return { checks: await again(), again, port, zone, servers }
}

const routedTo = (target: string) => ({ names: [{ name: NAME, routing: { state: 'ok' as const, target } }] })

describe('the look over HTTP', () => {
  it('asks each name at the addresses that the authoritative servers give, but no wildcard', async () => {
    const names = [{ name: NAME }, { name: `*.${NAME}` }, { name: 'www.example.test' }]
    const records = [`${NAME} A 127.0.0.21`, `${NAME} A 127.0.0.22`, `www.example.test CNAME ${NAME}`]
    const { checks, port } = await look(records, { '127.0.0.21': right, '127.0.0.22': right }, { names })
    expect(checks.map(({ record, ok, seen }) => [record.name, ok, seen.length])).toEqual([
      [NAME, true, 2],
      ['www.example.test', true, 2],
    ])
    expect(checks[0]).toEqual({
      purpose: 'http',
      record: { type: 'A', name: NAME, expected: [] },
      seen: [
        { server: '127.0.0.21', rcode: 'HTTP 200', values: [] },
        { server: '127.0.0.22', rcode: 'HTTP 200', values: [] },
      ],
      ok: true,
      state: 'ok',
      explanation: `http://${NAME}:${port}${PATH} is answered with its token at 127.0.0.21 (200), 127.0.0.22 (200).`,
      actor: 'operator',
    })
  })

  it('names the address that is not the target’s, for the customer, and the one of the target that fails, for the operator', async () => {
    const records = [`${NAME} A 127.0.0.21`, `${NAME} A 127.0.0.23`, 'edge.example.test A 127.0.0.21']
    const edges = { '127.0.0.21': right, '127.0.0.23': parked }
    const { checks, again } = await look(records, edges, routedTo('edge.example.test'))
    expect(checks).toMatchObject([
      {
        ok: false,
        state: 'wrong',
        problem: 'HTTP_WRONG_ANSWER',
        severity: 'error',
        actor: 'customer',
        record: { type: 'A', expected: ['127.0.0.21'] },
        seen: [{ server: '127.0.0.23', rcode: 'HTTP 200' }],
        explanation: expect.stringMatching(/At 127\.0\.0\.23 .* with something else in place of the token .*"parking"/),
      },
    ])
    expect(await again()).toEqual(checks)
    const ours = await look(
      [`${NAME} CNAME edge.example.test`, 'edge.example.test A 127.0.0.23'],
      edges,
      routedTo('edge.example.test'),
    )
    expect(ours.checks).toMatchObject([{ problem: 'HTTP_WRONG_ANSWER', actor: 'operator' }])
  })

  it('says that a name has no address, leads in a circle, or cannot be asked about', async () => {
    const none = await look([`${NAME} CNAME gone.example.test`], {}, {})
    expect(none.checks).toMatchObject([{ ok: false, state: 'missing', problem: 'HTTP_UNREACHABLE', actor: 'customer', seen: [] }])
    expect(none.checks[0]?.explanation).toContain('by way of "gone.example.test"')
    const circle = await look([`${NAME} CNAME a.example.test`, `a.example.test CNAME ${NAME}`], {}, {})
    expect(circle.checks[0]?.explanation).toContain('in a circle of CNAME records')
    const silent = await look([`${NAME} CNAME edge.example.test`], {}, {})
    for (const server of silent.servers) server.handler = () => 'silence'
    expect(await silent.again()).toMatchObject([{ state: 'unknown', problem: 'DNS_UNREACHABLE', actor: 'provider' }])
  })

  it('asks nothing where no probe is wanted', async () => {
    const { probe: _, ...domain } = sampleDomain()
    const never = () => Promise.reject(new Error('nothing should be asked'))
    const { dns, clock } = await startExample()
    expect(await lookAtHttp({ dns, signal: NEVER, now: clock.now() }, never, domain)).toEqual([])
  })
})
