// Which certificate a visitor is shown: from memory, and out of the state of domainctl when it is not there or has changed.
import { createSecureContext, type SecureContext } from 'node:tls'
import { type Domainctl, isDomainctlError, parseName } from '@domainctl/core'

/** What is served for a name, and whose it is. */
export interface Served {
  customer: string
  context: SecureContext
  serial: string
}

export interface Certificates {
  /** Null: nothing is served for it. */
  of(name: string): Promise<Served | null>
}

/** The event that changes what is served is seen within a second; should one not be, then no certificate is older than this. */
const KEPT_MS = 600_000
/** So that nobody has the state searched for every name that they can think of. */
const UNKNOWN_KEPT_MS = 10_000
const MOST_KEPT = 10_000
const CHANGES = ['certificate.stored', 'domain.removed', 'domain.suspended', 'domain.resumed']

/** Follows the state until the signal aborts: another process may renew, and nothing has to be started again for it. */
export function createCertificates(domainctl: Domainctl, { signal, log }: { signal: AbortSignal; log: (text: string) => void }) {
  const kept = new Map<string, { until: number; served: Promise<Served | null> }>()

  async function of(given: string): Promise<Served | null> {
    const name = readName(given)
    if (name === null) return null
    const there = kept.get(name)
    if (there && there.until > Date.now()) return there.served
    const entry = { until: Date.now() + KEPT_MS, served: find(domainctl, name) }
    kept.delete(name)
    kept.set(name, entry)
    for (const oldest of kept.keys()) {
      if (kept.size <= MOST_KEPT) break
      kept.delete(oldest)
    }
    const forget = () => kept.get(name) === entry && kept.delete(name)
    entry.served.then((served) => {
      if (served === null) entry.until = Math.min(entry.until, Date.now() + UNKNOWN_KEPT_MS)
    }, forget)
    return entry.served
  }

  async function follow(): Promise<void> {
    let after: number | undefined
    while (!signal.aborted) {
      try {
        const from = after === undefined ? {} : { after }
        for await (const { seq, domain } of domainctl.events({ events: CHANGES, tenant: null, signal, ...from })) {
          after = seq
          if (domain !== undefined) kept.delete(domain)
        }
      } catch (error) {
        log(`certificates: ${error}`)
        kept.clear()
        await new Promise((resolve) => setTimeout(resolve, 1_000))
      }
    }
  }

  return { of, follow }
}

/** As it is stored; null: a visitor may ask for anything, and this is no name. */
function readName(given: string): string | null {
  try {
    return parseName(given).name
  } catch (error) {
    if (isDomainctlError(error)) return null
    throw error
  }
}

async function find(domainctl: Domainctl, name: string): Promise<Served | null> {
  // Many customers may have asked for a name, one has shown that it is theirs.
  const { domains } = await domainctl.list({ tenant: null, status: 'active', nameStartsWith: name }, { limit: 10 })
  const owner = domains.find((domain) => domain.name === name && domain.certificate)
  if (!owner) return null
  const { fullchain, privateKey, report } = await domainctl.forTenant(owner.tenant).export(name)
  if (privateKey === undefined) return null
  return { customer: owner.tenant, context: createSecureContext({ cert: fullchain, key: privateKey }), serial: report.serial }
}
