import type { HealthCheckOptions } from '../domain/health/health-check.ts'
import type { ChallengeType, KeyType, OwnershipMode } from '../domain/model.ts'
import type { Check } from './verification.ts'

/** What happens to a name while a verb works on it. */
export interface Progress {
  name: string
  /** A few words in the present tense: `waiting for DNS`. */
  message: string
  /** While `verify` waits: what its last look has found. */
  checks?: Check[]
}

/** What every verb takes: `signal` ends it with `INTERRUPTED` once what was done is saved; `onProgress` is told what happens. */
export interface VerbOptions {
  signal?: AbortSignal
  onProgress?: (progress: Progress) => void
}

/** What `add` may be told about a domain; `issue` takes the same for a name that is not there yet. */
export interface AddOptions extends VerbOptions {
  /** Further names of the certificate. */
  san?: string[]
  /** Also `*.NAME`. */
  wildcard?: boolean
  /** Name of a configured provider. */
  provider?: string
  /**
   * `txt`: an ownership TXT must be published and stay; `none`: not; `auto` (default): not for the tenant `default`
   * with a provider that writes the records, or with one named explicitly, else `txt` (requirements L3).
   */
  ownership?: OwnershipMode
  /**
   * How the names are proven to the CA. With `http-01` a web server of each name gives the answer, no record is made and no
   * provider is needed; not for wildcards, nor with `delegate`. Chosen anew by `issue`, it ends an order that is open.
   */
  challenge?: ChallengeType
  /** The validation zone that `_acme-challenge` is delegated into by CNAME. */
  delegate?: string
  /** The names must be a CNAME to this host … */
  target?: string
  /** … or have exactly these addresses. */
  addresses?: string[]
  /**
   * Each name, but no wildcard, has to answer over HTTP before a certificate is ordered (requirements L6). `path`: what is
   * asked for (default `/.well-known/domainctl`). `token`: the whole text of the right answer; without one any answer
   * below 500 will do, which proves that something answers, not what. False: not any more.
   */
  probe?: boolean | { path?: string; token?: string }
  /** Directory URL or known name of the CA for this domain, or several in the order in which they are wanted. */
  ca?: string | readonly string[]
  /** Of the certificate (default `ec256`); one that is there keeps its key until it is renewed. */
  keyType?: KeyType
  /**
   * A certificate request in PEM, made with a key that domainctl never sees; kept with the domain and used by every renewal. It
   * says which names the certificate has (`san`, `wildcard` and `keyType` are refused beside it) and has to name the domain.
   * False: not any more, the next certificate gets a key made here.
   */
  csr?: string | false
  /**
   * Renewals take the key of the live certificate, unless that was revoked or another `keyType` was chosen. Default: a new key
   * each time.
   */
  reuseKey?: boolean
  /**
   * Of the chains that a CA offers, the one whose topmost certificate was issued by exactly this common name (`ISRG Root X1`);
   * its own one with a warning where it offers none. False: not any more.
   */
  preferredChain?: string | false
  /** Certificate profile of the CA. */
  profile?: string
  contact?: string
  labels?: Record<string, string>
  /** Names of configured targets where its certificate is to serve (V1); false or empty: nowhere any more. */
  deploy?: readonly string[] | false
  /**
   * What health checks measure in place of `/` at each name of the domain, once it has a certificate; what is left out is as usual. True: the
   * usual. False: nothing; the end of its certificate is watched all the same.
   */
  healthCheck?: boolean | HealthCheckOptions
  /**
   * Where its traffic goes (L12), for targets that route it: scheme, host and port, such as `http://10.0.0.5:8080`. Another one is
   * deployed at once where a certificate is there. False: nowhere any more, as far as domainctl says.
   */
  upstream?: string | false
}
