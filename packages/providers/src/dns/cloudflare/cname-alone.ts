import { DomainctlError, type RRset, type Zone } from '@domainctl/core'
import { canonicalName, canonicalValue, plainValue } from './content.ts'
import type { ApiRecord } from './types.ts'

/**
 * A CNAME stands alone (RFC 1034 §3.6.2), and the API refuses no more than addresses beside it. At the apex, and where it
 * is proxied, Cloudflare answers with addresses in its place, and other records are served.
 */
export function keepApart(zone: Zone, name: string, { type, proxied }: RRset, records: readonly ApiRecord[]): void {
  const isAddress = (other: string): boolean => other === 'A' || other === 'AAAA'
  const isApex = name === canonicalName(zone.name)
  if (type === 'CNAME') {
    const others = records.filter(
      (record) => record.type !== 'CNAME' && (!(isApex || proxied === true) || isAddress(record.type)),
    )
    if (others.length > 0) throw recordsInTheWay(name, others)
    return
  }
  const cname = records.find((record) => record.type === 'CNAME')
  if (cname === undefined || ((isApex || cname.proxied) && !isAddress(type))) return
  throw new DomainctlError(
    'PROVIDER_CONFLICT',
    `${name} is a CNAME to ${plainValue(cname)}, and no ${type} record can stand beside a CNAME (RFC 1034 §3.6.2).`,
    { hint: `Remove the CNAME record of ${name}, or make the ${type} record at its target.` },
  )
}

/** The values in canonical form, each once. */
export function distinct(rrset: RRset): string[] {
  const values = [...new Set(rrset.values.map((value) => canonicalValue(rrset.type, value)))]
  if (rrset.type !== 'CNAME' || values.length < 2) return values
  throw new DomainctlError('PROVIDER_REFUSED', `${rrset.name} cannot have more than one CNAME (RFC 2181 §10.1).`, {
    hint: 'Give one target.',
  })
}

function recordsInTheWay(name: string, others: readonly ApiRecord[]): DomainctlError {
  const types = [...new Set(others.map(({ type }) => type))].join(', ')
  return new DomainctlError(
    'PROVIDER_CONFLICT',
    `${name} has records (${types}), and no CNAME can stand beside other records (RFC 1034 §3.6.2).`,
    { hint: `Remove the other records of ${name}, or use A and AAAA records instead of the CNAME.` },
  )
}

export function otherCname(name: string, records: readonly ApiRecord[]): DomainctlError {
  const targets = records.filter(({ type }) => type === 'CNAME').map(plainValue)
  return new DomainctlError('PROVIDER_CONFLICT', `${name} is a CNAME to ${targets.join(', ')} already.`, {
    hint: `Change or remove the CNAME record of ${name}.`,
  })
}
