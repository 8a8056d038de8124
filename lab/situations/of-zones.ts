import { addresses } from './addresses.ts'
import { dataOf, type Making, publishNeeded, type Situation } from './situation.ts'
import { delegationOf, registries, type ZoneName } from './zones.ts'

/** Checks of records that cannot be seen because of their zone. */
const HIDDEN = ['DNS_ZONE_NOT_FOUND', 'DNS_UNREACHABLE', 'DNS_CAA_FAILED']

const zoneRow = (row: Omit<Situation, 'purpose' | 'actor' | 'make'> & Partial<Situation>): Situation => ({
  purpose: 'zone',
  actor: 'customer',
  make: async () => {},
  ...row,
})

/** The registrar publishes the zone's name servers, which may be others than before; resolvers have learned of it. */
async function delegate({ lab }: Making, zone: ZoneName, to: 'primary'): Promise<void> {
  const registry = registries.find((suffix) => zone.endsWith(`.${suffix}`)) ?? 'test'
  await lab.update(registry, `delete ${zone}. NS`, ...delegationOf(zone, { delegated: [to] }).map((line) => `add ${line}`))
  await lab.resolver.forget(registry)
}

const linesOf = ({ records }: Making) => records.map((record) => `${record.name}. 60 IN ${record.type} ${dataOf(record)}`)

/** The zone, its delegation and its signatures. */
export const ofZones: readonly Situation[] = [
  zoneRow({
    situation: 'The zone is not delegated',
    code: 'ZONE_NOT_DELEGATED',
    name: 'shop.example.com',
    names: 'example.com',
    also: HIDDEN,
    make: publishNeeded,
    mend: (making) => delegate(making, 'example.com', 'primary'),
  }),
  zoneRow({
    situation: 'The domain has expired, is on hold or was never registered (NXDOMAIN at the registry)',
    code: 'DOMAIN_NOT_REGISTERED',
    name: 'shop.example.net',
    names: 'example.net',
    also: HIDDEN,
    make: publishNeeded,
    mend: (making) => delegate(making, 'example.net', 'primary'),
  }),
  zoneRow({
    situation: 'The domain has expired, and its registrar has set name servers of its own',
    code: 'DOMAIN_SUSPENDED',
    name: 'shop.suspended.test',
    names: 'ns1.pendingrenewaldeletion.com',
    also: ['RECORD_MISSING'],
    mend: async (making) => {
      await delegate(making, 'suspended.test', 'primary')
      await publishNeeded(making)
    },
  }),
  zoneRow({
    situation: 'The delegation leads to servers that refuse',
    code: 'ZONE_REFUSED',
    name: 'shop.refused.test',
    names: 'refusing.refused.test',
    also: HIDDEN,
    // The one who forgot to set the zone up there does it where it should be.
    make: publishNeeded,
    mend: (making) => delegate(making, 'refused.test', 'primary'),
  }),
  zoneRow({
    situation: 'One of the servers of the delegation refuses',
    code: 'ZONE_SERVER_REFUSES',
    name: 'shop.half-refused.test',
    names: 'refusing.half-refused.test',
    make: publishNeeded,
    mend: (making) => delegate(making, 'half-refused.test', 'primary'),
  }),
  zoneRow({
    situation: 'No server of the delegation answers',
    code: 'ZONE_UNREACHABLE',
    actor: 'provider',
    name: 'shop.dead.test',
    names: addresses.dead,
    also: HIDDEN,
    make: publishNeeded,
    mend: (making) => delegate(making, 'dead.test', 'primary'),
  }),
  zoneRow({
    situation: 'One of the servers of the delegation does not answer',
    code: 'ZONE_SERVER_UNREACHABLE',
    actor: 'provider',
    name: 'shop.half-dead.test',
    names: 'dead.half-dead.test',
    make: publishNeeded,
    mend: (making) => delegate(making, 'half-dead.test', 'primary'),
  }),
  zoneRow({
    situation: 'The name servers of two companies each have a copy of the zone',
    code: 'ZONE_COPIES_DIFFER',
    name: 'shop.moved.test',
    names: 'internal.moved.test',
    also: ['RECORD_PARTIAL'],
    make: publishNeeded,
    mend: (making) => delegate(making, 'moved.test', 'primary'),
  }),
  zoneRow({
    situation: 'Parent and child disagree about the name servers',
    code: 'ZONE_PARENT_DIFFERS',
    name: 'shop.differs.test',
    names: 'lagging.differs.test',
    make: async (making) => {
      await publishNeeded(making)
      await making.lab.transfer('differs.test')
    },
    mend: async ({ lab }) => {
      const wanted = delegationOf('differs.test', { delegated: ['primary', 'lagging'] })
      await lab.update('test', 'delete differs.test. NS', ...wanted.map((line) => `add ${line}`))
      await lab.resolver.forget('test')
    },
  }),
  zoneRow({
    situation: 'DNSSEC is bogus: the signatures have expired',
    code: 'DNSSEC_BOGUS',
    name: 'shop.bogus.test',
    names: 'bogus.test',
    make: (making) => making.lab.sign({ expired: true, records: linesOf(making) }),
    mend: async (making) => {
      await making.lab.sign({ expired: false, records: linesOf(making) })
      await making.lab.resolver.forget('bogus.test')
    },
  }),
  zoneRow({
    situation: 'DNSSEC is bogus: the registry has a DS record of a zone that is not signed well any more',
    code: 'DNSSEC_BOGUS',
    name: 'again.bogus.test',
    names: 'DS',
    make: async (making) => {
      await making.lab.sign({ expired: true, records: linesOf(making) })
      await making.lab.resolver.forget('bogus.test')
    },
    mend: async ({ lab }) => {
      await lab.update('test', 'delete bogus.test. DS')
      await lab.resolver.forget('test')
    },
  }),
  zoneRow({
    situation: 'The resolver only sees the internal view: another zone of that name',
    code: 'SPLIT_HORIZON',
    actor: 'operator',
    name: 'shop.office.test',
    office: true,
    names: 'office.test',
    make: publishNeeded,
  }),
  zoneRow({
    situation: 'The resolver only sees the internal view: a zone that the Internet does not have',
    code: 'SPLIT_HORIZON',
    actor: 'operator',
    name: 'shop.intranet.test',
    office: true,
    names: 'intranet.test',
    also: ['DOMAIN_NOT_REGISTERED', 'RECORD_MISSING'],
  }),
]
