// A primary name server on loopback for the tests: enough of RFC 1035, RFC 2136 §3 and RFC 8945 to be strict about them.
import { createHmac } from 'node:crypto'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { RRset } from '@domainctl/core'
import { type Answer, CLASS, decodeAnswer, encodeRecord, OPCODE, type ResourceRecord, TYPE } from './message.ts'
import { encodeName, isWithin } from './name.ts'
import { RCODE } from './rcode.ts'
import { decodeRdata, encodeRdata } from './rdata.ts'
import { WireReader } from './wire-reader.ts'

export const KEY = { name: 'unit.example', secret: Buffer.from('domainctl unit test key') }

/** What the server does with a message, where it does not simply answer it. */
export type Misbehaviour = { rcode: number; signed?: boolean } | { bytes: Buffer } | 'drop' | 'hang up'

export interface LoopbackPrimary {
  /** `host:port`. */
  readonly address: string
  /** All messages that came in, in their order. */
  readonly received: Answer[]
  readonly updates: Answer[]
  /** Called for each message; a promise holds the answer back. */
  behave: (request: Answer) => Misbehaviour | undefined | Promise<Misbehaviour | undefined>
  connections: number
  values(name: string, type: RRset['type']): string[]
  plant(name: string, type: RRset['type'], ...values: string[]): void
  close(): Promise<void>
}

/**
 * Serves `zones`; names below `delegated` get a referral, those below `cached` an answer without authority. Of `secondary` it
 * takes no updates. `now` is the server's clock.
 */
