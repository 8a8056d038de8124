import { BlockList, isIP } from 'node:net'

// IANA special-purpose registries (RFC 6890 and its updates): everything that is not globally reachable unicast.
const NOT_PUBLIC_V4 = subnets('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure's own for each of its machines: nobody else gets there.
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])
const GLOBAL_V6 = subnets('ipv6', ['2000::/3'])
// Within 2000::/3: protocol assignments with Teredo and benchmarking, documentation, and 6to4, which can carry any IPv4 address.
const NOT_PUBLIC_V6 = subnets('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])
/** Where a machine is told about itself, with its credentials: link-local, and what clouds have elsewhere. */
const METADATA_V4 = subnets('ipv4', ['169.254.0.0/16', '168.63.129.16/32', '100.100.100.200/32', '192.0.0.192/32'])
const METADATA_V6 = subnets('ipv6', ['fe80::/10', 'fd00:ec2::254/128', 'fd20:ce::254/128'])
const NAT64 = subnets('ipv6', ['64:ff9b::/96'])

/**
 * Whether `ip` is a globally reachable unicast address: not private, loopback, link-local, shared (CGNAT), multicast,
 * unspecified, reserved or for documentation, and not one of the IPv6 forms that hide such an IPv4 address
 * (IPv4-mapped, 6to4, ISATAP). A NAT64 address (RFC 6052) counts as the IPv4 address that it stands for, because IPv6-only
 * networks reach all of IPv4 through it. False for anything that is not an IP address.
 */
export function isPublicAddress(ip: string): boolean {
  // An address with a zone index (fe80::1%eth0) means something on this host only.
  if (ip.includes('%')) return false
  const family = isIP(ip)
  if (family === 4) return !NOT_PUBLIC_V4.check(ip, 'ipv4')
  if (family !== 6) return false
  const groups = groupsOf(ip)
  if (NAT64.check(ip, 'ipv6')) return !NOT_PUBLIC_V4.check(ipv4At(groups, 6), 'ipv4')
  return GLOBAL_V6.check(ip, 'ipv6') && !NOT_PUBLIC_V6.check(ip, 'ipv6') && !isIsatap(groups)
}

/**
 * Whether a machine is told about itself at `ip`, mostly with its credentials (link-local, and the addresses that clouds have
 * for it), also where an IPv6 address hides such an IPv4 address. These are no private networks: nothing that has a name is
 * there. False for anything that is not an IP address.
 */
export function isMetadataAddress(ip: string): boolean {
  const [address = ''] = ip.split('%')
  const family = isIP(address)
  if (family === 4) return METADATA_V4.check(address, 'ipv4')
  if (family !== 6) return false
  const groups = groupsOf(address)
  const hidden = hiddenIpv4(groups)
  return METADATA_V6.check(address, 'ipv6') || (hidden !== undefined && METADATA_V4.check(hidden, 'ipv4'))
}

/** The IPv4 address that an IPv6 address stands for, or sends to: IPv4-mapped and -translated, NAT64, 6to4, ISATAP. */
function hiddenIpv4(groups: readonly number[]): string | undefined {
  // RFC 3056 §2.
  if (groups[0] === 0x2002) return ipv4At(groups, 1)
  const isEmbedded = groups.slice(0, 4).every((group) => group === 0)
  // RFC 6052 §2.1, RFC 8215.
  const isTranslated = groups[0] === 0x64 && groups[1] === 0xff9b
  return isEmbedded || isTranslated || isIsatap(groups) ? ipv4At(groups, 6) : undefined
}

/** RFC 5214 §6.1: the interface identifier says so, and ends with an IPv4 address, which such a host sends to. */
function isIsatap(groups: readonly number[]): boolean {
  return (groups[4] === 0 || groups[4] === 0x0200) && groups[5] === 0x5efe
}

function subnets(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    list.addSubnet(address, Number(prefix), family)
  }
  return list
}

/** The 8 groups of 16 bits of an IPv6 address. */
function groupsOf(ip: string): number[] {
  // The URL parser writes an IPv6 address in its one canonical form (RFC 5952, all hexadecimal).
  const canonical = new URL(`http://[${ip}]/`).hostname.slice(1, -1)
  const [before = [], after] = canonical.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const zeros = after ? Array.from({ length: 8 - before.length - after.length }, () => '0') : []
  return [...before, ...zeros, ...(after ?? [])].map((group) => Number.parseInt(group, 16))
}

/** The IPv4 address in two groups. */
function ipv4At(groups: readonly number[], at: number): string {
  const [high = 0, low = 0] = groups.slice(at, at + 2)
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}
