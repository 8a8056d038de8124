import { addresses, type Role } from './addresses.ts'

/** A zone as the registry and its own servers know it. */
export interface LabZone {
  /** The servers that the registry names; `ns1.<zone>` is the first one, and so on. Absent: it is not in the registry. */
  delegated?: readonly Role[]
  /** The NS records of the zone itself, where they are others. */
  named?: readonly Role[]
  /** Who serves it; the first one has the file, the others transfer it from there. Absent: nobody. */
  served?: readonly Role[]
  /** Names of further servers that the registry names, which are no names of the zone; they are the primary. */
  parkedAt?: readonly string[]
  /** `policy`: kept signed by BIND · `expired`: signed by hand, with signatures that have expired. Either has a DS record. */
  signed?: 'policy' | 'expired'
  /** Further records, in the format of RFC 1035 §5.1. */
  records?: readonly string[]
}

/** What the target of the platform's customers leads to. */
export const EDGE = { name: 'edge.hosting.test', ipv4: '192.0.2.10', ipv6: '2001:db8:10::10' } as const
/** Where sites were before. */
export const OLD = { name: 'site.oldhost.test', ipv4: '198.51.100.7' } as const

/** Seconds for which resolvers keep that there is nothing (RFC 2308 §5), in every zone but those of the registry. */
export const NEGATIVE_TTL = 900

export const zones = {
  'example.test': { delegated: ['primary', 'knot'], served: ['primary', 'knot'] },
  'lagging.test': { delegated: ['primary', 'lagging'], served: ['primary', 'lagging'] },
  'apex.test': { delegated: ['primary'], served: ['primary'] },
  'shop.test': { delegated: ['primary'], served: ['primary'] },
  'hosting.test': {
    delegated: ['knot'],
    served: ['knot'],
    records: [`edge 300 IN A ${EDGE.ipv4}`, `edge 300 IN AAAA ${EDGE.ipv6}`, 'empty 300 IN TXT "no address yet"'],
  },
  'oldhost.test': { delegated: ['knot'], served: ['knot'], records: [`site 300 IN A ${OLD.ipv4}`] },
  'refused.test': { delegated: ['refusing'], named: ['primary'], served: ['primary'] },
  'half-refused.test': { delegated: ['primary', 'refusing'], served: ['primary'] },
  'dead.test': { delegated: ['dead'], named: ['primary'], served: ['primary'] },
  'half-dead.test': { delegated: ['primary', 'dead'], served: ['primary'] },
  // After a move the servers of both companies are left in the registry, and each has a copy.
  'moved.test': { delegated: ['primary', 'internal'], served: ['primary'] },
  'wild.test': { delegated: ['primary'], served: ['primary'], records: [`* 300 IN CNAME ${OLD.name}.`] },
  'differs.test': { delegated: ['primary', 'knot'], named: ['primary', 'lagging'], served: ['primary', 'knot', 'lagging'] },
  'signed.test': { delegated: ['primary'], served: ['primary'], signed: 'policy' },
  'bogus.test': { delegated: ['primary'], served: ['primary'], signed: 'expired' },
  'caa-fails.test': { delegated: ['middlebox'], served: ['primary'] },
  // Of these the registries are those of real top-level domains: below any other, a name may be one of the zone above. The
  // first one is delegated to nobody, and known only because the registry keeps a host of it that other domains need.
  'example.com': { served: ['primary'] },
  'example.net': { served: ['primary'] },
  // By these servers a registrar shows that nobody has renewed the domain.
  'suspended.test': {
    parkedAt: ['ns1.pendingrenewaldeletion.com', 'ns2.pendingrenewaldeletion.com'],
    named: ['primary'],
    served: ['primary'],
  },
  'office.test': { delegated: ['primary'], served: ['primary'] },
  'intranet.test': {},
} as const satisfies Record<string, LabZone>

export type ZoneName = keyof typeof zones

/** The zones as what they are meant to be: what one leaves out is undefined. */
export const zoneTable: readonly (readonly [name: ZoneName, zone: LabZone])[] = Object.entries(zones) as [ZoneName, LabZone][]

/** Those that the office's own server has in another form, or alone. */
export const internalZones = ['office.test', 'intranet.test', 'moved.test'] as const satisfies readonly ZoneName[]

const soa = (primary: string, negativeTtl: number) =>
  `@ ${negativeTtl} IN SOA ${primary} hostmaster.nic.test. 1 86400 86400 864000 ${negativeTtl}`

const fileText = (lines: readonly string[]) => `${lines.join('\n')}\n`

function nameServers(zone: string, roles: readonly Role[]): string[] {
  return [
    ...roles.map((role) => `${zone}. 300 IN NS ${nameServerOf(zone, role)}.`),
    ...roles.map((role) => `${nameServerOf(zone, role)}. 300 IN A ${addresses[role]}`),
  ]
}

/** What the server is called in a zone: `primary.example.test`, so that messages tell who is meant. */
export function nameServerOf(zone: string, role: Role): string {
  return `${role}.${zone}`
}

/** The file of a zone as its own servers have it. */
export function fileOf(name: ZoneName, { delegated = ['primary'], named = delegated, records = [] }: LabZone): string {
  const [first = 'primary'] = named
  return fileText([soa(`${nameServerOf(name, first)}.`, NEGATIVE_TTL), ...nameServers(name, named), ...records])
}

/** The file that the office's own server has. */
export function internalFileOf(name: (typeof internalZones)[number]): string {
  return fileText([soa(`${nameServerOf(name, 'internal')}.`, NEGATIVE_TTL), ...nameServers(name, ['internal'])])
}

/** The delegation of a zone, as the registry has it. */
export function delegationOf(name: ZoneName, { delegated = [], parkedAt = [] }: LabZone): string[] {
  return [...nameServers(name, delegated), ...parkedAt.map((server) => `${name}. 300 IN NS ${server}.`)]
}

/** The zones of the registry below the root; the first one is signed, like the root. */
export const registries = ['test', 'com', 'net', 'org'] as const

export type Registry = (typeof registries)[number]

/**
 * The zones of the registry.
 * @param ds the DS records of `test` and of each signed zone
 */
export function registryFiles(ds: ReadonlyMap<string, string>): ReadonlyMap<'.' | Registry, string> {
  const glue = `ns.nic.test. 60 IN A ${addresses.registry}`
  const start = [soa('ns.nic.test.', 60), '@ 60 IN NS ns.nic.test.']
  const parking = zoneTable.flatMap(([, { parkedAt = [] }]) => parkedAt.map((name) => `${name}. 300 IN A ${addresses.primary}`))
  const root = [...start, glue, ds.get('test') ?? '', ...registries.map((zone) => `${zone}. 60 IN NS ns.nic.test.`)]
  const test = zoneTable.flatMap(([name, zone]) => [...delegationOf(name, zone), ds.get(name) ?? []].flat())
  const further: Record<Registry, string[]> = {
    test: [glue, ...test],
    com: [`primary.example.com. 60 IN A ${addresses.primary}`, ...parking],
    net: [],
    org: [],
  }
  return new Map([['.', fileText(root)], ...registries.map((zone) => [zone, fileText([...start, ...further[zone]])] as const)])
}
