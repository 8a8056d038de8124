import { type Check, DNS_HOST_TITLES } from '@domainctl/core'
import { steady } from './prose.ts'

/** The name servers of each zone that was looked at, by its apex. */
export type NameServers = ReadonlyMap<string, readonly string[]>

/** As the checks of zones name them. */
export function nameServersIn(checks: readonly Check[]): NameServers {
  return new Map(checks.flatMap(({ purpose, record }) => (purpose === 'zone' ? [[record.name, record.expected] as const] : [])))
}

const REGISTRAR = 'at the registrar (where the domain was bought and is paid)'
const BY_ITSELF: ReadonlySet<string> = new Set(['CACHE_OLD', 'CACHE_NEGATIVE'])

/** Who has to act and where, in words that need no knowledge of the DNS. */
export function whoActs(check: Check, nameServers: NameServers): string {
  const { actor, problem = '', purpose, fix } = check
  if (BY_ITSELF.has(problem)) return 'nobody: it passes by itself'
  const zone = purpose === 'zone' ? check.record.name : check.zone
  const domain = zone === undefined ? 'the domain' : steady(zone)
  switch (actor) {
    case 'customer': {
      const company = holderOf(check, zone === undefined ? [] : (nameServers.get(zone) ?? []))
      if (problem === 'DNSSEC_BOGUS') return `the owner of ${domain}, ${company}, and then ${REGISTRAR}`
      return `the owner of ${domain}, ${purpose === 'zone' ? REGISTRAR : company}`
    }
    case 'provider': {
      const company = `the company that runs the name servers of ${domain}`
      if (fix?.action !== 'wait') return `${company}; the owner can only ask them`
      return `nobody yet: it should pass by itself. If it is still so in an hour: ${company}`
    }
    case 'operator':
      return 'the hosting company (whoever runs domainctl); the owner of the domain has nothing to do'
    default:
      return 'the CA, the company that makes the certificates'
  }
}

/** Where the owner goes to change a record. */
function holderOf({ host }: Check, [server]: readonly string[]): string {
  if (host !== undefined) return `at ${DNS_HOST_TITLES[host]}, which holds its DNS records`
  const known = server === undefined ? '' : ` (its name server: ${steady(server)})`
  return `at the company that holds its DNS records${known}`
}
