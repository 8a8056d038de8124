import type { Domain, DomainName, ProofState, RecordPurpose } from './model.ts'
import { baseOf } from './names.ts'
import { ownershipLostAt } from './policies.ts'

/** A record that a domain needs in the DNS. */
export interface NeededRecord {
  purpose: RecordPurpose
  type: 'TXT' | 'CNAME' | 'A' | 'AAAA'
  /** ASCII, no final dot. */
  name: string
  value: string
  /** Seconds; advice for whoever makes it. */
  ttl: number
  state: ProofState
}

/** Seconds. Short enough that a slip is mended soon, long enough for every provider. */
export const RECORD_TTL = 300

/** Where the ownership proof of a name stands (requirements L2). */
export function ownershipName(base: string): string {
  return `_domainctl.${base}`
}

/** The value of the ownership TXT record. */
export function ownershipValue(token: string): string {
  return `domainctl=${token}`
}

/** Where a CA looks for a DNS-01 proof (RFC 8555 §8.4). */
export function challengeName(base: string): string {
  return `_acme-challenge.${base}`
}

/** The records that the proofs of a domain ask for; names that share a base share their records. */
export function neededRecords(domain: Domain): NeededRecord[] {
  const byKey = new Map<string, NeededRecord>()
  for (const name of domain.names) {
    for (const record of recordsOfName(name)) byKey.set(`${record.purpose} ${record.type} ${record.name} ${record.value}`, record)
  }
  return [...byKey.values()]
}

/** The records that the proofs of one name ask for. */
export function recordsOfName(name: DomainName): NeededRecord[] {
  const base = baseOf(name.name)
  const records: NeededRecord[] = []
  const { ownership, routing, delegation } = name
  if (ownership) {
    records.push({
      purpose: 'ownership',
      type: 'TXT',
      name: ownershipName(base),
      value: ownershipValue(ownership.token),
      ttl: RECORD_TTL,
      state: ownership.state,
    })
  }
  if (routing?.target) {
    records.push({
      purpose: 'routing',
      type: 'CNAME',
      name: name.name,
      value: routing.target,
      ttl: RECORD_TTL,
      state: routing.state,
    })
  }
  for (const address of routing?.addresses ?? []) {
    records.push({
      purpose: 'routing',
      type: address.includes(':') ? 'AAAA' : 'A',
      name: name.name,
      value: address,
      ttl: RECORD_TTL,
      state: routing?.state ?? 'unknown',
    })
  }
  if (delegation) {
    records.push({
      purpose: 'delegation',
      type: 'CNAME',
      name: challengeName(base),
      value: delegation.target,
      ttl: RECORD_TTL,
      state: delegation.state,
    })
  }
  return records
}

/** Every proof that the domain asks for was seen. */
export function allProven(domain: Domain): boolean {
  return domain.names.every(({ ownership, routing, delegation }) =>
    [ownership, routing, delegation].every((proof) => !proof || proof.state === 'ok'),
  )
}

/**
 * Whether a certificate that is there may be renewed: an ownership record that was seen may be away for 72 hours, in which
 * whoever took it away by mistake can put it back (L1).
 */
export function mayRenew(domain: Domain, now: Date): boolean {
  return domain.names.every(({ ownership, delegation }) => {
    if (delegation && delegation.state !== 'ok') return false
    if (!ownership || ownership.state === 'ok') return true
    return ownership.provenAt !== undefined && !(ownership.missingSince && ownershipLostAt(ownership.missingSince) <= now)
  })
}

/** The proofs without which nothing may be written or issued (L3): ownership and delegation; routing is not among them. */
export function mayIssue(domain: Domain): boolean {
  return domain.names.every(({ ownership, delegation }) =>
    [ownership, delegation].every((proof) => !proof || proof.state === 'ok'),
  )
}
