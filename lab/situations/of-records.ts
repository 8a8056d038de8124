import type { NeededRecord } from '@domainctl/core'
import { type Published, plain, publishNeeded, type Situation } from './situation.ts'
import { EDGE } from './zones.ts'

const ZONE = 'example.test'
const ROUTED = ['--target', EDGE.name]

/** A slip in one of the records; the others are made as they should be. */
function slip(
  o: Pick<Situation, 'situation' | 'code' | 'name' | 'names'> & {
    purpose: NeededRecord['purpose']
    flags?: readonly string[]
    made(wanted: NeededRecord): Published[]
  },
): Situation {
  const { made, ...row } = o
  return {
    flags: ROUTED,
    actor: 'customer',
    ...row,
    make: (making) => publishNeeded(making, { [o.purpose]: made }),
    mend: 'fix',
  }
}

/** The record itself: not there, not everywhere, or with a slip of the pen. */
export const ofRecords: readonly Situation[] = [
  slip({
    situation: 'The record is missing',
    code: 'RECORD_MISSING',
    name: `missing.${ZONE}`,
    purpose: 'ownership',
    names: `_domainctl.missing.${ZONE}`,
    made: () => [],
  }),
  {
    situation: 'The record is missing, and a wildcard serves the name, which would lose it by the record',
    code: 'RECORD_MISSING',
    actor: 'customer',
    purpose: 'ownership',
    name: 'shop.wild.test',
    names: 'Make the records of shop.wild.test that are given as well',
    make: async () => {},
    mend: 'fix',
  },
  {
    situation: 'The record is present at some servers only: a secondary lags',
    code: 'RECORD_PARTIAL',
    actor: 'provider',
    purpose: 'ownership',
    name: 'partial.lagging.test',
    names: 'lagging.lagging.test',
    make: publishNeeded,
    mend: ({ lab }) => lab.transfer('lagging.test'),
  },
  slip({
    situation: 'Wrong value',
    code: 'RECORD_WRONG',
    name: `wrong.${ZONE}`,
    purpose: 'ownership',
    names: 'domainctl=of-somebody-else',
    made: ({ name, type }) => [{ name, type, value: 'domainctl=of-somebody-else' }],
  }),
  slip({
    situation: 'The zone is in the name twice',
    code: 'RECORD_ZONE_DOUBLED',
    name: `doubled.${ZONE}`,
    purpose: 'ownership',
    names: `_domainctl.doubled.${ZONE}.${ZONE}`,
    made: (wanted) => [{ ...plain(wanted), name: `${wanted.name}.${ZONE}` }],
  }),
  slip({
    situation: 'The final dot of the value is missing',
    code: 'RECORD_VALUE_ZONE_APPENDED',
    name: `dot.${ZONE}`,
    purpose: 'routing',
    names: `${EDGE.name}.${ZONE}`,
    made: (wanted) => [{ ...plain(wanted), value: `${wanted.value}.${ZONE}` }],
  }),
  slip({
    situation: 'Quotation marks are in the value',
    code: 'RECORD_VALUE_QUOTED',
    name: `quoted.${ZONE}`,
    purpose: 'ownership',
    names: 'is "domainctl=',
    made: (wanted) => [{ ...plain(wanted), value: `"${wanted.value}"` }],
  }),
  slip({
    situation: 'A space is at the end of the value',
    code: 'RECORD_VALUE_SPACED',
    name: `spaced.${ZONE}`,
    purpose: 'ownership',
    names: ' "',
    made: (wanted) => [{ ...plain(wanted), value: `${wanted.value} ` }],
  }),
  slip({
    situation: '`www` is set, the apex is not',
    code: 'RECORD_WWW_ONLY',
    name: 'shop.test',
    flags: ['--san', 'www.shop.test', '--address', EDGE.ipv4],
    purpose: 'routing',
    names: 'www.shop.test',
    made: (wanted) => (wanted.name === 'shop.test' ? [] : [plain(wanted)]),
  }),
  slip({
    situation: '`http://` is in the value',
    code: 'RECORD_VALUE_URL',
    name: `url.${ZONE}`,
    purpose: 'routing',
    names: `https://${EDGE.name}/`,
    made: (wanted) => [{ ...plain(wanted), value: `https://${wanted.value}/` }],
  }),
  slip({
    situation: 'A CNAME stands where another record is wanted',
    code: 'RECORD_HIDDEN_BY_CNAME',
    name: `hidden.${ZONE}`,
    purpose: 'ownership',
    names: EDGE.name,
    made: ({ name }) => [{ name, type: 'CNAME', value: EDGE.name }],
  }),
]
