import { BlockList, isIP } from 'node:net'

/** A company whose proxy answers in place of the host that a record names. */
export interface Proxy {
  /** For people. */
  title: string
  /** How a record is shown as it is, as a sentence. */
  turnOff: string
}

interface ProxyRanges extends Proxy {
  /** Where the company publishes its ranges. */
  source: string
  /** When they were last compared with it, ISO 8601. */
  asOf: string
  v4: readonly string[]
  v6: readonly string[]
}

const PROXIES: readonly ProxyRanges[] = [
  {
    title: 'Cloudflare',
    turnOff:
      'If this record is made at Cloudflare, open DNS, Records there, edit it, and click the orange cloud, so that it is grey ("DNS only").',
    source: 'https://www.cloudflare.com/ips/',
    asOf: '2026-02-11',
    v4: [
      '173.245.48.0/20',
      '103.21.244.0/22',
      '103.22.200.0/22',
      '103.31.4.0/22',
      '141.101.64.0/18',
      '108.162.192.0/18',
      '190.93.240.0/20',
      '188.114.96.0/20',
      '197.234.240.0/22',
      '198.41.128.0/17',
      '162.158.0.0/15',
      '104.16.0.0/13',
      '104.24.0.0/14',
      '172.64.0.0/13',
      '131.0.72.0/22',
    ],
    v6: [
      '2400:cb00::/32',
      '2606:4700::/32',
      '2803:f800::/32',
      '2405:b500::/32',
      '2405:8100::/32',
      '2a06:98c0::/29',
      '2c0f:f248::/32',
    ],
  },
]

const LISTS = PROXIES.map(({ title, turnOff, v4, v6 }) => ({ proxy: { title, turnOff }, list: listOf(v4, v6) }))

/** Whose proxy all of these addresses are; undefined when there are none, or one of them is nobody's. */
export function proxyOf(addresses: readonly string[]): Proxy | undefined {
  if (addresses.length === 0) return undefined
  return LISTS.find(({ list }) => addresses.every((address) => holds(list, address)))?.proxy
}

function holds(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

function listOf(v4: readonly string[], v6: readonly string[]): BlockList {
  const list = new BlockList()
  for (const [family, ranges] of [
    ['ipv4', v4],
    ['ipv6', v6],
  ] as const) {
    for (const range of ranges) {
      const [address = '', prefix] = range.split('/')
      list.addSubnet(address, Number(prefix), family)
    }
  }
  return list
}
