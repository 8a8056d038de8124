// What a service does with a domain that a customer typed in: call it again until it answers `connected`.
import { type Check, DomainctlError, type TenantDomainctl } from '@domainctl/core'

/** Where the service takes its customers' visitors. */
const EDGE = 'edge.example.test'

type DnsRecord = Pick<NonNullable<Check['fix']>, 'type' | 'name' | 'value'>

export type Connection =
  | { status: 'connected'; fullchain: string; privateKey: string }
  /** For the customer: what to create at their DNS, and why. */
  | { status: 'waiting'; create: DnsRecord[]; because: string }
  /** Nothing that the customer can do now. */
  | { status: 'delayed'; because: string; retryAt: Date | undefined }

export async function connect(domainctl: TenantDomainctl, name: string): Promise<Connection> {
  try {
    await domainctl.add(name, { ownership: 'txt', target: EDGE })
    const { ok, checks, error } = await domainctl.verify(name)
    if (!ok) {
      const create = checks.flatMap(({ fix }) => (fix ? [{ type: fix.type, name: fix.name, value: fix.value }] : []))
      return { status: 'waiting', create, because: error?.message ?? 'The DNS is not right yet.' }
    }
    await domainctl.issue(name)
    // Absent only where a certificate request was given, whose key is elsewhere.
    const { fullchain, privateKey = '' } = await domainctl.export(name)
    return { status: 'connected', fullchain, privateKey }
  } catch (error) {
    if (!(error instanceof DomainctlError)) throw error
    return { status: 'delayed', because: `${error.message} ${error.hint}`, retryAt: error.retryAt }
  }
}
