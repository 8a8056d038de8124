import type { Dns, PropagationMode } from '../contracts/dns.ts'
import type { Clock, Random } from '../contracts/runtime.ts'
import { Authoritative } from './authoritative.ts'
import { CaaLookups } from './caa.ts'
import { followCname, unreachable } from './cname.ts'
import { NameServers } from './name-servers.ts'
import { serverAnswer } from './observe.ts'
import { waitForRecords } from './propagation.ts'
import { Resolver, wireUpstreams } from './resolver.ts'
import { Wire } from './wire.ts'
import { Zones } from './zone.ts'

export interface DnsOptions {
  /** Recursive resolvers as `IP`, `IP:PORT` or `[IPv6]:PORT`; absent or empty: the system's. */
  resolvers?: readonly string[]
  /** The port of authoritative servers, for labs: NS records carry none. Default 53. */
  authoritativePort?: number
  /** Ask name servers at private, loopback and other addresses that are not public. */
  allowPrivate: boolean
  mode: PropagationMode
  clock: Clock
  random: Random
}

/**
 * The DNS over UDP and TCP. Opens no socket until it is asked something and keeps none afterwards; what it knows of
 * zones and servers it keeps for a minute.
 * @throws DomainctlError `CONFIG_INVALID` for a malformed resolver
 */
export function createDns(o: DnsOptions): Dns {
  const { clock, random, mode } = o
  const wire = new Wire({ clock, random })
  const resolver = new Resolver(wireUpstreams(o.resolvers, wire), clock)
  const authoritative = new Authoritative({ wire, clock, port: o.authoritativePort ?? 53 })
  const nameServers = new NameServers(resolver, o.allowPrivate)
  const zones = new Zones({ resolver, authoritative, nameServers, clock })
  const caa = new CaaLookups({ zones, authoritative, resolver, clock })
  return {
    async zoneOf(name, { signal }) {
      const { zone, silent } = await zones.locate(fqdn(name), signal)
      if (silent !== undefined) throw unreachable(zone.apex, silent)
      return zone
    },
    async observe(name, type, { signal, zone: known }) {
      const question = { name: fqdn(name), type }
      const zone = known ?? (await zones.locate(question.name, signal)).zone
      const ask = async (server: (typeof zone.servers)[number]) =>
        serverAnswer(server, question, await authoritative.ask(server, question, signal))
      return { ...question, zone, answers: await Promise.all(zone.servers.map(ask)) }
    },
    async followCname(name, { signal }) {
      return await followCname(fqdn(name), { zones, authoritative, signal })
    },
    async caaFor(name, { signal }) {
      return await caa.relevantTo(fqdn(name), signal)
    },
    async waitForRecords(records, { signal, timeoutMs }) {
      const wanted = records.map((record) => ({ ...record, name: fqdn(record.name) }))
      return await waitForRecords(wanted, { signal, timeoutMs }, { zones, authoritative, resolver, mode, clock })
    },
  }
}

function fqdn(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}
