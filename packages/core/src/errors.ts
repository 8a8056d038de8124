/** Who has to do something so that the work can go on. */
export type Actor = 'customer' | 'operator' | 'provider' | 'ca' | 'domainctl'

/** What an error means to a caller; the command maps each kind to one exit code (cli.md). */
export type ErrorKind =
  | 'internal'
  | 'usage'
  | 'not-ready'
  | 'ca-refused'
  | 'ca-unavailable'
  | 'provider'
  | 'unhealthy'
  | 'busy'
  | 'interrupted'

interface ErrorClass {
  readonly kind: ErrorKind
  readonly actor: Actor
  /** One sentence for `docs/errors.md`. */
  readonly about: string
}

/**
 * Every code that domainctl can answer with. Codes are stable: a code may be added, none changes its meaning.
 * `docs/errors.md` is generated from this table.
 */
export const ERRORS = {
  INTERNAL: {
    kind: 'internal',
    actor: 'domainctl',
    about: 'A fault of domainctl itself: please report it with the output of --verbose.',
  },
  INTERRUPTED: {
    kind: 'interrupted',
    actor: 'operator',
    about: 'The work was stopped by a signal; what was done is saved, the same command continues it.',
  },

  USAGE: {
    kind: 'usage',
    actor: 'operator',
    about: 'The command line asks for something that does not exist or does not fit together.',
  },
  CONFIG_INVALID: {
    kind: 'usage',
    actor: 'operator',
    about: 'The configuration (file, environment or flags) has an unknown key or a value of the wrong type.',
  },
  NAME_INVALID: {
    kind: 'usage',
    actor: 'customer',
    about: 'The name is not a domain name that a certificate can be issued for.',
  },
  NAMES_TOO_MANY: { kind: 'usage', actor: 'operator', about: 'A certificate carries at most 100 names.' },
  DOMAIN_EXISTS: { kind: 'usage', actor: 'operator', about: 'The tenant has this domain already, with other settings.' },
  DOMAIN_NOT_FOUND: { kind: 'usage', actor: 'operator', about: 'The state knows no such domain for this tenant.' },
  DOMAIN_STATUS: { kind: 'usage', actor: 'operator', about: 'The domain is in a status in which this cannot be done.' },
  CERTIFICATE_NONE: { kind: 'not-ready', actor: 'operator', about: 'The domain has no certificate yet.' },
  PROVIDER_UNKNOWN: { kind: 'usage', actor: 'operator', about: 'No DNS provider of this name is configured.' },
  PROVIDER_AMBIGUOUS: {
    kind: 'usage',
    actor: 'operator',
    about: 'Several configured providers hold the zone of the name, and none of them was named.',
  },
  TERMS_NOT_ACCEPTED: {
    kind: 'usage',
    actor: 'operator',
    about: 'The CA has terms of service that were not accepted (--accept-tos).',
  },
  EXTERNAL_ACCOUNT_MISSING: {
    kind: 'usage',
    actor: 'operator',
    about: 'The CA binds its accounts to one at its website (EAB), and none was configured.',
  },
  ACCOUNT_NOT_FOUND: { kind: 'usage', actor: 'operator', about: 'The state has no account of this name at this CA.' },
  CSR_INVALID: {
    kind: 'usage',
    actor: 'operator',
    about: 'The certificate signing request cannot be used: it is damaged, not signed by its own key, or for other names.',
  },
  CERTIFICATE_INVALID: {
    kind: 'usage',
    actor: 'operator',
    about: 'The certificate cannot be imported: it is damaged, expired, self-signed, or not for the key that came with it.',
  },
  OUTPUT_UNWRITABLE: { kind: 'usage', actor: 'operator', about: 'A file of the export could not be written.' },

  STATE_UNREADABLE: {
    kind: 'usage',
    actor: 'operator',
    about: 'The state cannot be opened: it is missing rights, is not a database, or is damaged.',
  },
  STATE_NEWER: { kind: 'usage', actor: 'operator', about: 'The state was written by a newer domainctl.' },
  STATE_FULL: {
    kind: 'usage',
    actor: 'operator',
    about: 'The disk that holds the state is full; nothing was lost, free room and repeat.',
  },
  STATE_READ_ONLY: { kind: 'usage', actor: 'operator', about: 'The state or its folder cannot be written.' },
  STATE_KEY_WRONG: {
    kind: 'usage',
    actor: 'operator',
    about: 'The encryption key is not the one that the state was sealed with.',
  },
  STATE_KEY_INVALID: {
    kind: 'usage',
    actor: 'operator',
    about: 'The encryption key is missing or is not 32 bytes in hex or base64.',
  },
  STATE_BUSY: {
    kind: 'busy',
    actor: 'operator',
    about: 'Another process held the lock of the state for too long; nothing was changed.',
  },
  STATE_CORRUPT: {
    kind: 'internal',
    actor: 'operator',
    about: 'A value in the state cannot be read back, or the check after a crash has found the state damaged.',
  },
  LEASE_HELD: {
    kind: 'busy',
    actor: 'operator',
    about: 'Another process is at work on this domain, or on the records of this name at the provider.',
  },
  LEASE_LOST: {
    kind: 'busy',
    actor: 'domainctl',
    about: 'The lease ran out and another process took the domain over; its result counts.',
  },

  DNS_NOT_READY: { kind: 'not-ready', actor: 'customer', about: 'Records that prove control of the name are missing or wrong.' },
  DNS_RECORDS_WANTED: {
    kind: 'not-ready',
    actor: 'operator',
    about: 'Records have to be made by hand; the same command continues once they are there.',
  },
  DNS_NOT_PROPAGATED: {
    kind: 'not-ready',
    actor: 'provider',
    about: 'A record was written but not every authoritative server of the zone shows it in time.',
  },
  DNS_CNAME_LOOP: {
    kind: 'not-ready',
    actor: 'customer',
    about: 'A chain of CNAME records leads back to itself or is longer than 16 hops.',
  },
  DNS_ZONE_NOT_FOUND: { kind: 'not-ready', actor: 'customer', about: 'No zone that is delegated in the DNS holds this name.' },
  DNS_UNREACHABLE: { kind: 'not-ready', actor: 'operator', about: 'No name server gave a usable answer.' },
  DNS_CAA_FORBIDS: {
    kind: 'not-ready',
    actor: 'customer',
    about: 'CAA records do not let the CA issue for the name; nothing was ordered, so no failed validation was counted.',
  },
  DNS_CAA_FAILED: {
    kind: 'not-ready',
    actor: 'provider',
    about: 'The CAA records of the name could not be looked up, and a CA that cannot see them refuses; nothing was ordered.',
  },
  DNS_DNSSEC_BOGUS: {
    kind: 'not-ready',
    actor: 'customer',
    about: 'The DNSSEC signatures of the zone do not validate, and every CA fails at that; nothing was ordered.',
  },
  HTTP_CHALLENGE_UNSERVED: {
    kind: 'not-ready',
    actor: 'operator',
    about: 'The answer to an HTTP-01 challenge is not served at the name; the CA was not told to look, so nothing was counted.',
  },
  HTTP_CHALLENGE_CANNOT_SERVE: {
    kind: 'usage',
    actor: 'operator',
    about: 'The answer to an HTTP-01 challenge cannot be given: the port is taken, or the webroot cannot be written.',
  },
  OWNERSHIP_TAKEN: { kind: 'not-ready', actor: 'customer', about: 'Another tenant has proven ownership of this name.' },

  HEALTH_BROKEN: {
    kind: 'unhealthy',
    actor: 'operator',
    about: 'Visitors of the name fail; which layer is broken, and why, is in the code of the check.',
  },
  HEALTH_INCONCLUSIVE: {
    kind: 'not-ready',
    actor: 'operator',
    about: 'The health of the name could not be measured: this machine itself reaches nothing, or has no way to its addresses.',
  },
  CHANNEL_UNKNOWN: { kind: 'usage', actor: 'operator', about: 'No channel for notices of this name is configured.' },
  CHANNEL_UNREACHABLE: {
    kind: 'provider',
    actor: 'operator',
    about: 'A channel for notices could not be reached, is limited, or failed; it is tried again.',
  },
  CHANNEL_REFUSED: {
    kind: 'provider',
    actor: 'operator',
    about:
      'A channel for notices refuses its address or credential; it is tried again, so that nothing is lost when that is mended.',
  },
  NOTICE_REFUSED: { kind: 'provider', actor: 'domainctl', about: 'A channel will never take this notice; it is not sent again.' },

  PROVIDER_AUTH: {
    kind: 'provider',
    actor: 'operator',
    about: "The provider refused the credential (for rfc2136: the TSIG key, algorithm or this machine's clock).",
  },
  PROVIDER_ZONE_NOT_FOUND: { kind: 'provider', actor: 'operator', about: 'The provider holds no zone for this name.' },
  PROVIDER_REFUSED: { kind: 'provider', actor: 'operator', about: 'The provider understood the change and refused it.' },
  PROVIDER_UNREACHABLE: {
    kind: 'provider',
    actor: 'provider',
    about: 'The provider could not be reached or did not answer in time.',
  },
  PROVIDER_CONFLICT: {
    kind: 'provider',
    actor: 'customer',
    about: 'Another record stands in the way, such as a CNAME at the same name.',
  },
  PROVIDER_FAULTY: {
    kind: 'provider',
    actor: 'provider',
    about:
      'The code of a provider that domainctl does not come with failed in a way that it should not: report it to its makers.',
  },
  TARGET_UNKNOWN: {
    kind: 'usage',
    actor: 'operator',
    about: 'No target of this name is configured, or the domain is not for it.',
  },
  DEPLOY_FAILED: {
    kind: 'provider',
    actor: 'operator',
    about:
      'The certificate could not be put where it is to serve; what was there before stays, and it is tried again by itself (V1).',
  },
  DEPLOY_REFUSED: {
    kind: 'provider',
    actor: 'operator',
    about:
      'The target will not take this certificate as it is; what was there before stays. It is tried again once a day, and when another certificate is there.',
  },
  DEPLOY_UNPROVEN: {
    kind: 'provider',
    actor: 'operator',
    about:
      'The target took the certificate and does not serve it, as TLS handshakes show; what was there before was put back. It is tried again by itself.',
  },
  RECORD_FOREIGN: {
    kind: 'not-ready',
    actor: 'operator',
    about:
      'A record that domainctl did not make stands where one of its own belongs; it was left as it is (`--force` replaces it).',
  },
  RECORD_TAKEN: {
    kind: 'not-ready',
    actor: 'operator',
    about:
      'A record that domainctl made for another domain stands where one of this domain belongs; not even `--force` replaces it.',
  },

  CA_UNREACHABLE: { kind: 'ca-unavailable', actor: 'ca', about: 'The CA could not be reached or did not answer in time.' },
  CA_UNTRUSTED: { kind: 'usage', actor: 'operator', about: "The TLS certificate of the CA's API is not trusted (--ca-root)." },
  CA_NOT_ACME: { kind: 'usage', actor: 'operator', about: 'What answers at this URL is not an ACME directory.' },
  CA_RATE_LIMITED: { kind: 'ca-unavailable', actor: 'ca', about: 'The CA asks to come back later; the time is in retryAt.' },
  CA_BUDGET_SPENT: {
    kind: 'ca-unavailable',
    actor: 'operator',
    about: 'One more would be over a limit of the CA: nothing was asked of it; when there is room again is in retryAt.',
  },
  CA_UNAVAILABLE: { kind: 'ca-unavailable', actor: 'ca', about: 'The CA answered with an error of its own (5xx).' },
  CA_STALLED: {
    kind: 'ca-unavailable',
    actor: 'ca',
    about: 'The CA has been processing for longer than the time-out; the order is kept and continued by the next run.',
  },
  CA_REFUSED: {
    kind: 'ca-refused',
    actor: 'operator',
    about: 'The CA refused the request; its problem document is in the cause.',
  },
  CA_VALIDATION_FAILED: {
    kind: 'ca-refused',
    actor: 'customer',
    about: 'The CA looked and did not find the proof; its problem document is in the cause.',
  },
  CA_ORDER_INVALID: { kind: 'ca-refused', actor: 'ca', about: 'The order became invalid at the CA.' },
  CA_ACCOUNT_INVALID: {
    kind: 'ca-refused',
    actor: 'operator',
    about: 'The account does not exist at the CA, is not valid any more, or has another key there.',
  },
  CA_BAD_CERTIFICATE: {
    kind: 'ca-refused',
    actor: 'ca',
    about: 'The certificate from the CA does not fit the order: other names or another key.',
  },
  CLOCK_WRONG: {
    kind: 'usage',
    actor: 'operator',
    about: "The certificate is not valid at the time that this machine's clock shows.",
  },

  SANDBOX_CANNOT_LISTEN: {
    kind: 'usage',
    actor: 'operator',
    about: 'A port that the sandbox was told to use is taken, or this machine has no such loopback address.',
  },
  SANDBOX_NOT_RUNNING: {
    kind: 'usage',
    actor: 'operator',
    about: 'The command needs a sandbox, and the environment names none (domainctl sandbox exec).',
  },
  SANDBOX_HANDSHAKE_FAILED: {
    kind: 'not-ready',
    actor: 'operator',
    about: "The sandbox's HTTPS server did not show a good certificate for the name.",
  },
} as const satisfies Record<string, ErrorClass>

