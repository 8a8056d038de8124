import { createHmac } from 'node:crypto'
import type { TsigKey } from './name-servers.ts'
import { CLASS, TYPE } from './resource-record.ts'
import { recordOctets, uint16, wireName } from './update.test.support.ts'

/** The key that both sides have. */
export const KEY: TsigKey = {
  name: 'update.example.test',
  algorithm: 'hmac-sha256',
  secret: Buffer.from('sandbox'.repeat(5)).toString('base64'),
}
/** 1 700 000 000 s. */
export const NOW = new Date(1_700_000_000_000)
/** The same as a TSIG has it, in 48 bits. */
export const NOW_OCTETS = Buffer.from('00006553f100', 'hex')

/** What is other than usual in a TSIG. */
export interface TestTsig {
  name?: string
  algorithm?: string
  secret?: string
  time?: Buffer
  fudge?: number
  /** In place of the right one. */
  mac?: Buffer
  macLength?: number
  originalId?: number
  error?: number
  other?: Buffer
  /** What goes before the message into the MAC, as the octets that they are. */
  before?: Buffer
  class?: number
  ttl?: number
}

/** A MAC as RFC 8945 §4.3 describes it, and a message that ends in it; written apart from what is tested. */
export function signMessage(message: Buffer, tsig: TestTsig = {}): Buffer {
  const originalId = tsig.originalId ?? message.readUInt16BE(0)
  const { name = KEY.name, algorithm = KEY.algorithm, time = NOW_OCTETS, fudge = 300, error = 0, other = Buffer.alloc(0) } = tsig
  const mac = tsig.mac ?? messageMac(message, { ...tsig, originalId }).subarray(0, tsig.macLength ?? 32)
  const rdata = Buffer.concat([
    ...[wireName(algorithm), time, uint16(fudge), uint16(mac.length), mac],
    ...[uint16(originalId), uint16(error), uint16(other.length), other],
  ])
  const record = recordOctets({ name, type: TYPE.TSIG, class: tsig.class ?? CLASS.ANY, ttl: tsig.ttl ?? 0, rdata })
  const signed = Buffer.concat([message, record])
  signed.writeUInt16BE(message.readUInt16BE(10) + 1, 10)
  return signed
}

/** The MAC alone. */
export function messageMac(message: Buffer, tsig: TestTsig = {}): Buffer {
  const { name = KEY.name, algorithm = KEY.algorithm, time = NOW_OCTETS, fudge = 300, error = 0, other = Buffer.alloc(0) } = tsig
  const digested = Buffer.from(message)
  digested.writeUInt16BE(tsig.originalId ?? message.readUInt16BE(0), 0)
  return createHmac('sha256', Buffer.from(tsig.secret ?? KEY.secret, 'base64'))
    .update(tsig.before ?? Buffer.alloc(0))
    .update(digested)
    .update(wireName(name.toLowerCase()))
    .update(Buffer.of(0, 255, 0, 0, 0, 0))
    .update(wireName(algorithm.toLowerCase()))
    .update(Buffer.concat([time, uint16(fudge), uint16(error), uint16(other.length), other]))
    .digest()
}

/** A MAC with its length before it. */
export function withLength(mac: Buffer): Buffer {
  return Buffer.concat([uint16(mac.length), mac])
}
