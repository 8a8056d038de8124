// acme-client has types for its front door only. These are the parts of its lower layers that client.ts builds on,
// as they are in 5.4.0 (pinned exactly in package.json, because deep paths are no promise of the package).

declare module 'acme-client/src/http.js' {
  import type { KeyObject } from 'node:crypto'

  export interface HttpAnswer {
    status: number
    /** Lower-case names. */
    headers: Record<string, string>
    /** Parsed JSON; looked at for `type` to tell a `badNonce`. */
    data: unknown
  }

  export interface SignedRequestOptions {
    kid?: string | null
    nonce?: string | null
    includeExternalAccountBinding?: boolean
  }

  export default class HttpClient<A extends HttpAnswer> {
    constructor(directoryUrl: string, accountKey: KeyObject, externalAccountBinding?: { kid: string; hmacKey: string })
    maxBadNonceRetries: number
    jwk: Record<string, string> | null
    request(url: string, method: string, opts?: { data?: unknown }): Promise<A>
    getNonce(): Promise<string>
    getDirectory(): Promise<object>
    /** A flattened JWS with the JWK in its header, and neither nonce nor kid. */
    createSignedBody(url: string, payload: object): object
    /** POSTs a JWS; repeats after `badNonce` with the nonce of that answer; returns whatever else was answered. */
    signedRequest(url: string, payload: object | null, opts?: SignedRequestOptions, attempts?: number): Promise<A>
  }
}

declare module 'acme-client/src/api.js' {
  import type HttpClient from 'acme-client/src/http.js'
  import type { HttpAnswer } from 'acme-client/src/http.js'

  /** Without a list of valid statuses it returns whatever `signedRequest` does. */
  export default class AcmeApi<A extends HttpAnswer> {
    constructor(httpClient: HttpClient<A>, accountUrl?: string | null)
    apiRequest(url: string, payload?: object | null): Promise<A>
    apiResourceRequest(
      resource: string,
      payload: object | null,
      validStatusCodes: number[],
      opts?: { includeJwsKid?: boolean; includeExternalAccountBinding?: boolean },
    ): Promise<A>
  }
}

// What version 2 of @peculiar/x509 wants in tests.
declare module 'acme-client/src/crypto/index.js'
