import type { NeededRecord } from '@domainctl/core'
import { type Published, plain, publish, publishNeeded, type Situation } from './situation.ts'
import { EDGE, OLD } from './zones.ts'

const ZONE = 'example.test'
/** In a range that Cloudflare publishes (https://www.cloudflare.com/ips-v4). */
const PROXY = '104.16.132.229'
const ELSEWHERE = '2001:db8:bad::1'

/** The name leads elsewhere; the ownership is as it should be. */
function leads(
  o: Pick<Situation, 'situation' | 'code' | 'name' | 'names'> & Partial<Situation> & { made(wanted: NeededRecord): Published[] },
): Situation {
  const { made, ...row } = o
  return {
    flags: ['--target', EDGE.name],
    purpose: 'routing',
    actor: 'customer',
    mend: 'fix',
    make: (making) => publishNeeded(making, { routing: made }),
    ...row,
  }
}

const address = (name: string, value: string): Published => ({ name, type: value.includes(':') ? 'AAAA' : 'A', value })
const { mend: _nothing, ...flattened } = leads({
  situation: 'Flattened: the name has the addresses of the target in place of a CNAME',
  code: 'ROUTING_FLATTENED',
  name: `flattened.${ZONE}`,
  names: EDGE.name,
  made: ({ name }) => [address(name, EDGE.ipv4), address(name, EDGE.ipv6)],
})
const { mend: _none, ...emptyTarget } = leads({
  situation: 'The target itself has no address',
  code: 'CHAIN_BROKEN',
  actor: 'operator',
  name: `empty.${ZONE}`,
  flags: ['--target', 'empty.hosting.test'],
  names: 'empty.hosting.test',
  made: (wanted) => [plain(wanted)],
})

/** Where the name leads those who visit it. */
export const ofRouting: readonly Situation[] = [
  leads({
    situation: 'CNAME beside other records',
    code: 'CNAME_BESIDE_OTHERS',
    name: `beside.${ZONE}`,
    names: 'v=spf1 -all',
    made: ({ name }) => [{ name, type: 'TXT', value: 'v=spf1 -all' }],
  }),
  leads({
    situation: 'CNAME at the apex of a zone',
    code: 'CNAME_AT_APEX',
    name: 'apex.test',
    names: 'apex.test',
    made: () => [],
  }),
  leads({
    situation: 'The chain of CNAME records ends in a name that does not exist (NXDOMAIN)',
    code: 'CHAIN_BROKEN',
    name: `chain.${ZONE}`,
    names: 'gone.oldhost.test',
    made: ({ name }) => [{ name, type: 'CNAME', value: 'gone.oldhost.test' }],
  }),
  emptyTarget,
  leads({
    situation: 'The chain of CNAME records is a loop',
    code: 'CHAIN_LOOP',
    name: `loop.${ZONE}`,
    names: `back.loop.${ZONE}`,
    // A CA follows the CNAME as well when it looks for CAA records.
    also: ['DNS_CAA_FAILED'],
    made: ({ name }) => [
      { name, type: 'CNAME', value: `back.${name}` },
      { name: `back.${name}`, type: 'CNAME', value: name },
    ],
  }),
  leads({
    situation: 'Points to the old provider, by name',
    code: 'ROUTING_ELSEWHERE',
    name: `old-name.${ZONE}`,
    names: OLD.name,
    made: ({ name }) => [{ name, type: 'CNAME', value: OLD.name }],
  }),
  leads({
    situation: 'Points to the old provider, by address',
    code: 'ROUTING_ELSEWHERE',
    name: `old-address.${ZONE}`,
    names: OLD.ipv4,
    made: ({ name }) => [address(name, OLD.ipv4)],
  }),
  leads({
    situation: 'Points to the wanted addresses and to the old one',
    code: 'ROUTING_MIXED',
    name: `mixed.${ZONE}`,
    flags: ['--address', EDGE.ipv4],
    names: OLD.ipv4,
    made: ({ name }) => [address(name, EDGE.ipv4), address(name, OLD.ipv4)],
  }),
  leads({
    situation: 'Proxied',
    code: 'ROUTING_PROXIED',
    name: `proxied.${ZONE}`,
    names: PROXY,
    made: ({ name }) => [address(name, PROXY)],
  }),
  flattened,
  leads({
    situation: 'AAAA elsewhere, where addresses are wanted',
    code: 'ROUTING_AAAA_ELSEWHERE',
    name: `aaaa.${ZONE}`,
    flags: ['--address', EDGE.ipv4],
    names: ELSEWHERE,
    made: ({ name }) => [address(name, EDGE.ipv4), address(name, ELSEWHERE)],
  }),
  leads({
    situation: 'AAAA elsewhere, where a CNAME is wanted',
    code: 'ROUTING_AAAA_ELSEWHERE',
    name: `aaaa-beside.${ZONE}`,
    names: ELSEWHERE,
    made: ({ name }) => [address(name, EDGE.ipv4), address(name, ELSEWHERE)],
  }),
  leads({
    situation: 'A wildcard leads to the target, but another record keeps it from the name',
    code: 'ROUTING_WILDCARD_SHADOWED',
    name: `shop.wild.${ZONE}`,
    names: `*.wild.${ZONE}`,
    made: () => [],
    // The ownership TXT stands below the name, which is enough (RFC 4592 §2.2.1).
    make: async (making) => {
      await publishNeeded(making, { routing: () => [] })
      await publish(making.lab, [{ name: `*.wild.${ZONE}`, type: 'CNAME', value: EDGE.name }])
    },
  }),
]
