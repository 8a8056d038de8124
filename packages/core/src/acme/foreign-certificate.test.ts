import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { DomainctlError } from '../errors.ts'
import { type Authority, makeAuthority, makeLeaf } from './certificates.test.support.ts'
import { readForeignCertificate } from './foreign-certificate.ts'

const NOW = new Date('2026-06-01')

let root: Authority
let intermediate: Authority
let leaf: { pem: string; key: string }
beforeAll(async () => {
  root = await makeAuthority('Root')
  intermediate = await makeAuthority('Intermediate', root)
  leaf = await makeLeaf(intermediate, ['a.example', '*.a.example'], { subject: 'CN=a.example' })
})

const read = (chain: string, key = leaf.key) => readForeignCertificate(chain, { key, now: NOW })

function refusalOf(chain: string, key: string): DomainctlError {
  try {
    read(chain, key)
  } catch (error) {
    if (error instanceof DomainctlError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('a certificate of another client', () => {
  it('is read with its key in any PEM, and without what stands around it', () => {
    const sec1 = createPrivateKey(leaf.key).export({ type: 'sec1', format: 'pem' }).toString()
    const found = read(
      `# by hand\n${leaf.pem}\n\nBag Attributes\n${intermediate.pem}\n`,
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${sec1}`,
    )
    expect(found).toMatchObject({ keyType: 'ec256', commonName: 'a.example', facts: { names: ['a.example', '*.a.example'] } })
    expect(found.chain.match(/BEGIN/g)).toHaveLength(2)
    expect(found.chain).not.toContain('Bag')
    expect(found.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  })

  it('is refused where something is wrong with it, without a word of the key', async () => {
    const whole = `${leaf.pem}\n${intermediate.pem}`
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const pem = { type: 'pkcs8', format: 'pem' } as const
    const encrypted = rsa.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
    const legacy =
      '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n'
    const expired = await makeLeaf(intermediate, ['a.example'], { notAfter: new Date('2026-05-01') })
    const early = await makeLeaf(intermediate, ['a.example'], { notBefore: new Date('2026-07-01') })
    const withIp = await makeLeaf(intermediate, ['a.example', { type: 'ip', value: '192.0.2.1' }])
    const other = await makeAuthority('Other')
    const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const itself = await makeAuthority('a.example')
    const selfSigned = await makeLeaf(itself, ['a.example'], { keys: itself.keys, subject: 'CN=a.example' })
    const cases: [chain: string, key: string, why: RegExp][] = [
      ['', leaf.key, /holds no certificate/],
      ['no PEM at all', leaf.key, /holds no certificate/],
      [`${leaf.pem.slice(0, 300)}`, leaf.key, /damaged or cut off/],
      [`${leaf.pem}\n${intermediate.pem.slice(0, 300)}`, leaf.key, /damaged or cut off/],
      ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', leaf.key, /cannot be read/],
      [whole, rsa.export(pem).toString(), /not the one that it was made for/],
      [whole, otherKey.privateKey.export(pem).toString(), /not the one that it was made for/],
      [whole, encrypted, /encrypted/],
      [whole, legacy, /encrypted/],
      [whole, leaf.key.slice(0, 60), /private key cannot be read/],
      [whole, '', /private key cannot be read/],
      [`${expired.pem}\n${intermediate.pem}`, expired.key, /it ended at 2026-05-01/],
      [`${early.pem}\n${intermediate.pem}`, early.key, /valid only from 2026-07-01/],
      [`${withIp.pem}\n${intermediate.pem}`, withIp.key, /more than DNS names: ip address:192\.0\.2\.1/],
      [`${leaf.pem}\n${other.pem}`, leaf.key, /certificate 1 of its chain is not issued by certificate 2/],
      [leaf.pem, leaf.key, /CN=Intermediate, which issued it, is not in its chain/],
      [selfSigned.pem, selfSigned.key, /self-signed/],
      [Array.from({ length: 11 }, () => leaf.pem).join('\n'), leaf.key, /11 certificates/],
    ]
    for (const [chain, key, why] of cases) {
      const thrown = refusalOf(chain, key)
      expect(thrown).toMatchObject({ code: 'CERTIFICATE_INVALID', message: expect.stringMatching(why) })
      for (const line of key.split('\n').filter((line) => line.length > 40 && !line.includes('-----')))
        expect(`${thrown.message} ${thrown.hint} ${thrown.cause}`).not.toContain(line)
    }
  })

  it('answers any text with an error that it knows', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(400), (noise, at) => {
        const damaged = leaf.pem.slice(0, at) + noise + leaf.pem.slice(at + noise.length)
        for (const [chain, key] of [
          [noise, leaf.key],
          [`${leaf.pem}\n${intermediate.pem}`, noise],
        ] as const)
          expect(refusalOf(chain, key).code).toBe('CERTIFICATE_INVALID')
        try {
          read(`${damaged}\n${intermediate.pem}`)
        } catch (error) {
          expect(error).toMatchObject({ code: 'CERTIFICATE_INVALID' })
        }
      }),
    )
  })

  it('may be a leaf alone where a root that is given has issued it', async () => {
    const alone = await makeLeaf(root, ['a.example'])
    expect(readForeignCertificate(alone.pem, { key: alone.key, now: NOW, roots: root.pem }).facts.names).toEqual(['a.example'])
  })
})
