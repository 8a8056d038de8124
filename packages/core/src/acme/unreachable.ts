import { DomainctlError } from '../errors.ts'

/** OpenSSL's and Node's codes for a server certificate that was not accepted. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|INVALID_CA|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH/

/** What people know a fault by; others are told by their code. */
const FAULTS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was reset before the answer was complete',
  EPIPE: 'the connection was reset before the answer was complete',
  ENOTFOUND: 'the name does not exist in the DNS',
  EAI_AGAIN: 'the DNS did not answer for the name',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no route to it',
  EPROTO: 'it does not speak TLS that we know',
}

/**
 * Why a request got no answer, as `CA_UNTRUSTED` or `CA_UNREACHABLE`. What is no fault of the network (it has no code)
 * is thrown on as it is.
 */
export function unreachable(url: URL, thrown: unknown): unknown {
  const { code, message } = faultOf(thrown)
  if (code === undefined) return thrown
  if (UNTRUSTED.test(code)) {
    return new DomainctlError('CA_UNTRUSTED', `The TLS certificate of the CA's API at ${url.host} is not trusted: ${message}.`, {
      hint: untrustedHint(code),
      cause: thrown,
    })
  }
  const why = code.startsWith('HPE_') ? 'what it answers is not HTTP' : code.startsWith('ERR_SSL_') ? FAULTS.EPROTO : FAULTS[code]
  return new DomainctlError('CA_UNREACHABLE', `The CA at ${url.host} cannot be reached: ${why ?? `${message} (${code})`}.`, {
    hint: 'Check the URL of the CA and the network of this machine, then run the same command again.',
    cause: thrown,
  })
}

/** The answer did not come, or not whole, before the time-out of the request. */
export function timedOut(url: URL, timeoutMs: number): DomainctlError {
  return new DomainctlError('CA_UNREACHABLE', `The CA at ${url.host} did not answer within ${timeoutMs / 1000} s.`, {
    hint: 'Run the same command again later.',
  })
}

function untrustedHint(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Give the URL of the CA with the host name that its certificate carries.'
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return "Check the clock of this machine; if it is right, the CA's certificate is at fault."
  }
  return 'If this is a private CA, give its root certificate with --ca-root.'
}

function faultOf(thrown: unknown): { code?: string; message: string } {
  if (!(thrown instanceof Error)) return { message: String(thrown) }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
  return code === undefined ? { message: thrown.message } : { code, message: thrown.message }
}
