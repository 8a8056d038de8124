import { type Change, type DnsProvider, defineDnsProvider } from '@domainctl/core'

/** Says that a person has to make the change, after a look at the signal. */
async function byHand({ signal }: { signal: AbortSignal }): Promise<Change> {
  signal.throwIfAborted()
  return { status: 'by-hand' }
}

/**
 * A provider that writes nothing: each change is answered with `by-hand`, and whoever called tells a person what to
 * write. It has a zone for every name, the parent of the name, as nobody can be asked where the zone begins.
 */
export function manualProvider(): DnsProvider {
  return defineDnsProvider({
    capabilities: { minTtl: 0, atomicRRset: true, proxied: false, byHand: true },
    async findZone(fqdn, { signal }) {
      signal.throwIfAborted()
      const name = fqdn.slice(fqdn.indexOf('.') + 1)
      return { id: name, name }
    },
    async getRRset(_zone, _name, _type, { signal }) {
      signal.throwIfAborted()
      return null
    },
    addValues: (_zone, _rrset, o) => byHand(o),
    removeValues: (_zone, _rrset, o) => byHand(o),
    setRRset: (_zone, _rrset, o) => byHand(o),
  })
}
