import { DomainctlError } from '@domainctl/core'
import { shown } from '../shown.ts'
import { canonicalName } from './canonical-name.ts'
import type { NameServers, SandboxRecord } from './name-servers.ts'
import type { Primary } from './primary.ts'
import { exampleOf, rdataOf, valueFrom } from './record-text.ts'
import { type ResourceRecord, TYPE } from './resource-record.ts'
import { meetsCname } from './zone.ts'
import type { ChangeableZone } from './zone-changes.ts'

const DEFAULT_TTL = 60
/** RFC 2181 §8. */
const LONGEST_TTL = 2 ** 31 - 1

/** Records added, taken away and read at the primary by the program that runs the sandbox. */
export function changesByHand(primary: Primary): Pick<NameServers, 'add' | 'remove' | 'values'> {
  /** Records that a person may write, in the zone that holds the name. */
  function find(name: string, type: SandboxRecord['type']): { zone: ChangeableZone; name: string } {
    if (exampleOf(type) === undefined)
      throw unusable(`${shown(type)} is no type of record that can be written here`, 'Use A, AAAA, CAA, CNAME, MX, NS or TXT.')
    const canonical = canonicalName(name, true)
    if (canonical === undefined) throw unusable(`${shown(name)} is no name of a record`, 'Write it as www.example.test.')
    const zone = primary.zoneOf(primary.zones.closest(canonical).apex)
    if (!zone) throw unusable(`${canonical} is in no zone of the sandbox`, 'Name its zone when the sandbox is started.')
    return { zone, name: canonical }
  }

  const rdataFor = (type: SandboxRecord['type'], value: string): Uint8Array => {
    const rdata = typeof value === 'string' ? rdataOf(type, value) : undefined
    if (!rdata) throw unusable(`${shown(value)} is no value of a ${type} record`, `Write it as ${exampleOf(type)}.`)
    return rdata
  }

  return {
    add(given) {
      const { name, type, value, ttl = DEFAULT_TTL } = checkedRecord(given)
      const found = find(name, type)
      const rdata = rdataFor(type, value)
      if (!Number.isInteger(ttl) || ttl < 0 || ttl > LONGEST_TTL) {
        throw unusable(`${shown(ttl)} is no TTL`, 'Give whole seconds, 0 to 2147483647.')
      }
      const record: ResourceRecord = { name: found.name, type: TYPE[type], ttl, rdata }
      if (meetsCname(found.zone, record)) {
        throw unusable(
          type === 'CNAME'
            ? `${found.name} has other records, beside which no CNAME can be`
            : `${found.name} has a CNAME, beside which nothing else can be`,
          'Remove what is there first, or use another name.',
        )
      }
      found.zone.apply([{ change: 'add', record }])
    },

    remove(given) {
      const { name, type, value } = checkedRecord(given)
      const { zone, name: canonical } = find(name, type)
      if (value === undefined) return zone.apply([{ change: 'remove-rrset', name: canonical, type: TYPE[type] }])
      // The same value may have come by an update in other octets: TXT cut elsewhere, a CAA tag in upper case.
      const wanted = valueFrom(type, rdataFor(type, value))
      const records = zone
        .at(canonical)
        .filter((record) => record.type === TYPE[type] && valueFrom(type, record.rdata) === wanted)
      zone.apply(records.map((record) => ({ change: 'remove', record })))
    },

    values(name, type) {
      const canonical = canonicalName(name, true)
      if (canonical === undefined || exampleOf(type) === undefined) return []
      const records = primary.zones.closest(canonical).at(canonical)
      return records.filter((record) => record.type === TYPE[type]).map(({ rdata }) => valueFrom(type, rdata))
    },
  }
}

/** Not all programs are checked for types. */
function checkedRecord<T extends object>(record: T): T {
  if (typeof record === 'object' && record !== null) return record
  throw unusable(`${shown(record)} is no record`, 'Give an object with name, type and value.')
}

function unusable(message: string, hint: string): DomainctlError {
  return new DomainctlError('USAGE', `${message}.`, { hint })
}
