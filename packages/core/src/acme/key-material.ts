import { createPrivateKey, createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto'
import type { ChainFacts, KeyFacts, KeyMaterial } from '../contracts/key-material.ts'
import { fingerprintOf, readRequest } from './certificate-request.ts'
import { factsOf, isIssuedBy, readChain } from './chain.ts'

/** By OpenSSL's names. */
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'ec256', secp384r1: 'ec384', secp521r1: 'ec521' }

/** {@link KeyMaterial} by Node's own crypto. */
export const keyMaterial: KeyMaterial = {
  chain(pem: string): ChainFacts {
    const certificates = readChain(pem)
    const [leaf] = certificates
    if (!leaf) throw new Error('it holds no certificate')
    for (const [i, certificate] of certificates.entries()) assertIssued(certificate, certificates[i + 1], i)
    return { ...factsOf(leaf), ...keyFacts(leaf.publicKey) }
  },
  privateKey: (pem) => keyFacts(createPublicKey(createPrivateKey(pem))),
  request: (pem) => {
    const { names, keyType, publicKey } = readRequest(pem)
    return { names, keyType, publicKey }
  },
}

function assertIssued(certificate: X509Certificate, issuer: X509Certificate | undefined, i: number): void {
  if (issuer && !isIssuedBy(certificate, issuer)) throw new Error(`certificate ${i + 1} is not issued by certificate ${i + 2}`)
}

function keyFacts(key: KeyObject): KeyFacts {
  const { asymmetricKeyType = 'unknown', asymmetricKeyDetails } = key
  const { namedCurve = '', modulusLength } = asymmetricKeyDetails ?? {}
  const keyType = asymmetricKeyType === 'ec' ? (CURVES[namedCurve] ?? namedCurve) : `${asymmetricKeyType}${modulusLength ?? ''}`
  return { keyType, publicKey: fingerprintOf(key) }
}
