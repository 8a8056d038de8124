import { DomainctlError } from '@domainctl/core'

/** Response codes (RFC 1035 §4.1.1, RFC 2136 §2.2). */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
} as const

const NAMES: Readonly<Record<number, string>> = {
  ...Object.fromEntries(Object.entries(RCODE).map(([name, code]) => [code, name])),
  // RFC 8945 §3, in the error field of a TSIG record.
  16: 'BADSIG',
  17: 'BADKEY',
  18: 'BADTIME',
  22: 'BADTRUNC',
}

/** The mnemonic of a response code or TSIG error, `RCODE23` where it has none. */
export function rcodeName(rcode: number): string {
  return NAMES[rcode] ?? `RCODE${rcode}`
}

/** True for what a prerequisite that does not hold is answered with (RFC 2136 §3.2). */
export function isPrerequisiteFailure(rcode: number): boolean {
  return rcode === RCODE.YXDOMAIN || rcode === RCODE.YXRRSET || rcode === RCODE.NXDOMAIN || rcode === RCODE.NXRRSET
}

/** The error for a signed answer that is not NOERROR. `what` was asked, as in `a query for TXT www.example.com`. */
export function refusal(rcode: number, what: string, server: string): DomainctlError {
  const name = rcodeName(rcode)
  const said = `The name server ${server} answered ${name} to ${what}`
  const cause = { server, rcode: name }
  switch (rcode) {
    case RCODE.NOTAUTH:
    case RCODE.NOTZONE:
      return new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `${said}: it is not the server of this zone.`, {
        hint: 'Point RFC2136_NAMESERVER at the primary name server of the zone, or correct RFC2136_ZONE.',
        cause,
      })
    case RCODE.SERVFAIL:
      // Not a verdict on the change but a server that cannot serve now (a zone that did not load, a journal that cannot
      // be written, a primary that a secondary cannot forward to): like a server that does not answer, it may later.
      return new DomainctlError('PROVIDER_UNREACHABLE', `${said}: it cannot serve this zone now.`, {
        hint: 'Look into the log of the name server: often its zone file or journal cannot be written, or the zone did not load.',
        actor: 'operator',
        cause,
      })
    case RCODE.REFUSED:
      return new DomainctlError('PROVIDER_REFUSED', `${said}: it does not allow this to the key.`, {
        hint: 'Allow it to the TSIG key in the zone: allow-update or update-policy in BIND, an acl with action update in Knot; queries by allow-query.',
        cause,
      })
    case RCODE.NOTIMP:
      return new DomainctlError('PROVIDER_REFUSED', `${said}: it does not do dynamic updates.`, {
        hint: 'Turn dynamic updates (RFC 2136) on at the name server, or use another provider for this zone.',
        cause,
      })
    case RCODE.YXDOMAIN:
    case RCODE.YXRRSET:
    case RCODE.NXDOMAIN:
    case RCODE.NXRRSET:
      return new DomainctlError('PROVIDER_CONFLICT', `${said}: other records stand at the name than the change was made for.`, {
        hint: 'Look at the records of this name and repeat.',
        cause,
      })
    default:
      return new DomainctlError('PROVIDER_REFUSED', `${said}.`, {
        hint: 'Look into the log of the name server for the reason.',
        cause,
      })
  }
}

/** {@link refusal} of an UPDATE for what stands at `name`. */
export function refusedUpdate(rcode: number, name: string, zone: string, server: string): DomainctlError {
  return refusal(rcode, `an update of ${name} in the zone ${zone}`, server)
}
