import type { X509Certificate } from 'node:crypto'
import { DomainctlError } from '@domainctl/core'
import { subjectNames } from './served-certificate.ts'

interface Attempt {
  endpoint: string
  name: string
  /** What the server showed, when it came to that. */
  certificate?: X509Certificate | undefined
}

/** What kept a handshake from its end, by the code of Node or OpenSSL, and what to do about it. */
export function describeFailure(error: unknown, attempt: Attempt): DomainctlError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const [why, hint] = reason(code, attempt) ?? [
    error instanceof Error && error.message !== '' ? error.message : code,
    'See the message of OpenSSL.',
  ]
  const message = `The TLS handshake for ${attempt.name} at ${attempt.endpoint} failed: ${why}.`
  return new DomainctlError('SANDBOX_HANDSHAKE_FAILED', message, { hint, cause: error })
}

function reason(code: string, { endpoint, name, certificate }: Attempt): [why: string, hint: string] | undefined {
  if (/HANDSHAKE_FAILURE|UNRECOGNIZED_NAME/.test(code))
    return ['the server has no certificate for this name', `Install one for ${name}, then try again.`]
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code))
    return ['what answers there does not speak TLS', `Look what listens on ${endpoint}.`]
  switch (code) {
    case 'ECONNREFUSED':
      return ['nothing listens there', 'Start the sandbox, or give the endpoint at which its HTTPS server listens.']
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return ['there is no way to this address', 'Give the endpoint at which the HTTPS server of the sandbox listens.']
    case 'ETIMEDOUT':
      return ['no answer came in time', `Look what listens on ${endpoint}.`]
    case 'ECONNRESET':
    case 'EPIPE':
      return ['the server ended the connection', `Look what listens on ${endpoint}.`]
    case 'CERT_HAS_EXPIRED':
      return [`a certificate has expired${dates(certificate)}`, 'Renew it and install the new one.']
    case 'CERT_NOT_YET_VALID':
      return [`a certificate is not valid yet${dates(certificate)}`, 'Set the clock of this machine, or wait.']
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return [`the certificate is for ${covered(certificate)}`, `Install one for ${name}.`]
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'CERT_SIGNATURE_FAILURE':
    case 'CERT_UNTRUSTED':
      return [
        `the chain leads to none of the roots${issuer(certificate)}`,
        'Give the root of the CA that issued it, and install the full chain, not the leaf alone.',
      ]
    default:
      return undefined
  }
}

function dates(certificate: X509Certificate | undefined): string {
  if (certificate === undefined) return ''
  return `; that of the name is valid from ${certificate.validFromDate.toISOString()} to ${certificate.validToDate.toISOString()}`
}

function covered(certificate: X509Certificate | undefined): string {
  const names = certificate ? subjectNames(certificate) : []
  if (names.length === 0) return 'no DNS name'
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}

/** Escaped by Node when it holds anything unusual. */
function issuer(certificate: X509Certificate | undefined): string {
  return certificate ? `; it was issued by ${certificate.issuer.replaceAll('\n', ', ')}` : ''
}