/** A stable code in SCREAMING_SNAKE; see {@link ERRORS}. */
export type ErrorCode = keyof typeof ERRORS

/** What an error says beside its code and message. */
export interface ErrorDetails {
  /** What to do next, as a sentence that names the step. */
  hint: string
  /** Who must act, where it differs from the usual actor of the code. */
  actor?: Actor
  /** When it makes sense to try again. */
  retryAt?: Date
  cause?: unknown
}

/** The same for every copy of this file that is loaded: a provider of a third party brings its own, the command is a bundle. */
const BRAND = Symbol.for('domainctl.error')

/**
 * The one error that domainctl throws. `message` says what happened and why, `hint` what to do next. `instanceof` holds for
 * one of another copy of this class too, as long as this copy knows its code (ADR 10).
 */
export class DomainctlError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a class that is derived from this one asks for its own instances
    return this === DomainctlError ? isBranded(value) : Function.prototype[Symbol.hasInstance].call(this, value)
  }

  override readonly name = 'DomainctlError'
  readonly code: ErrorCode
  readonly hint: string
  readonly actor: Actor
  readonly retryAt: Date | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.hint = details.hint
    this.actor = details.actor ?? ERRORS[code].actor
    this.retryAt = details.retryAt
  }

  /** @internal */
  get [BRAND](): true {
    return true
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind
  }

  /** Where the code is explained, in the documentation of domainctl; `domainctl help CODE` prints the same. */
  get docs(): string {
    return `docs/errors.md#${this.code.toLowerCase()}`
  }
}

