import { createPublicKey } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AcmeProblem } from '../acme/problem.ts'
import {
  type ALGORITHMS,
  commonName,
  extensionRequest,
  generalName,
  KEYS,
  type RequestParts,
  requestDer,
  sanExtension,
  spkiOf,
  UNSIGNED_KEYS,
} from './certificates.test.support.ts'
import { element, elementsInside } from './der.ts'
import { readCertificateRequest } from './request.ts'

const names = ['shop.example.test']
const SAN = element(0x06, Buffer.from('551d11', 'hex'))
const EXTENSION_REQUEST = element(0x06, Buffer.from('2a864886f70d01090e', 'hex'))
const attribute = (type: Buffer, ...values: Buffer[]) => element(0x30, type, element(0x31, ...values))
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `n${String(i).padStart(3, '0')}.example.test`)

async function refusal(der: Uint8Array): Promise<string> {
  const thrown: unknown = await readCertificateRequest(der).catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(AcmeProblem)
  if (!(thrown instanceof AcmeProblem)) throw thrown
  expect(thrown.document).toMatchObject({ type: 'urn:ietf:params:acme:error:badCSR', status: 400 })
  return thrown.message
}

describe('readCertificateRequest', () => {
  it('reads names of the common name and the SAN extension: lower case, each once, sorted', async () => {
    const der = requestDer({
      subject: [commonName('Shop.Example.test')],
      names: ['www.example.test', 'shop.EXAMPLE.test', '*.example.test', 'xn--bcher-kva.example.test'],
    })
    const request = await readCertificateRequest(der)
    expect(request.names).toEqual(['*.example.test', 'shop.example.test', 'www.example.test', 'xn--bcher-kva.example.test'])
  })

  it('takes a common name alone, in any of the string types', async () => {
    const utf16 = Buffer.from('shop.example.test', 'utf16le').swap16()
    for (const subject of [commonName('shop.example.test', 0x0c), commonName('shop.example.test', 0x13), commonName(utf16, 0x1e)])
      expect((await readCertificateRequest(requestDer({ subject: [subject] }))).names).toEqual(names)
  })

  it('takes 100 names', async () => {
    expect((await readCertificateRequest(requestDer({ names: numbered(100) }))).names).toEqual(numbered(100))
  })

  it('takes names of 253 characters', async () => {
    const name = `${`${'a'.repeat(59)}.`.repeat(4)}${'b'.repeat(13)}`
    expect(name).toHaveLength(253)
    expect((await readCertificateRequest(requestDer({ names: [name] }))).names).toEqual([name])
    expect(await refusal(requestDer({ names: [`${name}b`] }))).toContain('not a domain name')
  })

  const accepted: [string, () => RequestParts][] = [
    ['P-256', () => ({ key: KEYS.ec256() })],
    ['P-384', () => ({ key: KEYS.ec384(), algorithm: 'ecdsaSha384' })],
    ['P-256, SHA-512', () => ({ key: KEYS.ec256(), algorithm: 'ecdsaSha512' })],
    ['RSA 2048', () => ({ key: KEYS.rsa() })],
    ['RSA 3072, SHA-512', () => ({ key: KEYS.rsa(3072), algorithm: 'rsaSha512' })],
  ]
  it.each(accepted)('accepts a key: %s', async (_, parts) => {
    const { key = KEYS.ec256(), ...more } = parts()
    const request = await readCertificateRequest(requestDer({ key, names, ...more }))
    expect(request.key.type).toBe('public')
    expect(request.key.export({ type: 'spki', format: 'der' })).toEqual(spkiOf(key))
    expect(Buffer.from(request.spki)).toEqual(spkiOf(key))
  })

  const keys: [string, () => RequestParts, string][] = [
    ['RSA 1024', () => ({ key: KEYS.rsa(1024) }), 'RSA key of 1024 bits'],
    ['RSA 2056', () => ({ key: KEYS.rsa(2056) }), 'RSA key of 2056 bits'],
    ['RSA 4104', () => ({ key: KEYS.rsa(4104) }), 'RSA key of 4104 bits'],
    ['P-521', () => ({ key: UNSIGNED_KEYS.ec521(), algorithm: 'ecdsaSha512' }), 'another curve than P-256 and P-384'],
    ['Ed25519', () => ({ key: UNSIGNED_KEYS.ed25519() }), 'key of type ed25519'],
    ['exponent 3', () => ({ key: KEYS.rsa(2048, 3) }), 'exponent is not 65537'],
    [
      'secp256k1',
      () => ({
        spki: spkiFrom(
          'MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAEeb5mfvncu6xVoGKVzocLBwKb/NstzijZWfKBWxb4F5hIOtp3JqPEZV2k+/wOEQio/Re0SKaFVBmcR9CP+xDUuA==',
        ),
      }),
      'another curve',
    ],
    ['X25519', () => ({ spki: spkiFrom('MCowBQYDK2VuAyEACeWUIBe/j3B8p+nUAuJF/nCEcd2ah+p5N4TUcRWWLmE=') }), 'key of type x25519'],
    [
      'no key at all',
      () => ({ spki: element(0x30, element(0x30, element(0x06, Uint8Array.of(42))), element(0x03, Uint8Array.of(0, 1))) }),
      'key that cannot be read',
    ],
  ]
  it.each(keys)('refuses a key: %s', async (_, parts, why) => {
    expect(await refusal(requestDer({ names, ...parts() }))).toContain(why)
  })

  it.each([
    ['compressed', 2, false],
    ['hybrid', 6, true],
  ])('refuses an EC key as a %s point', async (_, form, isWhole) => {
    const { x, y } = createPublicKey(KEYS.ec256()).export({ format: 'jwk' })
    const [first, second] = [x, y].map((coordinate) => Buffer.from(coordinate ?? '', 'base64url'))
    if (!first || !second) throw new Error('a point has two coordinates')
    const point = Buffer.concat([Uint8Array.of(form + ((second.at(-1) ?? 0) & 1)), first, ...(isWhole ? [second] : [])])
    const algorithm = Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex')
    const spki = element(0x30, algorithm, element(0x03, Uint8Array.of(0), point))
    expect(await refusal(requestDer({ names, spki }))).toContain('uncompressed point')
  })

  it('refuses an RSA key without the parameters that belong to it', async () => {
    const spki = spkiOf(KEYS.rsa())
    const shorter = element(0x30, element(0x30, spki.subarray(6, 17)), spki.subarray(19))
    expect(await refusal(requestDer({ names, spki: shorter }))).toContain('unusual encoding')
  })

  it('refuses a signature by another key, of other content, and by another algorithm', async () => {
    const other = requestDer({ names, spki: spkiOf(KEYS.ec256()) })
    expect(await refusal(other)).toContain('signature that does not fit')
    const changed = requestDer({ names })
    changed[changed.indexOf('shop')] = 'c'.charCodeAt(0)
    expect(await refusal(changed)).toContain('signature that does not fit')
    // Its signature is good by itself, and says so of a key of another type.
    const rsa = KEYS.rsa()
    expect(await refusal(requestDer({ names, key: rsa, spki: spkiOf(KEYS.ec256()) }))).toContain('signature that does not fit')
  })

  it.each<[keyof typeof ALGORITHMS, 'ec256' | 'rsa']>([
    ['ecdsaSha1', 'ec256'],
    ['rsaSha1', 'rsa'],
    ['rsaPss', 'rsa'],
  ])('refuses the signature algorithm %s', async (algorithm, key) => {
    expect(await refusal(requestDer({ names, algorithm, key: KEYS[key]() }))).toContain('algorithm that this CA does not take')
  })

  const { dns, email, ip, other, url } = generalName
  const san = (...entries: Buffer[]) => ({ attributes: [extensionRequest(sanExtension(dns('a.example.test'), ...entries))] })
  const refused: [string, RequestParts, string][] = [
    ['no names', {}, 'names no domain'],
    ['an IP address', san(ip(127, 0, 0, 1)), 'an IP address'],
    ['an e-mail address', san(email('a@example.test')), 'an e-mail address'],
    ['a URL', san(url('https://example.test')), 'a URI'],
    ['another name', san(other()), 'another kind of name'],
    ['an IP address as common name', { subject: [commonName('127.0.0.1')] }, '"127.0.0.1"'],
    ['a title as common name', { subject: [commonName('My Shop')], names }, '"My Shop"'],
    ['the Kelvin sign in a common name', { subject: [commonName('\u212a.example.test')] }, '"?'],
    [
      'the Kelvin sign in a common name of UTF-16',
      { subject: [commonName(Buffer.from('\u212a.example.test', 'utf16le').swap16(), 0x1e)] },
      '"?.example.test"',
    ],
    ['half a character as common name', { subject: [commonName('abc', 0x1e)] }, 'no text'],
    ['a number as common name', { subject: [commonName(Buffer.of(1), 0x02)] }, 'no text'],
    ['a name without parts', { subject: [element(0x31)], names }, 'PKCS #10'],
    ['a name without a type', { subject: [element(0x31, element(0x30, element(0x0c)))], names }, 'PKCS #10'],
    ['an attribute that is none', { attributes: [element(0x30)] }, 'PKCS #10'],
    ['an extension request without extensions', { attributes: [attribute(EXTENSION_REQUEST)] }, 'form that cannot be read'],
    [
      'an extension request with two values',
      { attributes: [attribute(EXTENSION_REQUEST, element(0x30), element(0x30))] },
      'form that cannot be read',
    ],
    ['an extension without a value', { attributes: [extensionRequest(element(0x30, SAN))] }, 'form that cannot be read'],
    [
      'an extension that is said not to be critical',
      { attributes: [extensionRequest(element(0x30, SAN, element(0x01, Buffer.of(0)), element(0x04)))] },
      'form that cannot be read',
    ],
    ['two common names', { subject: [commonName('a.example.test'), commonName('b.example.test')] }, 'more than one common name'],
    ['two SAN extensions', { attributes: [extensionRequest(sanExtension(dns('a.test')), sanExtension(dns('b.test')))] }, 'twice'],
    ['two extension requests', { attributes: [...(san().attributes ?? []), ...(san().attributes ?? [])] }, 'twice'],
    [
      'a SAN that is not DER',
      {
        attributes: [extensionRequest(element(0x30, SAN, element(0x04, Buffer.from('3080820161000000', 'hex'))))],
      },
      'cannot be read',
    ],
    ['a SAN that is nothing', { attributes: [extensionRequest(element(0x30, SAN, element(0x04)))] }, 'cannot be read'],
  ]
  it.each(refused)('refuses %s', async (_, parts, why) => {
    expect(await refusal(requestDer(parts))).toContain(why)
  })

  it.each([
    'localhost',
    'a..test',
    '.a.test',
    'a.test.',
    '*',
    '*.',
    '*.test.',
    'a.*.test',
    '**.a.test',
    'a*.b.test',
    '-a.test',
    'a-.test',
    'a_b.test',
    'a b.test',
    'a.test\0.b.test',
    'bücher.test',
    `${'a'.repeat(64)}.test`,
    '1.2.3.4',
    'a.123',
    '',
    '\u001b[2J.test',
  ])('refuses the name %j, and says it in printable characters', async (name) => {
    expect(await refusal(requestDer({ names: [name] }))).toMatch(/^[\x20-\x7e…]*not a domain name\.$/)
  })

  it('takes no other form than DER', async () => {
    const der = requestDer({ names })
    const pem = Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`)
    // The length in more bytes than it needs.
    const loose = Buffer.concat([Uint8Array.of(0x30, 0x83, 0), der.subarray(2)])
    const rest = Buffer.concat([der, Uint8Array.of(0)])
    for (const bytes of [pem, loose, rest, Buffer.from(der.toString('hex')), Buffer.alloc(0), der.subarray(0, -1)])
      expect(await refusal(bytes)).toContain('is not DER')
    expect(await refusal(element(0x30, element(0x02, Uint8Array.of(1))))).toContain('PKCS #10')
  })

  it('takes a SAN extension that is critical, among others', async () => {
    const san = elementsInside(sanExtension(generalName.dns('shop.example.test')))[1]?.encoded ?? SAN
    const critical = element(0x30, SAN, element(0x01, Buffer.of(0xff)), san)
    const stapling = element(0x30, element(0x06, Buffer.from('2b06010505070118', 'hex')), element(0x04, Buffer.of(0x30, 0)))
    const password = attribute(element(0x06, Buffer.from('2a864886f70d010907', 'hex')), element(0x0c, Buffer.from('secret')))
    const der = requestDer({ attributes: [password, extensionRequest(stapling, critical)] })
    expect((await readCertificateRequest(der)).names).toEqual(names)
  })

  it('refuses another version, and a request that has no attributes at all', async () => {
    const der = requestDer({ names })
    const [info, ...rest] = elementsInside(der)
    const [version, ...parts] = elementsInside(info?.encoded ?? der)
    if (!version) throw new Error('a request has a version')
    const around = (...inside: Uint8Array[]) => element(0x30, element(0x30, ...inside), ...rest.map(({ encoded }) => encoded))
    const others = parts.map(({ encoded }) => encoded)
    expect(await refusal(around(element(0x02, Buffer.of(1)), ...others))).toContain('another version')
    expect(await refusal(around(version.encoded, ...others.slice(0, -1)))).toContain('PKCS #10')
  })

  it('refuses garbage', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => void (await refusal(bytes))))
    const nested = fc.array(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => element(0x30, bytes)),
      { maxLength: 4 },
    )
    await fc.assert(fc.asyncProperty(nested, async (parts) => void (await refusal(element(0x30, ...parts)))))
  })

  it('refuses a request with any bit changed', async () => {
    const der = requestDer({ subject: [commonName('shop.example.test')], names })
    const flipped = (at: number, bit: number) => {
      const changed = Buffer.from(der)
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << bit), at)
      return changed
    }
    // Outside of what is signed no signature helps: each bit counts.
    const info = elementsInside(der)[0]?.encoded.length ?? 0
    const start = der.indexOf(elementsInside(der)[0]?.encoded ?? der)
    const around = [...der.keys()].filter((at) => at < start || at >= start + info)
    for (const at of around) for (let bit = 0; bit < 8; bit++) await refusal(flipped(at, bit))
    const inside = fc.tuple(fc.nat(der.length - 1), fc.nat(7))
    await fc.assert(fc.asyncProperty(inside, async ([at, bit]) => void (await refusal(flipped(at, bit)))))
  })
})

function spkiFrom(base64: string): Buffer {
  return Buffer.from(base64, 'base64')
}
