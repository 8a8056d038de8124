import { publish, publishNeeded, type Situation } from './situation.ts'
import { EDGE } from './zones.ts'

const ZONE = 'example.test'

/** What a CA would meet on its way. */
export const ofIssuing: readonly Situation[] = [
  {
    situation: 'CAA forbids',
    code: 'DNS_CAA_FORBIDS',
    actor: 'customer',
    purpose: 'caa',
    name: `caa.${ZONE}`,
    names: 'other.ca',
    make: async (making) => {
      await publishNeeded(making)
      await publish(making.lab, [{ name: `caa.${ZONE}`, type: 'CAA', value: '0 issue "other.ca"' }])
    },
    mend: 'fix',
  },
  {
    situation: 'CAA of the host to which a CNAME leads forbids',
    code: 'DNS_CAA_FORBIDS',
    actor: 'operator',
    purpose: 'caa',
    name: `led.${ZONE}`,
    flags: ['--target', 'edge.shop.test'],
    names: 'whoever runs that name',
    make: async (making) => {
      await publish(making.lab, [
        { name: 'edge.shop.test', type: 'A', value: EDGE.ipv4 },
        { name: 'edge.shop.test', type: 'CAA', value: '0 issue "other.ca"' },
        { name: 'edge.shop.test', type: 'CAA', value: '128 future "x"' },
      ])
      await publishNeeded(making)
    },
    mend: 'fix',
  },
  {
    situation: 'The lookup of CAA fails',
    code: 'DNS_CAA_FAILED',
    actor: 'provider',
    purpose: 'caa',
    name: 'shop.caa-fails.test',
    names: 'SERVFAIL',
    make: publishNeeded,
    mend: async ({ lab }) => {
      lab.middlebox.fails = false
    },
  },
  {
    situation: 'The name of the challenge is a CNAME already',
    code: 'CHALLENGE_CNAME',
    actor: 'customer',
    purpose: 'challenge',
    name: `alias.${ZONE}`,
    names: 'alias.lagging.test',
    make: async (making) => {
      await publishNeeded(making)
      await publish(making.lab, [{ name: `_acme-challenge.alias.${ZONE}`, type: 'CNAME', value: 'alias.lagging.test' }])
    },
  },
  {
    situation: 'The name of the challenge is a CNAME that leads to no zone',
    code: 'CHALLENGE_UNREACHABLE',
    actor: 'customer',
    purpose: 'challenge',
    name: `astray.${ZONE}`,
    names: 'astray.example.org',
    make: async (making) => {
      await publishNeeded(making)
      await publish(making.lab, [{ name: `_acme-challenge.astray.${ZONE}`, type: 'CNAME', value: 'astray.example.org' }])
    },
    mend: 'fix',
  },
  {
    situation: 'TXT records of earlier issuances are left at the name of the challenge',
    code: 'CHALLENGE_LITTER',
    actor: 'customer',
    purpose: 'challenge',
    name: `litter.${ZONE}`,
    names: 'left-by-another-client',
    make: async (making) => {
      await publishNeeded(making)
      const left = ['left-by-another-client', 'and-one-more']
      await publish(
        making.lab,
        left.map((value) => ({ name: `_acme-challenge.litter.${ZONE}`, type: 'TXT', value })),
      )
    },
    mend: 'fix',
  },
]
