import { DomainctlError } from '@domainctl/core'
import { shown } from '../../shown.ts'
import type { ZoneBook } from '../zone-book.ts'
import type { GoDaddyPolicy } from './godaddy-api.ts'
import { readDomain } from './names.ts'
import { invalidBody, notFound, unknownDomain } from './refusal.ts'

/** A domain of an account. */
export interface Domain {
  /** ASCII, lower case, no final dot. */
  readonly name: string
  readonly domainId: number
  readonly status: string
  /** None for a domain without a zone here. */
  readonly nameServers: readonly string[]
}

/** The domains of all accounts: one for each zone of the book, and those whose DNS is elsewhere. */
export interface Domains {
  /** Those that a key sees, in the order of their names. */
  of(policy: GoDaddyPolicy): Domain[]
  /** @throws GoDaddyRefusal 404 `NOT_FOUND` also for one of another account; 422 for what is no name */
  get(policy: GoDaddyPolicy, name: string): Domain
  /**
   * The apex of the zone of a domain.
   * @throws GoDaddyRefusal 404 `UNKNOWN_DOMAIN` for one of another account, too; 422 for what is no name
   */
  zoneOf(policy: GoDaddyPolicy, name: string): string
  /** @throws DomainctlError `USAGE` */
  add(name: string, status: string): void
  /** @throws DomainctlError `USAGE` */
  setStatus(name: string, status: string): void
}

/** Where the ids of domains begin. */
const FIRST_ID = 100_000_001

export function createDomains(book: ZoneBook): Domains {
  const elsewhere = new Set<string>()
  const statuses = new Map<string, string>()
  const ids = new Map<string, number>()
  const idOf = (name: string): number => {
    const id = ids.get(name) ?? FIRST_ID + ids.size
    ids.set(name, id)
    return id
  }
  const all = () => [...new Set([...book.zones(), ...elsewhere])].sort()
  const isOf = ({ domains }: GoDaddyPolicy, name: string) =>
    domains?.some((one) => one.replace(/\.$/, '').toLowerCase() === name) ?? true
  const domains: Domains = {
    of: (policy) =>
      all()
        .filter((name) => isOf(policy, name))
        .map((name) => ({
          name,
          domainId: idOf(name),
          status: statuses.get(name) ?? 'ACTIVE',
          nameServers: book.rrsets(name).find((rrset) => rrset.name === name && rrset.type === 'NS')?.values ?? [],
        })),
    get(policy, text) {
      const name = nameAsked(text)
      const domain = domains.of(policy).find((one) => one.name === name)
      if (!domain) throw notFound()
      return domain
    },
    zoneOf(policy, text) {
      const name = nameAsked(text)
      if (!book.zones().includes(name) || !isOf(policy, name)) throw unknownDomain()
      return name
    },
    add(text, status) {
      const name = readDomain(text)
      if (name === undefined) throw unusable(`${shown(text)} is no name of a domain.`, 'Write it as example.test.')
      checkStatus(status)
      elsewhere.add(name)
      statuses.set(name, status)
    },
    setStatus(text, status) {
      const name = readDomain(text)
      if (name === undefined || !all().includes(name)) {
        throw unusable(`The sandbox has no domain ${shown(text)}.`, 'Name one of its zones, or one that was added.')
      }
      checkStatus(status)
      statuses.set(name, status)
    },
  }
  return domains
}

/** As all of the many statuses of the documentation look. */
export function isStatus(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Z][A-Z_]*$/.test(text)
}

function checkStatus(status: unknown): void {
  if (!isStatus(status)) throw unusable(`${shown(status)} is no status of a domain.`, 'Write it as ACTIVE.')
}

/** The documentation has 422 for "`domain` is not a valid Domain name". */
function nameAsked(text: string): string {
  const name = readDomain(text)
  if (name === undefined) throw invalidBody()
  return name
}

function unusable(message: string, hint: string): DomainctlError {
  return new DomainctlError('USAGE', message, { hint })
}
