import type { DomainReport } from '@domainctl/core'
import type { Mark } from './marks.ts'

/** How much a domain needs somebody: what visitors meet comes first. */
const RANKS = ['down', 'failing', 'waiting', 'well', 'aside', 'gone'] as const
type Rank = (typeof RANKS)[number]

const MARKS = {
  down: 'fail',
  failing: 'warn',
  waiting: 'wait',
  well: 'ok',
  aside: 'info',
  gone: 'info',
} as const satisfies Record<Rank, Mark>

type Standing = Pick<DomainReport, 'name' | 'status' | 'certificate' | 'health' | 'deployments' | 'lastError'>

function rankOf({ status, certificate, health, deployments, lastError }: Standing, now: Date): Rank {
  if (status === 'deleted') return 'gone'
  if (status === 'suspended') return 'aside'
  const isOver = certificate && (certificate.revokedAt !== undefined || new Date(certificate.notAfter) <= now)
  if (status === 'failed' || isOver || health?.status === 'broken') return 'down'
  const isUndeployed = deployments.some((deployment) => deployment.status === 'failed')
  if (health?.status === 'failing' || isUndeployed || (certificate && lastError)) return 'failing'
  return status === 'active' ? 'well' : 'waiting'
}

/** The mark of a domain in a list. */
export function standingMark(domain: Standing, now: Date): Mark {
  return MARKS[rankOf(domain, now)]
}

/** Order of two domains, the worse one first; of those that stand alike the one whose certificate ends sooner, then by name. */
export function worstFirst(now: Date): (a: Standing, b: Standing) => number {
  const rank = (domain: Standing) => RANKS.indexOf(rankOf(domain, now))
  const end = ({ certificate }: Standing) => (certificate ? Date.parse(certificate.notAfter) : Number.MAX_SAFE_INTEGER)
  return (a, b) => rank(a) - rank(b) || end(a) - end(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
}

const WORDS = {
  down: 'down or failed',
  failing: 'with trouble',
  waiting: 'waiting',
  well: 'well',
  aside: 'suspended',
  gone: 'removed',
} as const satisfies Record<Rank, string>

/** `12 domains: 1 down or failed, 11 well`. */
export function standingCounts(domains: readonly Standing[], now: Date): string {
  const by = Map.groupBy(domains, (domain) => rankOf(domain, now))
  const parts = RANKS.flatMap((rank) => (by.has(rank) ? [`${by.get(rank)?.length} ${WORDS[rank]}`] : []))
  return `${domains.length} ${domains.length === 1 ? 'domain' : 'domains'}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`
}
