import type { HttpSighting } from '../domain/diagnosis/http.ts'
import type { CallOptions } from './dns-provider.ts'

/** What is asked for. */
export interface ProbeRequest {
  /** Goes into the Host header, and over TLS into SNI. ASCII, no final dot, no wildcard. */
  name: string
  /** IP addresses, each asked on its own: no resolver of this machine has a say in it. At most 8 are asked, of both families. */
  addresses: readonly string[]
  /** Begins with `/`; with its query, where it has one. */
  path: string
  /** The whole text of the right answer, apart from blanks around it. */
  token?: string
  /**
   * As a CA asks for the answer to an HTTP-01 challenge (RFC 8555 §8.3), which `token` is then: at most 10 redirects are
   * followed, to any host that has a name, and blanks may stand only behind it.
   */
  asCa?: boolean
}

/** What came back from one address. */
export interface ProbeAnswer extends HttpSighting {
  /** What was asked for first. */
  url: string
  /** From connecting to the end, all redirects included. */
  ms: number
}

/**
 * Whether a name answers over HTTP (requirements L6): one `GET` to each address, all at once, each answer read up to 64 KB
 * and told in at most 10 s.
 *
 * **Without a token** every answer below 500 but 421 (Misdirected Request) is right: a server whose software does not know
 * the path says 404, and answers all the same. It proves that something answers, not what. **With a token** the answer has
 * to be 200 and the token: that proves that the operator's own servers answer, at each address.
 *
 * At most 5 redirects are followed: from HTTP to HTTPS, to another path, and to the twin of the name with or without `www.`.
 * To whatever else they lead is told and not asked, but for `asCa`. Certificates are not judged: the one that is right has still to be
 * issued. No address is connected to that is not public, unless private ones are allowed.
 *
 * **Errors**: none but the signal's reason. Whatever a server does is an outcome. Any number of calls at once.
 */
export interface HttpProbe {
  /** One answer for each address that was asked, in the order of the request. */
  probe(request: ProbeRequest, o: CallOptions): Promise<ProbeAnswer[]>
}
