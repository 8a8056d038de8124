import type { RequestListener } from 'node:http'
import type { ServerOptions } from 'node:https'
import { type Authority, makeAuthority, makeLeaf } from '../acme/certificates.test.support.ts'
import type { Dns, ResolverAnswer } from '../contracts/dns.ts'
import type { HealthTarget } from '../contracts/health-probe.ts'
import { judgeHealth } from '../domain/health/judge.ts'
import { type Edge, startEdges } from '../probe/edge.test.support.ts'
import { systemClock } from '../runtime/clock.ts'
import { createHealthProbe, type HealthProbeOptions } from './health-probe.ts'

export const NAME = 'shop.example.test'
export const NEVER = new AbortController().signal

/** Trusted in these tests. */
export const root = await makeAuthority('Test Root')
export const intermediate = await makeAuthority('Test Intermediate', root)
export const stranger = await makeAuthority('Stranger Root')

const leaf = await makeLeaf(intermediate, [NAME])

/** What a server shows that does all right. */
export const GOOD: ServerOptions = { key: leaf.key, cert: leaf.pem + intermediate.pem }
/** The certificate alone. */
export const LEAF = leaf

export const welcome: RequestListener = (_, response) => response.end('welcome')

/** A certificate of the intermediate, with it. */
export async function shows(
  o: Parameters<typeof makeLeaf>[2] & { names?: string[]; issuer?: Authority },
): Promise<ServerOptions> {
  const { names = [NAME], issuer = intermediate, ...dates } = o
  const { pem, key } = await makeLeaf(issuer, names, dates)
  return { key, cert: pem + issuer.pem }
}

type Lookups = Pick<Dns, 'trace' | 'askResolvers'>

/** A DNS in which names have these addresses, and two resolvers that know them. */
export function dnsOf(names: Record<string, readonly string[]>, o: Partial<Lookups> = {}): Lookups {
  return {
    async trace(name) {
      const addresses = names[name]
      return { path: [name], end: addresses ? 'addresses' : 'missing', addresses: [...(addresses ?? [])] }
    },
    async askResolvers(name, type) {
      const values = (names[name] ?? []).filter((address) => address.includes(':') === (type === 'AAAA'))
      return [said('192.0.2.53', values), said('192.0.2.54', values)]
    },
    ...o,
  }
}

export function said(resolver: string, values: readonly string[], rcode = 'NOERROR'): ResolverAnswer {
  const outcome = rcode === 'NOERROR' ? 'answer' : rcode === 'silent' ? 'unreachable' : 'error'
  return { resolver, rcode, outcome, values: [...values] }
}

/** Measures servers at addresses of their own on one port; the name leads to all of them. */
export async function measure(
  edges: Record<string, Edge>,
  target: Omit<HealthTarget, 'name'> | ((port: number) => Omit<HealthTarget, 'name'>) = {},
  o: Partial<Omit<HealthProbeOptions, 'dns'>> & { dns?: Lookups } = {},
) {
  const port = await startEdges(edges)
  const { dns = dnsOf({ [NAME]: Object.keys(edges) }), ...others } = o
  const probe = createHealthProbe({
    clock: systemClock(),
    dns: async () => dns,
    httpPort: port,
    httpsPort: port,
    allowPrivate: true,
    anchors: [],
    roots: async () => root.pem,
    ...others,
  })
  const asked = typeof target === 'function' ? target(port) : target
  const measurement = await probe.measure({ name: NAME, ...asked }, { signal: NEVER })
  return { port, probe, measurement, observation: judgeHealth(measurement) }
}

/** The same of one server that speaks TLS. */
export async function measureOne(tls: ServerOptions, http: RequestListener = welcome, target: Omit<HealthTarget, 'name'> = {}) {
  return measure({ '127.0.0.1': { http, tls } }, target)
}
