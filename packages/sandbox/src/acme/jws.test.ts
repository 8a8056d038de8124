import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KEYS, publicJwk, signJws } from './acme.test.support.ts'
import { decodeBase64url } from './base64url.ts'
import { readJwk } from './jwk.ts'
import { readJws, verifySignature } from './jws.ts'
import { AcmeProblem } from './problem.ts'

const key = KEYS.ES256()
const header = { alg: 'ES256', url: 'https://127.0.0.1/', nonce: 'AAAA', jwk: publicJwk(key) }
const read = (value: unknown) => readJws(Buffer.from(JSON.stringify(value)))

/** Reads and verifies; a refusal is one of the CA's own, never another error. */
async function outcome(body: Buffer): Promise<'taken' | 'refused'> {
  try {
    const jws = readJws(body)
    await verifySignature(jws, readJwk(publicJwk(key)))
    return 'taken'
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(AcmeProblem)
    return 'refused'
  }
}

describe('a JWS', () => {
  it('is read as it was signed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (payload) => {
        const jws = read(signJws(header, payload, key))
        await verifySignature(jws, readJwk(header.jwk))
        expect(jws.payload.toString()).toBe(payload)
        expect(jws).toMatchObject({ algorithm: 'ES256', url: header.url, nonce: 'AAAA' })
      }),
    )
  })

  it('is refused when it is garbage', async () => {
    const isRefused = async (body: Buffer) => (await outcome(body)) === 'refused'
    await fc.assert(fc.asyncProperty(fc.uint8Array(), (bytes) => isRefused(Buffer.from(bytes))))
    await fc.assert(fc.asyncProperty(fc.jsonValue(), (value) => isRefused(Buffer.from(JSON.stringify(value)))))
    const odd = fc.record({ protected: fc.base64String(), payload: fc.string(), signature: fc.anything() }, { requiredKeys: [] })
    await fc.assert(
      fc.asyncProperty(odd, (value) => isRefused(Buffer.from(JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? 0 : v))))),
    )
    const headers = fc.dictionary(fc.constantFrom('alg', 'nonce', 'url', 'jwk', 'kid', 'crit', '__proto__'), fc.jsonValue())
    await fc.assert(
      fc.asyncProperty(headers, (value) => isRefused(Buffer.from(JSON.stringify(signJws({ ...value }, '{}', key))))),
    )
  })

  it('is refused when its signature is any octets', async () => {
    const signed = signJws(header, '{}', key)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 140 }), async (octets) => {
        const signature = Buffer.from(octets).toString('base64url')
        expect(await outcome(Buffer.from(JSON.stringify({ ...signed, signature })))).toBe('refused')
      }),
    )
  })

  it('is refused when one byte of it is another', async () => {
    const body = Buffer.from(JSON.stringify(signJws(header, '{"a":1}', key)))
    expect(await outcome(body)).toBe('taken')
    const change = fc.tuple(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }))
    await fc.assert(
      fc.asyncProperty(change, async ([at, by]) => {
        const changed = Buffer.from(body)
        changed[at] = (changed[at] ?? 0) ^ by
        return (await outcome(changed)) === 'refused'
      }),
    )
  })
})

describe('base64url', () => {
  it('has one encoding for each sequence of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => decodeBase64url(Buffer.from(bytes).toString('base64url'))?.equals(bytes) === true),
    )
    for (const wrong of ['A', 'AB', 'AAB', 'AA==', 'A+A', 'A/A', 'AA A', ' AA', 'AA\n', 'ä', 7, null, undefined, ['AA']])
      expect(decodeBase64url(wrong), String(wrong)).toBeUndefined()
  })
})

describe('a key', () => {
  it('has the thumbprint of RFC 7638, whatever else its jwk says', () => {
    // The example of §3.1.
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
    const { thumbprint, algorithm } = readJwk({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })
    expect({ thumbprint, algorithm }).toEqual({ thumbprint: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs', algorithm: 'RS256' })
  })

  it('is refused when it is none', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => readJwk(value)).toThrow(AcmeProblem)
      }),
    )
  })
})
