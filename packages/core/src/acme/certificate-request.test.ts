import { createPublicKey, webcrypto } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { requestDer } from './certificate-request.ts'
import { type RequestParts, requestOf, requestPem } from './certificate-requests.test.support.ts'
import { createCertificateCrypto } from './crypto.ts'

const { createKey, createCsr, readRequest } = createCertificateCrypto()
const invalid = (why: RegExp) => expect.objectContaining({ code: 'CSR_INVALID', message: expect.stringMatching(why) })
const reading = (text: string) => () => readRequest(text)

describe('readRequest', () => {
  it.each([
    ['ec256', 'ec256'],
    ['ec384', 'ec384'],
    ['rsa2048', 'rsa2048'],
  ] as const)('reads what acme-client makes with a key of type %s', async (type, keyType) => {
    const der = await createCsr(await createKey(type), ['example.test', '*.example.test', 'www.example.net'])
    const read = readRequest(requestPem(der))
    expect(read).toMatchObject({ keyType, names: ['example.test', '*.example.test', 'www.example.net'] })
    expect(Buffer.from(requestDer(read.pem))).toEqual(Buffer.from(der))
    expect(read.publicKey).toMatch(/^[0-9a-f]{64}$/)
  })

  it('takes names from the common name and the alternative names, each once, in the form of the DNS', async () => {
    const names = async (parts: RequestParts) => readRequest(await requestOf(parts)).names
    expect(await names({ commonName: 'a.example.test' })).toEqual(['a.example.test'])
    expect(await names({ sans: ['b.example.test', 'a.example.test'] })).toEqual(['b.example.test', 'a.example.test'])
    expect(await names({ commonName: 'A.example.test', sans: ['b.example.test', 'a.example.test'] })).toEqual([
      'a.example.test',
      'b.example.test',
    ])
  })

  it('takes an RSA key of any size that CAs certify', async () => {
    const rsa = (modulusLength: number) => ({
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength,
      publicExponent: Uint8Array.of(1, 0, 1),
    })
    expect(readRequest(await requestOf({ commonName: 'a.example.test', algorithm: rsa(3072) })).keyType).toBe('rsa3072')
    const small = await requestOf({ commonName: 'a.example.test', algorithm: rsa(1024) })
    expect(reading(small)).toThrow(invalid(/RSA with 1024 bits/))
  })

  it('refuses keys and signatures that CAs do not take', async () => {
    const curve = { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }
    expect(reading(await requestOf({ commonName: 'a.example.test', algorithm: curve }))).toThrow(invalid(/secp521r1/))
    const old = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
    expect(reading(await requestOf({ commonName: 'a.example.test', algorithm: old }))).toThrow(invalid(/algorithm/))
  })

  // openssl ecparam -genkey -name prime256v1 -noout [-param_enc explicit | -conv_form compressed]
  it.each([
    [
      'curve that is spelt out',
      'MIIByjCCAW8CAQAwGTEXMBUGA1UEAwwOYS5leGFtcGxlLnRlc3QwggFLMIIBAwYHKoZIzj0CATCB9wIBATAsBgcqhkjOPQEBAiEA/////wAAAA' +
        'EAAAAAAAAAAAAAAAD///////////////8wWwQg/////wAAAAEAAAAAAAAAAAAAAAD///////////////wEIFrGNdiqOpPns+u9VXaYhrxlHQaw' +
        'zFOw9jvOPD4n0mBLAxUAxJ02CIbnBJNqZnjhE50mt4GffpAEQQRrF9Hy4SxCR/i85uVjpEDydwN9gS3rM6D0oTlF2JjClk/jQuL+Gn+bjufrSn' +
        'wPnhYrzjNXazFezsu2QGg3v1H1AiEA/////wAAAAD//////////7zm+q2nF56E87nKwvxjJVECAQEDQgAENbYobSjLHbHsGRUBzjAYx73QztCg' +
        'DcvWyiHa/XHCEr0saHY+nICs1P/b04m4U8Zomer3P5NPehE9ldcYj1sCcaAAMAoGCCqGSM49BAMCA0kAMEYCIQDd/rh1u/Ki3e0f/49ul3Mbcu' +
        'VTF40sZ3fnLJU9hW1wWQIhANQ5oXxtggiF5KtClgi8k3wr2Y0wqimervQmLoiq5st0',
    ],
    [
      'point that is compressed',
      'MIGyMFsCAQAwGTEXMBUGA1UEAwwOYS5leGFtcGxlLnRlc3QwOTATBgcqhkjOPQIBBggqhkjOPQMBBwMiAAOOC+2fbKH/DxdgK8RmSflMh03eT5' +
        '/DZ3fRjmYJu6AU66AAMAoGCCqGSM49BAMCA0cAMEQCIHoLlMzx17G13A9pHspYt450HjlabuChXFJeFTKMouhNAiAB2AEB9mkx/qPJCw513MKA' +
        'g2yMz0PfG7w4Oqb2iT01EA==',
    ],
  ])('refuses a %s, which CAs do not read', (_, base64) => {
    expect(reading(requestPem(Buffer.from(base64, 'base64')))).toThrow(invalid(/in a form that CAs do not take/))
  })

  it.each<[string, RequestParts, RegExp]>([
    ['no name', {}, /names no DNS name/],
    ['a common name that is none', { commonName: 'My Shop' }, /white space/],
    ['an address', { commonName: '192.0.2.1' }, /IP address/],
    ['an address among the alternative names', { sans: ['a.example.test', { type: 'ip', value: '192.0.2.1' }] }, /no DNS name/],
    ['a name that its wildcard covers', { sans: ['*.example.test', 'a.example.test'] }, /covers it already/],
    ['a public suffix', { commonName: 'co.uk' }, /co\.uk/],
    ['a name in Unicode', { commonName: 'bücher.example.test' }, /another form/],
    ['a final dot', { commonName: 'a.example.test.' }, /another form/],
    ['too many names', { sans: Array.from({ length: 101 }, (_, i) => `n${i}.example.test`) }, /101/],
  ])('refuses %s', async (_, parts, why) => {
    expect(reading(await requestOf(parts))).toThrow(invalid(why))
  })

  it('refuses a request that was not signed by its own key', async () => {
    const pem = await requestOf({ commonName: 'a.example.test' })
    const der = Buffer.from(requestDer(pem))
    der[der.indexOf('a.example.test')] = 'b'.charCodeAt(0)
    expect(reading(requestPem(der))).toThrow(invalid(/not made by its own key/))
  })

  it('keeps nothing that stands beside the request, and refuses two of them', async () => {
    const pem = await requestOf({ commonName: 'a.example.test' })
    const key = await createKey('ec256')
    const read = readRequest(`${key}${pem.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST').replaceAll('\n', '\r\n')}`)
    expect(read.pem).toBe(pem)
    expect(reading(pem + pem)).toThrow(invalid(/2 requests/))
    expect(reading(key)).toThrow(invalid(/no CERTIFICATE REQUEST/))
    expect(reading('x'.repeat(70_000))).toThrow(invalid(/64 KiB/))
  })

  it('tells the SHA-256 of the public key', async () => {
    const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    const spki = Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey))
    const hash = Buffer.from(await webcrypto.subtle.digest('SHA-256', spki)).toString('hex')
    expect(createPublicKey({ key: spki, format: 'der', type: 'spki' }).asymmetricKeyType).toBe('ec')
    expect(readRequest(await requestOf({ commonName: 'a.example.test', keys })).publicKey).toBe(hash)
  })
})

