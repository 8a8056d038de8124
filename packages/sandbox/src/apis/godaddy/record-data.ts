import { isIPv4, isIPv6 } from 'node:net'
import { readDomain } from './names.ts'
import { invalidBody, invalidRecords, sandboxRefuses } from './refusal.ts'

/** The types of records that can be written here; GoDaddy has SOA and SRV beside them. */
export const WRITABLE_TYPES = ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'TXT'] as const

export type WritableType = (typeof WRITABLE_TYPES)[number]

/** https://github.com/n3integration/terraform-provider-godaddy/pull/24: so many characters has a TXT record at most. */
const LONGEST_TEXT = 512

/**
 * The value of a record as the book of zones has it.
 * @param priority of an MX record
 * @throws GoDaddyRefusal 422
 */
export function readData(type: WritableType, data: string, priority: number | undefined): string {
  // Clients used to write records without data in place of deleting them, and GoDaddy lists such ones
  // (https://github.com/acmesh-official/acme.sh/pull/4238); that it still takes them has not been reported.
  if (data === '') throw invalidBody()
  if (priority !== undefined && type !== 'MX') throw sandboxRefuses('Nobody has told what the priority of such a record does.')
  switch (type) {
    case 'A':
      if (!isIPv4(data)) throw invalidRecords({ what: 'ipaddress', data })
      return data
    case 'AAAA':
      if (!isIPv6(data) || data.includes('%')) throw invalidRecords()
      return new URL(`http://[${data}]`).hostname.slice(1, -1)
    case 'CNAME':
    case 'NS':
      return readTarget(data)
    case 'MX':
      if (priority === undefined) throw sandboxRefuses('Nobody has told the priority of an MX record without one.')
      return `${priority} ${readTarget(data)}`
    case 'TXT':
      return readText(data)
  }
}

/** What a value of the book looks like in a record: the priority of an MX record stands beside its data. */
export function writeData(type: string, value: string): { data: string; priority?: number } {
  if (type !== 'MX') return { data: value }
  const [priority = '', data = ''] = value.split(' ')
  return { data, priority: Number(priority) }
}

function readTarget(data: string): string {
  if (data === '@') throw sandboxRefuses('The sandbox takes no @ for the domain in data: write its name.')
  if (data.endsWith('.')) throw sandboxRefuses('Nobody has told what becomes of a final dot in data: leave it out.')
  const target = readDomain(data)
  if (target === undefined) throw invalidRecords()
  return target
}

/** The text itself, with no quotes around it; quotes in it are part of it. */
function readText(data: string): string {
  if (data.length > LONGEST_TEXT) throw invalidBody()
  if (!/^[\x20-\x7e]*$/.test(data)) throw sandboxRefuses('Nobody has told what becomes of characters beyond printable ASCII.')
  return data
}
