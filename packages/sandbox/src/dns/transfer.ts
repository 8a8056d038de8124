import { RCODE, type ResourceRecord } from './resource-record.ts'
import type { Reply } from './response.ts'
import type { Zone } from './zone.ts'

/** RDATA and names in one message of a transfer: so little that all owners can be compressed, unless one record is larger. */
const MESSAGE_OCTETS = 14_000

/** A zone as the messages of a transfer (RFC 5936 §2.2): its SOA at both ends. */
export function transfer(zone: Zone): Reply[] {
  const messages: ResourceRecord[][] = [[]]
  let room = MESSAGE_OCTETS
  for (const record of [...zone.records(), zone.soa]) {
    // Uncompressed, which is the most that it can become.
    const octets = record.name.length + record.rdata.length + 12
    if (octets > room && messages.at(-1)?.length !== 0) {
      messages.push([])
      room = MESSAGE_OCTETS
    }
    room -= octets
    messages.at(-1)?.push(record)
  }
  return messages.map((answer) => ({ rcode: RCODE.NOERROR, authoritative: true, answer, authority: [], additional: [] }))
}
