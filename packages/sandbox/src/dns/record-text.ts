import { isIPv4, isIPv6 } from 'node:net'
import { caaData, caaText } from './caa-text.ts'
import { canonicalName } from './canonical-name.ts'
import { readName } from './name-reader.ts'
import type { SandboxRecord } from './name-servers.ts'
import { writeName } from './wire-name.ts'

/** The longest character string (RFC 1035 §3.3). */
const LONGEST_STRING = 255
/** What still fits into a message beside the longest names and a signature. */
const LONGEST_RDATA = 64_000

interface Form {
  /** Undefined for text that is none. */
  readonly data: (text: string) => Uint8Array | undefined
  readonly text: (rdata: Uint8Array) => string
  /** What a value looks like, for the hint. */
  readonly example: string
}

const FORMS: Readonly<Record<SandboxRecord['type'], Form>> = {
  A: {
    data: (text) => (isIPv4(text) ? Uint8Array.from(text.split('.').map(Number)) : undefined),
    text: (rdata) => rdata.join('.'),
    example: '192.0.2.1',
  },
  AAAA: { data: ipv6Data, text: ipv6Text, example: '2001:db8::1' },
  CAA: { data: caaData, text: caaText, example: '0 issue "ca.example"' },
  CNAME: { data: nameData, text: nameText, example: 'other.example.test' },
  MX: { data: mxData, text: mxText, example: '10 mail.example.test' },
  NS: { data: nameData, text: nameText, example: 'ns.example.test' },
  TXT: { data: txtData, text: txtText, example: 'any text' },
}

/** RDATA of a value in the form of {@link SandboxRecord}; undefined when it is none. */
export function rdataOf(type: SandboxRecord['type'], value: string): Uint8Array | undefined {
  const rdata = FORMS[type].data(value)
  return rdata && rdata.length <= LONGEST_RDATA ? rdata : undefined
}

/** The value that RDATA stands for. */
export function valueFrom(type: SandboxRecord['type'], rdata: Uint8Array): string {
  return FORMS[type].text(rdata)
}

/** What a value of a type looks like; undefined for a type that is none of {@link SandboxRecord}. */
export function exampleOf(type: string): string | undefined {
  return Object.entries(FORMS).find(([name]) => name === type)?.[1].example
}

function ipv6Data(text: string): Uint8Array | undefined {
  // An address with a zone (`fe80::1%eth0`) means something on one machine only.
  if (!isIPv6(text) || text.includes('%')) return undefined
  const [head = '', tail] = new URL(`http://[${text}]`).hostname.slice(1, -1).split('::')
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''))
  const groups = [...(before ?? []), ...Array(8 - (before?.length ?? 0) - (after?.length ?? 0)).fill('0'), ...(after ?? [])]
  return Uint8Array.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]))
}

/** RFC 5952, as URLs have it. */
function ipv6Text(rdata: Uint8Array): string {
  const groups = Buffer.from(rdata).toString('hex').match(/.{4}/g) ?? []
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function nameData(text: string): Uint8Array | undefined {
  const name = canonicalName(text.replace(/\.$/, ''))
  return name === undefined ? undefined : writeName(name)
}

function nameText(rdata: Uint8Array): string {
  return readName(rdata, 0).name
}

function mxData(text: string): Uint8Array | undefined {
  const [, digits = '', exchange = ''] = /^(\d{1,5})\s+(\S+)$/.exec(text) ?? []
  const preference = Number(digits)
  // RFC 7505: the root says that there is no mail.
  const name = exchange === '.' ? Uint8Array.of(0) : nameData(exchange)
  if (digits === '' || preference > 0xffff || !name) return undefined
  return Uint8Array.of(preference >> 8, preference & 0xff, ...name)
}

function mxText(rdata: Uint8Array): string {
  return `${Buffer.from(rdata).readUInt16BE(0)} ${readName(rdata, 2).name || '.'}`
}

/** Plain text, cut into character strings wherever they are full. */
function txtData(text: string): Uint8Array | undefined {
  if (!text.isWellFormed()) return undefined
  const octets = Buffer.from(text)
  const strings = Array.from({ length: Math.max(1, Math.ceil(octets.length / LONGEST_STRING)) }, (_, index) => {
    const string = octets.subarray(index * LONGEST_STRING, (index + 1) * LONGEST_STRING)
    return [Buffer.of(string.length), string]
  })
  return Uint8Array.from(Buffer.concat(strings.flat()))
}

function txtText(rdata: Uint8Array): string {
  const strings: Uint8Array[] = []
  for (let at = 0; at < rdata.length; ) {
    const length = rdata[at] ?? 0
    strings.push(rdata.subarray(at + 1, at + 1 + length))
    at += length + 1
  }
  return Buffer.concat(strings).toString()
}