export async function startLoopbackPrimary(
  options: { zones?: string[]; secondary?: string; delegated?: string; cached?: string; now?: () => Date } = {},
): Promise<LoopbackPrimary> {
  const zones = options.zones ?? ['example.test']
  const now = options.now ?? (() => new Date())
  const sockets = new Set<Socket>()
  let records: ResourceRecord[] = zones.flatMap((name) => {
    const at = { name, class: CLASS.IN, ttl: 60 }
    return [
      { ...at, type: TYPE.SOA, rdata: Buffer.alloc(22) },
      { ...at, type: TYPE.NS, rdata: encodeName(`NS1.${name}`) },
      { ...at, type: TYPE.NS, rdata: encodeName(`ns2.${name}`) },
    ]
  })
  const server = createServer((socket) => {
    sockets.add(socket)
    primary.connections++
    let buffered = Buffer.alloc(0)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk])
      while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE()) {
        const end = 2 + buffered.readUInt16BE()
        void serve(socket, buffered.subarray(2, end))
        buffered = buffered.subarray(end)
      }
    })
  })

  async function serve(socket: Socket, bytes: Buffer): Promise<void> {
    const request = decodeAnswer(bytes)
    primary.received.push(request)
    if (request.opcode === OPCODE.UPDATE) primary.updates.push(request)
    const behaviour = await primary.behave(request)
    if (behaviour === 'drop') return
    if (behaviour === 'hang up') return void socket.destroy()
    if (behaviour !== undefined && 'bytes' in behaviour) return void socket.write(framed(behaviour.bytes))
    const mac = macOf(request)
    if (!mac.equals(sign(bytes.subarray(0, request.lastRecordAt), request, undefined))) {
      return void socket.write(framed(badSignature(request)))
    }
    const { rcode, answers, authorities, aa } =
      behaviour !== undefined
        ? { rcode: behaviour.rcode, answers: [], authorities: [], aa: true }
        : request.opcode === OPCODE.UPDATE
          ? { rcode: update(request), answers: [], authorities: [], aa: true }
          : query(request)
    const flags = 0x8000 | (request.opcode << 11) | (aa ? 0x0400 : 0) | rcode
    const signed = behaviour === undefined || behaviour.signed !== false
    socket.write(framed(reply(request, flags, answers, authorities, signed ? mac : undefined)))
  }

  function query({ questions }: Answer) {
    const { name = '', type } = questions[0] ?? {}
    if (options.delegated !== undefined && isWithin(name, options.delegated)) {
      const ns = { name: options.delegated, type: TYPE.NS, class: CLASS.IN, ttl: 60, rdata: encodeName('ns.elsewhere.test') }
      return { rcode: RCODE.NOERROR, answers: [], authorities: [ns], aa: false }
    }
    if (zoneOf(name) === undefined) return { rcode: RCODE.REFUSED, answers: [], authorities: [], aa: false }
    if (options.cached !== undefined && isWithin(name, options.cached)) {
      const soa = { name: options.cached, type: TYPE.SOA, class: CLASS.IN, ttl: 60, rdata: Buffer.alloc(22) }
      return { rcode: RCODE.NOERROR, answers: name === options.cached ? [soa] : [], authorities: [], aa: false }
    }
    const here = records.filter((record) => record.name === name)
    const answers = here.filter((record) => record.type === type || record.type === TYPE.CNAME)
    // Behind a CNAME, the SOA is of the zone of the target (RFC 2308 §2.2).
    const [alias] = answers.filter((record) => record.type === TYPE.CNAME && type !== TYPE.CNAME)
    const end = alias === undefined ? name : new WireReader(alias.rdata).name()
    const soa = records.filter((record) => record.name === zoneOf(end) && record.type === TYPE.SOA)
    const rcode = here.length > 0 ? RCODE.NOERROR : RCODE.NXDOMAIN
    return { rcode, answers, authorities: answers.length > 0 && alias === undefined ? [] : soa, aa: true }
  }

  function zoneOf(name: string): string | undefined {
    return zones.filter((apex) => isWithin(name, apex)).sort((a, b) => b.length - a.length)[0]
  }

  /** RFC 2136 §3.2 and §3.4, for a server that lets the key do everything. */
  function update({ questions, answers: prerequisites, authorities: updates }: Answer): number {
    const zone = questions[0]?.name ?? ''
    if (!zones.includes(zone)) return RCODE.NOTAUTH
    if (zone === options.secondary) return RCODE.REFUSED
    if ([...prerequisites, ...updates].some(({ name }) => !isWithin(name, zone))) return RCODE.NOTZONE
    const at = (name: string, type: number) => records.filter((r) => r.name === name && (type === TYPE.ANY || r.type === type))
    const wanted = new Map<string, ResourceRecord[]>()
    for (const record of prerequisites) {
      const there = at(record.name, record.type).length > 0
      const any = record.type === TYPE.ANY
      if (record.class === CLASS.ANY && !there) return any ? RCODE.NXDOMAIN : RCODE.NXRRSET
      if (record.class === CLASS.NONE && there) return any ? RCODE.YXDOMAIN : RCODE.YXRRSET
      if (record.class === CLASS.IN)
        wanted.set(`${record.name} ${record.type}`, [...(wanted.get(`${record.name} ${record.type}`) ?? []), record])
    }
    for (const set of wanted.values()) {
      const [{ name, type } = { name: '', type: 0 }] = set
      const hex = (all: ResourceRecord[]) =>
        all
          .map(({ rdata }) => Buffer.from(rdata).toString('hex'))
          .sort()
          .join()
      if (hex(set) !== hex(at(name, type))) return RCODE.NXRRSET
    }
    for (const record of updates) {
      const same = (r: ResourceRecord) => r.name === record.name && r.type === record.type
      const equal = (r: ResourceRecord) => same(r) && Buffer.from(r.rdata).equals(Buffer.from(record.rdata))
      if (record.class === CLASS.ANY) records = records.filter((r) => !same(r))
      else if (record.class === CLASS.NONE) records = records.filter((r) => !equal(r))
      else if (at(record.name, TYPE.ANY).some((r) => (r.type === TYPE.CNAME) !== (record.type === TYPE.CNAME))) continue
      else records = [...records.filter((r) => !equal(r) && !(record.type === TYPE.CNAME && same(r))), record]
    }
    return RCODE.NOERROR
  }

  function reply(
    request: Answer,
    flags: number,
    answers: ResourceRecord[],
    authorities: ResourceRecord[],
    mac: Buffer | undefined,
  ): Buffer {
    const head = [request.id, flags, 1, answers.length, authorities.length, 0]
    const [question] = request.questions
    const unsigned = Buffer.concat([
      words(...head),
      encodeName(question?.name ?? ''),
      words(question?.type ?? 0, CLASS.IN),
      ...[...answers, ...authorities].map(encodeRecord),
    ])
    if (mac === undefined) return unsigned
    const seconds = Math.floor(now().getTime() / 1000)
    const digest = sign(unsigned, request, mac, seconds)
    const rdata = Buffer.concat([encodeName('hmac-sha256'), times(seconds), words(32), digest, words(request.id, 0, 0)])
    const signed = Buffer.concat([unsigned, encodeRecord({ name: KEY.name, type: TYPE.TSIG, class: CLASS.ANY, ttl: 0, rdata })])
    signed.writeUInt16BE(1, 10)
    return signed
  }

  /** RFC 8945 §5.3.2: BADSIG, without a signature. */
  function badSignature(request: Answer): Buffer {
    const unsigned = reply(request, 0x8000 | (request.opcode << 11) | RCODE.NOTAUTH, [], [], undefined)
    const seconds = Math.floor(now().getTime() / 1000)
    const rdata = Buffer.concat([encodeName('hmac-sha256'), times(seconds), words(0, request.id, 16, 0)])
    const answer = Buffer.concat([unsigned, encodeRecord({ name: KEY.name, type: TYPE.TSIG, class: CLASS.ANY, ttl: 0, rdata })])
    answer.writeUInt16BE(1, 10)
    return answer
  }

  const primary: LoopbackPrimary = {
    address: '',
    received: [],
    updates: [],
    behave: () => undefined,
    connections: 0,
    values: (name, type) =>
      records.filter((r) => r.name === name && r.type === TYPE[type]).map(({ rdata }) => decodeRdata(type, rdata)),
    plant(name, type, ...values) {
      const planted = values.map((value) => ({
        name,
        type: TYPE[type],
        class: CLASS.IN,
        ttl: 60,
        rdata: encodeRdata(type, value),
      }))
      records = [...records, ...planted]
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(primary, { address: `127.0.0.1:${(server.address() as AddressInfo).port}` })
}

/** Octets of the TSIG record's RDATA: algorithm 13, time 6, fudge 2, MAC size 2, MAC 32. */
function macOf(request: Answer): Buffer {
  return Buffer.from(request.additionals.at(-1)?.rdata.subarray(23, 55) ?? [])
}

/** The MAC of a request (with the time that it says) or of the answer to it, reckoned apart from tsig.ts. */
function sign(message: Uint8Array, request: Answer, requestMac: Buffer | undefined, seconds?: number): Buffer {
  const unsigned = Buffer.from(message)
  if (requestMac === undefined) unsigned.writeUInt16BE(request.additionals.length - 1, 10)
  const time = seconds === undefined ? (request.additionals.at(-1)?.rdata.subarray(13, 21) ?? Buffer.alloc(0)) : times(seconds)
  const hmac = createHmac('sha256', KEY.secret)
  if (requestMac !== undefined) hmac.update(words(requestMac.length)).update(requestMac)
  hmac
    .update(unsigned)
    .update(encodeName(KEY.name))
    .update(words(CLASS.ANY, 0, 0))
    .update(encodeName('hmac-sha256'))
  return hmac.update(time).update(words(0, 0)).digest()
}

function times(seconds: number): Buffer {
  const octets = Buffer.alloc(8)
  octets.writeUIntBE(seconds, 0, 6)
  octets.writeUInt16BE(300, 6)
  return octets
}

function words(...values: number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]))
}

function framed(message: Buffer): Buffer {
  return Buffer.concat([words(message.length), message])
}
