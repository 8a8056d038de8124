import { BlockList, isIP } from 'node:net'

// IANA special-purpose registries (RFC 6890 and its updates): everything that is not globally reachable unicast.
const NOT_PUBLIC_V4 = subnets('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
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
const NAT64 = subnets('ipv6', ['64:ff9b::/96'])

/**
 * Whether `ip` is a globally reachable unicast address: not private, loopback, link-local, shared (CGNAT), multicast,
 * unspecified, reserved or for documentation, and not one of the IPv6 forms that hide such an IPv4 address
 * (IPv4-mapped, 6to4). A NAT64 address (RFC 6052) counts as the IPv4 address that it stands for, because IPv6-only
 * networks reach all of IPv4 through it. False for anything that is not an IP address.
 */
export function isPublicAddress(ip: string): boolean {
  // An address with a zone index (fe80::1%eth0) means something on this host only.
  if (ip.includes('%')) return false
  const family = isIP(ip)
  if (family === 4) return !NOT_PUBLIC_V4.check(ip, 'ipv4')
  if (family !== 6) return false
  if (NAT64.check(ip, 'ipv6')) return !NOT_PUBLIC_V4.check(lastFourBytes(ip), 'ipv4')
  return GLOBAL_V6.check(ip, 'ipv6') && !NOT_PUBLIC_V6.check(ip, 'ipv6')
}

function subnets(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    list.addSubnet(address, Number(prefix), family)
  }
  return list
}

function lastFourBytes(ip: string): string {
  // The URL parser writes an IPv6 address in its one canonical form (RFC 5952, all hexadecimal).
  const canonical = new URL(`http://[${ip}]/`).hostname.slice(1, -1)
  const groups = canonical.split(':').map((group) => Number.parseInt(group || '0', 16))
  const [high = 0, low = 0] = groups.slice(-2)
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}
