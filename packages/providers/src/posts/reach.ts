import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { isPublicAddress } from '@domainctl/core'

/**
 * Which addresses may be connected to: those of the public Internet, so that an address that somebody slipped in leads nowhere
 * within (SSRF); any; or in a sandbox, where nobody outside is to hear of anything, private ones alone.
 */
export type Reach = 'public' | 'any' | 'private'

/** Where a name leads is not where we may connect to. */
export class OutOfReach extends Error {
  override readonly name = 'OutOfReach'
  readonly reach: Reach

  constructor(host: string, reach: Reach) {
    super(`${host} has no ${reach} address`)
    this.reach = reach
  }
}

export function isWithinReach(ip: string, reach: Reach): boolean {
  return reach === 'any' || isPublicAddress(ip) === (reach === 'public')
}

/** @throws OutOfReach for an address in place of a name, which nobody looks up */
export function refuseAddress(host: string, reach: Reach): void {
  const ip = host.replace(/^\[(.*)\]$/, '$1')
  if (isIP(ip) !== 0 && !isWithinReach(ip, reach)) throw new OutOfReach(ip, reach)
}

/** A look-up for `connect` that gives only what is within reach: what was checked is what is connected to. */
export function lookupWithin(reach: Reach): LookupFunction {
  return (host, options, answer) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      const addresses = error ? [] : found.filter(({ address }) => isWithinReach(address, reach))
      const [first] = addresses
      if (error || !first) answer(error ?? new OutOfReach(host, reach), '', 0)
      else if (options.all) answer(null, addresses)
      else answer(null, first.address, first.family)
    })
  }
}
