import type { Dns, PropagationMode } from '../contracts/dns.ts'
import type { Clock, Random } from '../contracts/runtime.ts'
import { Authoritative } from './authoritative.ts'
import { CaaLookups } from './caa.ts'
import { followCname, unreachable } from './cname.ts'
import { Inspections } from './inspect.ts'
import { NameServers } from './name-servers.ts'
import { serverAnswer } from './observe.ts'
import { waitForRecords } from './propagation.ts'
import { openResolver } from './resolver.ts'
import { ResolverAnswers } from './resolver-answers.ts'
import { Traces } from './trace.ts'
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
  const resolver = openResolver(o.resolvers, { wire, clock })
  const authoritative = new Authoritative({ wire, clock, port: o.authoritativePort ?? 53 })
  const nameServers = new NameServers(resolver, o.allowPrivate)
  const zones = new Zones({ resolver, authoritative, nameServers, clock })
  const caa = new CaaLookups({ zones, authoritative, resolver, clock })
  const traces = new Traces({ zones, authoritative, clock })
  const resolvers = new ResolverAnswers(resolver, clock)
  const inspections = new Inspections({ zones, authoritative, resolvers, clock })
  return {
    async zoneOf(name, { signal }) {
      const { zone, silent } = await zones.locate(fqdn(name), signal)
      if (silent !== undefined) throw unreachable(zone.apex, silent)
      return zone
    },
    async observe(name, type, { signal, zone: known }) {
      const question = { name: fqdn(name), type }
      // Who looks at the records of a name wants to know where it leads now; what thousands share is seldom looked at itself.
      traces.forget(question.name)
      const zone = known ?? (await zones.locate(question.name, signal)).zone
      const ask = async (server: (typeof zone.servers)[number]) =>
        serverAnswer(server, question, await authoritative.ask(server, question, signal))
      return { ...question, zone, answers: await Promise.all(zone.servers.map(ask)) }
    },
    async inspectZone(name, { signal }) {
      return await inspections.of(fqdn(name), signal)
    },
    async trace(name, { signal }) {
      return await traces.from(fqdn(name), signal)
    },
    async askResolvers(name, type, { signal }) {
      return await resolvers.judges({ name: fqdn(name), type }, signal)
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
