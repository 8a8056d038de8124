import type { Dns, PropagationMode } from '../contracts/dns.ts'
import type { Clock, Random } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import { Authoritative } from './authoritative.ts'
import { CaaLookups } from './caa.ts'
import { followCname, unreachable } from './cname.ts'
import { Inspections } from './inspect.ts'
import { NameServers } from './name-servers.ts'
import { Observations } from './observations.ts'
import { waitForRecords } from './propagation.ts'
import { withPurse } from './purse.ts'
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
  const observations = new Observations({ zones, authoritative })
  const resolvers = new ResolverAnswers(resolver, clock)
  const inspections = new Inspections({ zones, authoritative, resolvers, clock })
  return {
    async zoneOf(name, o) {
      return await withPurse(fqdn(name), o.signal, async (signal) => {
        const { zone, silent } = await zones.locate(fqdn(name), signal)
        if (silent !== undefined) throw unreachable(zone.apex, silent)
        return zone
      })
    },
    async observe(name, type, { signal: callers, zone: known }) {
      const question = { name: fqdn(name), type }
      // Who looks at the records of a name wants to know where it leads now; what thousands share is seldom looked at itself.
      traces.forget(question.name)
      return await withPurse(question.name, callers, async (signal) => {
        return known ? await observations.at(known, question, signal) : await observations.of(question, signal)
      })
    },
    async inspectZone(name, o) {
      return await withPurse(fqdn(name), o.signal, async (signal) => await inspections.of(fqdn(name), signal))
    },
    async trace(name, o) {
      try {
        return await withPurse(fqdn(name), o.signal, async (signal) => await traces.from(fqdn(name), signal))
      } catch (thrown) {
        // Within, that is what a leg ends in; this is of the whole way.
        if (!(thrown instanceof DomainctlError && thrown.code === 'DNS_UNREACHABLE')) throw thrown
        return { path: [fqdn(name)], end: 'silent', addresses: [], why: thrown.message }
      }
    },
    async askResolvers(name, type, o) {
      return await withPurse(fqdn(name), o.signal, async (signal) => await resolvers.judges({ name: fqdn(name), type }, signal))
    },
    async followCname(name, o) {
      return await withPurse(fqdn(name), o.signal, async (signal) => {
        return await followCname(fqdn(name), { zones, authoritative, signal })
      })
    },
    async caaFor(name, o) {
      return await withPurse(fqdn(name), o.signal, async (signal) => await caa.relevantTo(fqdn(name), signal))
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