describe('damaged requests', () => {
  let whole: Buffer

  beforeAll(async () => {
    whole = Buffer.from(requestDer(await requestOf({ commonName: 'a.example.test', sans: ['b.example.test'] })))
  })

  const orInvalid = (text: string) => {
    try {
      return readRequest(text).names
    } catch (error) {
      expect(error).toMatchObject({ code: 'CSR_INVALID' })
      return null
    }
  }

  it('answers any octets and any text with CSR_INVALID', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (octets) => {
        expect(orInvalid(requestPem(octets))).toBeNull()
      }),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(orInvalid(text)).toBeNull()
      }),
    )
  })

  it('answers every beginning of a good one with CSR_INVALID', () => {
    for (let length = 0; length < whole.length; length += 1) expect(orInvalid(requestPem(whole.subarray(0, length)))).toBeNull()
    expect(orInvalid(requestPem(Buffer.concat([whole, Buffer.from([0])])))).toBeNull()
  })

  it('answers a good one with octets struck with CSR_INVALID, or reads the same names', () => {
    const struck = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(struck, (changes) => {
        const der = Buffer.from(whole)
        for (const [at, octet] of changes) der[at] = octet
        const names = orInvalid(requestPem(der))
        // What is signed cannot change; bits that nobody reads may.
        expect(names === null || names.join() === 'a.example.test,b.example.test').toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('is not led astray by elements inside of elements without end', () => {
    const deep = Buffer.concat(Array.from({ length: 8000 }, () => Buffer.from([0x30, 0x80])))
    expect(orInvalid(requestPem(deep))).toBeNull()
  })
})
