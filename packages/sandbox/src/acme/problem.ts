/** The problem types of RFC 8555 §6.7, RFC 8659, RFC 9773 §7.4 and draft-ietf-acme-profiles §6.5 that this CA answers with, without `urn:ietf:params:acme:error:`. */
export type ProblemType =
  | 'accountDoesNotExist'
  | 'alreadyReplaced'
  | 'alreadyRevoked'
  | 'badCSR'
  | 'badNonce'
  | 'badPublicKey'
  | 'badRevocationReason'
  | 'badSignatureAlgorithm'
  | 'caa'
  | 'connection'
  | 'dns'
  | 'externalAccountRequired'
  | 'invalidContact'
  | 'invalidProfile'
  | 'malformed'
  | 'orderNotReady'
  | 'rateLimited'
  | 'rejectedIdentifier'
  | 'serverInternal'
  | 'tls'
  | 'unauthorized'
  | 'unsupportedContact'
  | 'unsupportedIdentifier'
  | 'userActionRequired'

/** The document itself (RFC 7807, RFC 8555 §6.7). */
export interface ProblemDocument {
  type: `urn:ietf:params:acme:error:${ProblemType}`
  detail: string
  status: number
  subproblems?: (Omit<ProblemDocument, 'status'> & { identifier: { type: 'dns'; value: string } })[]
  /** With badSignatureAlgorithm: what would be accepted (RFC 8555 §6.2). */
  algorithms?: readonly string[]
}

/** A refusal by the CA. Thrown anywhere in `acme/`, answered as a problem document at one place. */
export class AcmeProblem extends Error {
  override readonly name = 'AcmeProblem'
  readonly document: ProblemDocument
  /** Sent with the answer: `Retry-After`, `Location`. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    type: ProblemType,
    status: number,
    detail: string,
    more: Pick<ProblemDocument, 'subproblems' | 'algorithms'> & { headers?: Record<string, string> } = {},
  ) {
    super(detail)
    const { headers = {}, ...members } = more
    this.document = { type: `urn:ietf:params:acme:error:${type}`, detail, status, ...members }
    this.headers = headers
  }
}

/** A refusal as it is; anything else that was thrown is the CA's own failure, of which `detail` is all that anyone is told. */
export function asProblem(thrown: unknown, detail: string): AcmeProblem {
  return thrown instanceof AcmeProblem ? thrown : new AcmeProblem('serverInternal', 500, detail)
}
