// Which certificate a visitor is shown: from memory, and out of the state of domainctl when it is not there or has changed.
import { createSecureContext, type SecureContext } from 'node:tls'
import { type Domainctl, isDomainctlError, parseName } from '@domainctl/core'

/** What is served for a name, and whose it is. */
export interface Served {
  /** As it is stored. */
  name: string
  customer: string
  context: SecureContext
  serial: string
}

interface Entry {
  until: number
  served: Promise<Served | null>
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
  const kept = new Map<string, Entry>()
  /** Apart, so that no flood of names that are not here puts those out that are. */
  const unknown = new Map<string, Entry>()

  async function of(given: string): Promise<Served | null> {
    const name = readName(given)
    if (name === null) return null
    const there = kept.get(name) ?? unknown.get(name)
    if (there && there.until > Date.now()) return there.served
    kept.delete(name)
    const entry = { until: Date.now() + KEPT_MS, served: find(domainctl, name) }
    put(unknown, name, entry)
    const served = await entry.served.catch((error) => {
      if (unknown.get(name) === entry) unknown.delete(name)
      throw error
    })
    // Gone: it has changed since.
    if (unknown.get(name) !== entry) return served
    if (served === null) entry.until = Math.min(entry.until, Date.now() + UNKNOWN_KEPT_MS)
    else {
      unknown.delete(name)
      put(kept, name, entry)
    }
    return served
  }

  async function follow(): Promise<void> {
    let after: number | undefined
    while (!signal.aborted) {
      try {
        const from = after === undefined ? {} : { after }
        for await (const { seq, domain } of domainctl.events({ events: CHANGES, tenant: null, signal, ...from })) {
          after = seq
          if (domain === undefined) continue
          kept.delete(domain)
          unknown.delete(domain)
        }
      } catch (error) {
        log(`certificates: ${error}`)
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        // What has changed meanwhile was not seen.
        kept.clear()
        unknown.clear()
      }
    }
  }

  return { of, follow }
}

/** The oldest give way. */
function put(entries: Map<string, Entry>, name: string, entry: Entry): void {
  entries.delete(name)
  entries.set(name, entry)
  for (const oldest of entries.keys()) {
    if (entries.size <= MOST_KEPT) break
    entries.delete(oldest)
  }
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
  return {
    name,
    customer: owner.tenant,
    context: createSecureContext({ cert: fullchain, key: privateKey }),
    serial: report.serial,
  }
}
