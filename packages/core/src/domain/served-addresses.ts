import { BlockList, isIP } from 'node:net'
import { DomainctlError } from '../errors.ts'
import { canonicalAddress } from './diagnosis/canonical.ts'

/** What can stand in a record and yet be the address of no one server (RFC 6890), and why. Private ones may be meant, in a lab. */
const NOBODYS: readonly [why: string, family: 'ipv4' | 'ipv6', subnet: string, prefix: number][] = [
  ['it is the unspecified address', 'ipv4', '0.0.0.0', 8],
  ['it is a multicast address', 'ipv4', '224.0.0.0', 4],
  ['it is the broadcast address', 'ipv4', '255.255.255.255', 32],
  ['it is the unspecified address', 'ipv6', '::', 128],
  ['it is a multicast address', 'ipv6', 'ff00::', 8],
]

/**
 * The addresses that a name has to have, each once and in its canonical spelling (RFC 5952), in the order given.
 * @throws DomainctlError `USAGE` for what no server can have
 */
export function servedAddresses(typed: readonly string[]): string[] {
  return [...new Set(typed.map(servedAddress))]
}

function servedAddress(typed: string): string {
  if (isIP(typed) === 0) throw invalid(typed, 'is not an IP address', 'Give IPv4 or IPv6 addresses, such as 192.0.2.7.')
  if (typed.includes('%'))
    throw invalid(typed, 'has a zone index, which means something on one machine only', 'Give an address without %.')
  const address = canonicalAddress(typed).replace(/^\[|\]$/g, '')
  const mapped = mappedIpv4(address)
  if (mapped !== undefined) throw invalid(typed, 'is an IPv4 address in the form of IPv6', `Give it as it is: ${mapped}.`)
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  const found = NOBODYS.find(([, of, subnet, prefix]) => of === family && within(address, family, subnet, prefix))
  if (found) throw invalid(typed, `cannot be where a name is served: ${found[0]}`, 'Give the addresses of your own servers.')
  return address
}

function within(address: string, family: 'ipv4' | 'ipv6', subnet: string, prefix: number): boolean {
  const list = new BlockList()
  list.addSubnet(subnet, prefix, family)
  return list.check(address, family)
}

/** The IPv4 address in `::ffff:0:0/96` (RFC 4291 §2.5.5.2), which no AAAA record leads to. */
function mappedIpv4(address: string): string | undefined {
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? []
  if (high === undefined || low === undefined) return undefined
  return [high, low]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}

function invalid(typed: string, what: string, hint: string): DomainctlError {
  return new DomainctlError('USAGE', `${JSON.stringify(typed.slice(0, 80))} ${what}.`, { hint })
}
