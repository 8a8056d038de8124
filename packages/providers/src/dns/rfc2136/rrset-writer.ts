import { type Change, DomainctlError, type RRset, type Zone } from '@domainctl/core'
import { TYPE } from './message.ts'
import type { Primary } from './primary.ts'
import { isPrerequisiteFailure, RCODE, refusedUpdate } from './rcode.ts'
import { readRRset, type StoredRRset } from './stored-rrset.ts'
import { addToRRset, deleteRRset, nameIsUnused, rrsetIs, rrsetIsAbsent, type UpdatePart, updateOf } from './update.ts'

/** How often a replacement starts anew because others changed the set between its reading and its writing. */
const MAX_ATTEMPTS = 8

/**
 * Reads the set, then replaces it on the condition that it still is what was read: so `previous` is what the change
 * replaced, whoever else writes. `mayReplace` throws when what stands there has to stay. Sent alone, because the
 * conditions of a message hold for all its updates.
 *
 * @throws `PROVIDER_CONFLICT` when a CNAME stands beside other records or they beside it, or when the set never stayed
 * still; `PROVIDER_REFUSED` for a CNAME with several values; what {@link Primary.ask} throws.
 */
export async function replaceRRset(
  primary: Primary,
  zone: Zone,
  rrset: RRset,
  signal: AbortSignal,
  mayReplace: (previous: RRset | null) => void = () => undefined,
): Promise<Change> {
  if (rrset.type === 'CNAME' && rrset.values.length > 1) throw severalCnames(rrset.name)
  for (let attempt = 1; ; attempt++) {
    const stored = await readRRset(primary, zone, rrset.name, rrset.type, signal)
    const previous = stored?.rrset ?? null
    mayReplace(previous)
    const { rcode } = await primary.ask(updateOf(zone.name, [replacement(rrset, stored)]), signal)
    if (rcode === RCODE.NOERROR) return { status: 'applied', previous }
    if (rcode === RCODE.YXDOMAIN) throw recordsInTheWay(rrset.name)
    const conflict = isPrerequisiteFailure(rcode) ? await cnameInTheWay(primary, zone, rrset, signal) : null
    if (conflict !== null) throw conflict
    if (!isPrerequisiteFailure(rcode) || attempt === MAX_ATTEMPTS) {
      throw refusedUpdate(rcode, rrset.name, zone.name, primary.label)
    }
  }
}

/** The conflict with a CNAME at the name of `rrset`, or null when there is none. */
export async function cnameInTheWay(
  primary: Primary,
  zone: Zone,
  rrset: RRset,
  signal: AbortSignal,
): Promise<DomainctlError | null> {
  if (rrset.type === 'CNAME') return null
  const cname = await readRRset(primary, zone, rrset.name, 'CNAME', signal)
  if (cname === null) return null
  return new DomainctlError(
    'PROVIDER_CONFLICT',
    `${rrset.name} is a CNAME to ${cname.rrset.values.join(', ')}, and no ${rrset.type} record can stand beside a CNAME (RFC 1034 §3.6.2).`,
    { hint: `Remove the CNAME record of ${rrset.name}, or make the ${rrset.type} record at its target.` },
  )
}

/** For `addValues`: a name has one CNAME, so a second value cannot be added to it. */
export function keepOtherCname(rrset: RRset): (previous: RRset | null) => void {
  return (previous) => {
    if (previous === null || previous.values[0] === rrset.values[0]?.toLowerCase()) return
    throw new DomainctlError('PROVIDER_CONFLICT', `${rrset.name} is a CNAME to ${previous.values.join(', ')} already.`, {
      hint: `Change or remove the CNAME record of ${rrset.name}.`,
    })
  }
}

function replacement(rrset: RRset, stored: StoredRRset | null): UpdatePart {
  const { name } = rrset
  const type = TYPE[rrset.type]
  const unchanged = stored === null ? [rrsetIsAbsent(name, type)] : rrsetIs(name, type, stored.rdata)
  const prerequisites =
    rrset.type !== 'CNAME'
      ? [rrsetIsAbsent(name, TYPE.CNAME), ...unchanged]
      : // Where a CNAME stands there is nothing else; where none stands nothing else may be.
        stored === null
        ? [nameIsUnused(name)]
        : unchanged
  return { prerequisites, updates: [deleteRRset(name, type), ...addToRRset(rrset)] }
}

function recordsInTheWay(name: string): DomainctlError {
  return new DomainctlError(
    'PROVIDER_CONFLICT',
    `${name} has records, and no CNAME can stand beside other records (RFC 1034 §3.6.2).`,
    { hint: `Remove the other records of ${name}, or use A and AAAA records instead of the CNAME.` },
  )
}

function severalCnames(name: string): DomainctlError {
  return new DomainctlError('PROVIDER_REFUSED', `${name} cannot have more than one CNAME (RFC 2181 §10.1).`, {
    hint: 'Give one target.',
  })
}
