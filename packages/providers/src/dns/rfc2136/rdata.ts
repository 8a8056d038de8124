import { isIP } from 'node:net'
import { DomainctlError, type RRset } from '@domainctl/core'
import { canonicalName, encodeName } from './name.ts'
import { WireReader } from './wire-reader.ts'

/**
 * A value of an RRset as RDATA. TXT is cut into strings of 255 octets of UTF-8 (RFC 1035 §3.3.14); CAA is written as in
 * a zone file: `0 issue "ca.example"` (RFC 8659 §4.1.1).
 *
 * @throws `PROVIDER_REFUSED` for a value that the type cannot hold, `NAME_INVALID` for a CNAME target that is no name.
 */
export function encodeRdata(type: RRset['type'], value: string): Buffer {
  switch (type) {
    case 'TXT':
      // RDLENGTH has 16 bits; of each 256 octets one is a length.
      if (Buffer.byteLength(value) > 65_000) throw notAValue(type, `${value.slice(0, 20)}…`, 'at most 65000 octets long')
      return encodeStrings(Buffer.from(value, 'utf8'))
    case 'CNAME':
      return encodeName(value)
    case 'A':
      if (isIP(value) !== 4) throw notAValue(type, value, 'an IPv4 address')
      return Buffer.from(value.split('.').map(Number))
    case 'AAAA':
      if (isIP(value) !== 6 || value.includes('%')) throw notAValue(type, value, 'an IPv6 address')
      return encodeIpv6(value)
    case 'CAA':
      return encodeCaa(value)
  }
}

/** The value that `rdata` stands for. @throws `PROVIDER_UNREACHABLE` when the octets are not of this type. */
export function decodeRdata(type: RRset['type'], rdata: Uint8Array): string {
  const reader = new WireReader(rdata)
  switch (type) {
    case 'TXT': {
      const strings: Buffer[] = []
      while (reader.offset < rdata.length) strings.push(reader.octets(reader.octets(1).readUInt8()))
      return Buffer.concat(strings).toString('utf8')
    }
    case 'CNAME':
      return canonicalName(reader.name())
    case 'A':
      return [...reader.octets(4)].join('.')
    case 'AAAA':
      return decodeIpv6(reader.octets(16))
    case 'CAA': {
      const flags = reader.octets(1).readUInt8()
      const tag = reader.octets(reader.octets(1).readUInt8()).toString('latin1')
      const value = reader.octets(rdata.length - reader.offset).toString('latin1')
      return `${flags} ${tag} "${value.replace(/["\\]/g, '\\$&')}"`
    }
  }
}

function encodeStrings(text: Buffer): Buffer {
  const strings: Buffer[] = []
  // An empty TXT still has one string, of no octets.
  for (let at = 0; at === 0 || at < text.length; at += 255) {
    const chunk = text.subarray(at, at + 255)
    strings.push(Buffer.from([chunk.length]), chunk)
  }
  return Buffer.concat(strings)
}

function encodeIpv6(address: string): Buffer {
  const [head = '', tail] = address.split('::')
  const groups = (part: string): number[] =>
    part === ''
      ? []
      : part.split(':').flatMap((group) => {
          const [a = 0, b = 0, c = 0, d] = group.split('.').map(Number)
          return d === undefined ? [Number.parseInt(group, 16)] : [a * 256 + b, c * 256 + d]
        })
  const before = groups(head)
  const after = groups(tail ?? '')
  const zeros = new Array<number>(8 - before.length - after.length).fill(0)
  const octets = Buffer.alloc(16)
  for (const [i, group] of [...before, ...zeros, ...after].entries()) octets.writeUInt16BE(group, i * 2)
  return octets
}

/** RFC 5952 text, which is what the URL standard prints for a host. */
function decodeIpv6(octets: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => octets.readUInt16BE(i * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function encodeCaa(text: string): Buffer {
  const [, flags = '', tag = '', quoted = ''] = /^(\d{1,3}) ([A-Za-z0-9]{1,255}) "((?:[^"\\]|\\["\\])*)"$/.exec(text) ?? []
  if (tag === '' || Number(flags) > 255 || !/^[ -~]*$/.test(quoted)) {
    throw notAValue('CAA', text, 'of the form: 0 issue "ca.example"')
  }
  const value = quoted.replace(/\\(.)/g, '$1')
  return Buffer.concat([Buffer.from([Number(flags), tag.length]), Buffer.from(tag + value, 'latin1')])
}

function notAValue(type: string, value: string, what: string): DomainctlError {
  return new DomainctlError(
    'PROVIDER_REFUSED',
    `${JSON.stringify(value)} cannot be the value of a ${type} record: it is not ${what}.`,
    {
      hint: 'Correct the value and repeat.',
    },
  )
}
