import type { ServedCertificate } from './served-certificate.ts'

/**
 * Which certificate each name is served with: the one that came last. Each source (a folder, `install`) has one for a name
 * at most; when it takes that away, what another source has is served again.
 */
export interface ServedNames {
  add(source: string, certificate: ServedCertificate): void
  remove(source: string, certificate: ServedCertificate): void
  find(serverName: string): ServedCertificate | undefined
}

/** Names of which none is served yet. */
export function createServedNames(): ServedNames {
  /** By name, then by source, in the order in which they came. */
  const byName = new Map<string, Map<string, ServedCertificate>>()
  const latest = (name: string) => [...(byName.get(name)?.values() ?? [])].at(-1)
  return {
    add(source, certificate) {
      for (const name of certificate.names) {
        const sources = byName.get(name) ?? new Map<string, ServedCertificate>()
        byName.set(name, sources)
        // Away first: a key that is set again would keep its place in the order.
        sources.delete(source)
        sources.set(source, certificate)
      }
    },
    remove(source, certificate) {
      for (const name of certificate.names) {
        const sources = byName.get(name)
        if (sources?.get(source) === certificate) sources.delete(source)
        if (sources?.size === 0) byName.delete(name)
      }
    },
    find(serverName) {
      const name = serverName.toLowerCase()
      // A name that begins with a star is none that a client can look for.
      return name.startsWith('*') ? undefined : (latest(name) ?? latest(wildcardFor(name)))
    },
  }
}

/** RFC 9525 §6.3: the star stands for the whole first label, and for one only. */
function wildcardFor(name: string): string {
  return name.replace(/^[a-z0-9_-]+(?=\.)/, '*')
}
