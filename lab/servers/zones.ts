import { Resolver } from 'node:dns/promises'

/**
 * Where each server of the lab listens. The authoritative ones share one port, since an NS record carries none; they
 * listen at port 53 too, for the resolver, which knows no other.
 */
export const addresses = {
  /** The root and `test`, which delegate. */
  parent: '127.0.0.10',
  /** Primary of `example.test` and `validation.test`; takes the dynamic updates. */
  primary: '127.0.0.21',
  /** Secondary of `example.test`. */
  secondary: '127.0.0.22',
  /** Secondary of `validation.test`. */
  validationSecondary: '127.0.0.31',
  /** The recursive resolver. */
  resolver: '127.0.0.1',
} as const

/** A key for RFC 8945. */
export interface TsigKey {
  name: string
  algorithm: 'hmac-sha256' | 'hmac-sha512'
  /** Base64. Never logged. */
  secret: string
}

export interface NameServerOptions {
  port: number
  /** Every one of them may update both primary zones. */
  keys: readonly TsigKey[]
}

/** The authoritative side of the lab, whoever wrote the software. */
export interface NameServers {
  readonly pids: readonly number[]
  stop(): Promise<void>
}

// Negative answers live for one second (the last field, RFC 2308 section 4); a lost NOTIFY costs a second (refresh).
const soa = (primary: string) => `@ 60 IN SOA ${primary} hostmaster.nic.test. 1 1 1 86400 1`

const delegated = (zone: string, secondary: string) => [
  `${zone}. 60 IN NS ns1.${zone}.`,
  `${zone}. 60 IN NS ns2.${zone}.`,
  `ns1.${zone}. 60 IN A ${addresses.primary}`,
  `ns2.${zone}. 60 IN A ${secondary}`,
]

const example = delegated('example.test', addresses.secondary)
const validation = delegated('validation.test', addresses.validationSecondary)
const parentServer = ['@ 60 IN NS ns.nic.test.', `ns.nic.test. 60 IN A ${addresses.parent}`]
const zoneFile = (lines: readonly string[]) => `${lines.join('\n')}\n`

/** The zones as they are at the start, in the format of RFC 1035 section 5. */
export const zoneFiles = {
  '.': zoneFile([soa('ns.nic.test.'), ...parentServer, 'test. 60 IN NS ns.nic.test.']),
  test: zoneFile([soa('ns.nic.test.'), ...parentServer, ...example, ...validation]),
  'example.test': zoneFile([soa('ns1.example.test.'), ...example]),
  'validation.test': zoneFile([soa('ns1.validation.test.'), ...validation]),
} as const

export type ZoneName = keyof typeof zoneFiles

/** Which server answers for which zone; the whole lab is ready when every one of these gives an SOA. */
export const served: readonly (readonly [address: string, zone: ZoneName])[] = [
  [addresses.parent, 'test'],
  [addresses.primary, 'example.test'],
  [addresses.primary, 'validation.test'],
  [addresses.secondary, 'example.test'],
  [addresses.validationSecondary, 'validation.test'],
]

/** Whether the server at `address` gives an SOA for each of the zones; rejects when it does not answer. */
export async function answersFor(address: string, port: number, zones: readonly string[]): Promise<boolean> {
  const resolver = new Resolver({ timeout: 500, tries: 1 })
  resolver.setServers([`${address}:${port}`])
  for (const zone of zones) await resolver.resolveSoa(zone)
  return true
}