function isBranded(value: unknown): boolean {
  // Not what merely looks like one: it would have no stack, and what reads errors would take it for none.
  if (!(value instanceof Error) || Reflect.get(value, BRAND) !== true) return false
  const { code, message, hint } = value as Partial<DomainctlError>
  return typeof code === 'string' && Object.hasOwn(ERRORS, code) && typeof message === 'string' && typeof hint === 'string'
}

/**
 * Whether it is an error of domainctl, and of one of these codes where any are given. Holds across copies of this library, as
 * `instanceof` does.
 */
export function isDomainctlError<Code extends ErrorCode = ErrorCode>(
  value: unknown,
  ...codes: readonly Code[]
): value is DomainctlError & { readonly code: Code } {
  return value instanceof DomainctlError && (codes.length === 0 || codes.some((code) => code === value.code))
}

/**
 * Whatever was thrown, as a DomainctlError: itself, `INTERRUPTED` for an abort, else `INTERNAL` with the cause kept.
 * @param signal of the caller: what it aborted with is no fault, whatever it is
 */
export function toDomainctlError(thrown: unknown, signal?: AbortSignal): DomainctlError {
  if (thrown instanceof DomainctlError) return thrown
  if ((thrown instanceof Error && thrown.name === 'AbortError') || (signal?.aborted && thrown === signal.reason)) {
    return new DomainctlError('INTERRUPTED', 'The work was interrupted.', {
      hint: 'Run the same command again: it continues where this one stopped.',
      cause: thrown,
    })
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new DomainctlError('INTERNAL', `Something unexpected happened: ${message}`, {
    hint: 'This is a fault of domainctl: please report it with the output of --verbose.',
    cause: thrown,
  })
}
