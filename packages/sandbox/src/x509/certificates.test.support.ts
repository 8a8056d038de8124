import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { systemRandom } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import type { SandboxRuntime } from '../runtime.ts'
import { element } from './der.ts'

/** A time at which the machine may or may not be: CA certificates span it in any case. */
export const NOW = new Date('2026-06-01T12:00:00Z')

/** Valid at every time at which these tests will be run. */
export const LONG = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2060-01-01T00:00:00Z') }

export function runtimeAt(now: Date): SandboxRuntime {
  return { clock: manualClock(now), random: systemRandom() }
}

/** Keys of the types that the CA signs. */
export const KEYS = {
  ec256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  ec384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  rsa: (modulusLength = 2048, publicExponent = 65537) => generateKeyPairSync('rsa', { modulusLength, publicExponent }).privateKey,
}

/** Keys that servers may have and that no public CA signs. */
export const UNSIGNED_KEYS = {
  ec521: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  ed25519: () => generateKeyPairSync('ed25519').privateKey,
}

const oid = (hex: string) => element(0x06, Buffer.from(hex, 'hex'))
const NULL = element(0x05)

export const ALGORITHMS = {
  ecdsaSha1: { oid: '2a8648ce3d0401', hash: 'sha1', parameters: [] },
  ecdsaSha256: { oid: '2a8648ce3d040302', hash: 'sha256', parameters: [] },
  ecdsaSha384: { oid: '2a8648ce3d040303', hash: 'sha384', parameters: [] },
  ecdsaSha512: { oid: '2a8648ce3d040304', hash: 'sha512', parameters: [] },
  rsaSha1: { oid: '2a864886f70d010105', hash: 'sha1', parameters: [NULL] },
  rsaSha256: { oid: '2a864886f70d01010b', hash: 'sha256', parameters: [NULL] },
  rsaSha512: { oid: '2a864886f70d01010d', hash: 'sha512', parameters: [NULL] },
  rsaPss: { oid: '2a864886f70d01010a', hash: 'sha256', parameters: [element(0x30)] },
  ed25519: { oid: '2b6570', hash: null, parameters: [] },
} as const

/** GeneralName choices (RFC 5280 §4.2.1.6). */
export const generalName = {
  dns: (name: string) => element(0x82, Buffer.from(name, 'latin1')),
  email: (address: string) => element(0x81, Buffer.from(address)),
  url: (url: string) => element(0x86, Buffer.from(url)),
  ip: (...octets: number[]) => element(0x87, Uint8Array.from(octets)),
  other: () => element(0xa0, oid('2a0304'), element(0xa0, element(0x0c, Buffer.from('x')))),
}

export function commonName(value: string | Buffer, tag = 0x0c): Buffer {
  return element(0x31, element(0x30, oid('550403'), element(tag, Buffer.from(value))))
}

export function sanExtension(...names: Buffer[]): Buffer {
  return element(0x30, oid('551d11'), element(0x04, element(0x30, ...names)))
}

export function extensionRequest(...extensions: Buffer[]): Buffer {
  return element(0x30, oid('2a864886f70d01090e'), element(0x31, element(0x30, ...extensions)))
}

export interface RequestParts {
  key?: KeyObject
  spki?: Buffer
  subject?: Buffer[]
  /** DNS names of the SAN extension. */
  names?: readonly string[]
  attributes?: Buffer[]
  algorithm?: keyof typeof ALGORITHMS
}

const shared = KEYS.ec256()

/** A certificate request, put together by hand: also the ones that no program makes. */
export function requestDer(o: RequestParts = {}): Buffer {
  const { key = shared, subject = [], names = [] } = o
  const attributes = o.attributes ?? (names.length > 0 ? [extensionRequest(sanExtension(...names.map(generalName.dns)))] : [])
  const spki = o.spki ?? spkiOf(key)
  const info = element(0x30, element(0x02, Uint8Array.of(0)), element(0x30, ...subject), spki, element(0xa0, ...attributes))
  const algorithm = ALGORITHMS[o.algorithm ?? defaultAlgorithm(key)]
  const signature = sign(algorithm.hash, info, key)
  const signedBy = element(0x30, oid(algorithm.oid), ...algorithm.parameters)
  return element(0x30, info, signedBy, element(0x03, Uint8Array.of(0), signature))
}

export function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' })
}

function defaultAlgorithm(key: KeyObject): keyof typeof ALGORITHMS {
  if (key.asymmetricKeyType === 'rsa') return 'rsaSha256'
  return key.asymmetricKeyType === 'ed25519' ? 'ed25519' : 'ecdsaSha256'
}
