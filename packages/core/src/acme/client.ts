// The only file that touches acme-client. It takes the lower layers alone (JWS, the repeating of bad nonces) and
// gives them a transport, nonces and errors of ours: the upper ones lose the type of a problem, sleep for any
// Retry-After and ask a nonce before every request. It costs some 100 ms to load, so everybody imports it lazily.
import type { KeyObject } from 'node:crypto'
import AcmeApi from 'acme-client/src/api.js'
import HttpClient, { type SignedRequestOptions } from 'acme-client/src/http.js'
import type { ExternalAccount } from '../contracts/issuer.ts'
import type { Answer } from './answer.ts'
import type { Directory } from './directory.ts'
import type { NoncePool } from './nonces.ts'
import { isRecord } from './problem.ts'
import { refusal } from './refusal.ts'
import type { Transport } from './transport.ts'

/** A fifth of all nonces refused, as test CAs do, then fails one request in two millions. */
const MAX_BAD_NONCES = 8

/** What a signed request may be sent to by the name that the directory has for it. */
export type SignedResource = 'newAccount' | 'newOrder' | 'revokeCert' | 'keyChange'

/** Who signs. */
export interface Signer {
  key: KeyObject
  /** Public key in the member order of RFC 7638 §3.2 (sorted). */
  jwk: Record<string, string>
  /** The account's URL; absent only while it is being made. */
  kid?: string
  /** What a new account is bound to (RFC 8555 §7.3.4). */
  externalAccount?: ExternalAccount
}

/** What the requests to one CA share. */
export interface Line {
  transport: Transport
  nonces: NoncePool
  directory: Directory
  now(): Date
}

/**
 * POSTs a JWS (RFC 8555 §6.2) and returns the answer when it is a success.
 * @param target a URL, or a resource of the directory
 * @param payload null for POST-as-GET
 * @param subject what is asked for, in the words of an error: `a new order`
 * @throws DomainctlError as {@link Transport} and {@link refusal} say; the signal's reason
 */
export async function post(
  line: Line,
  signer: Signer,
  target: string | { resource: SignedResource },
  payload: object | null,
  subject: string,
  signal: AbortSignal,
): Promise<Answer> {
  const api = new AcmeApi(new LineClient(line, signer, subject, signal), signer.kid ?? null)
  if (typeof target === 'string') return api.apiRequest(target, payload)
  return api.apiResourceRequest(target.resource, payload, [], {
    includeJwsKid: signer.kid !== undefined,
    includeExternalAccountBinding: signer.externalAccount !== undefined,
  })
}

/** A JWS by a key that shows itself, without a nonce: the inner one of a key change (RFC 8555 §7.3.5). */
export function signedByNewKey({ key, jwk }: Signer, url: string, payload: object): object {
  const client = new HttpClient<Answer>('', key)
  client.jwk = jwk
  return client.createSignedBody(url, payload)
}

/** acme-client's HTTP client, made anew for every call: it has no other place for the caller's signal. */
class LineClient extends HttpClient<Answer> {
  readonly #line: Line
  readonly #subject: string
  readonly #signal: AbortSignal

  constructor(line: Line, signer: Signer, subject: string, signal: AbortSignal) {
    super('', signer.key, signer.externalAccount)
    this.#line = line
    this.#subject = subject
    this.#signal = signal
    this.jwk = signer.jwk
    this.maxBadNonceRetries = MAX_BAD_NONCES
  }

  override async getDirectory(): Promise<Directory> {
    return this.#line.directory
  }

  override async getNonce(): Promise<string> {
    return this.#line.nonces.take(this.#signal)
  }

  /** One POST of a signed body. */
  override async request(url: string, _method: 'post', { data }: { data?: unknown } = {}): Promise<Answer> {
    const answer = await this.#line.transport.send('POST', url, { body: JSON.stringify(data), signal: this.#signal })
    // signedRequest repeats a refused request with the nonce of that answer: nobody else may have it.
    if (!isBadNonce(answer)) this.#line.nonces.add(answer.headers['replay-nonce'])
    return answer
  }

  override async signedRequest(
    url: string,
    payload: object | null,
    o?: SignedRequestOptions,
    attempts?: number,
  ): Promise<Answer> {
    const answer = await super.signedRequest(url, payload, o, attempts)
    if (answer.status < 200 || answer.status > 299) throw refusal(answer, this.#subject, this.#line.now())
    return answer
  }
}

/** The same condition as signedRequest's own. */
function isBadNonce({ status, data }: Answer): boolean {
  return status === 400 && isRecord(data) && data.type === 'urn:ietf:params:acme:error:badNonce'
}
