import type { Actor } from '../../errors.ts'

/** What is measured, from the outside in: each needs those before it. */
export const HEALTH_LAYERS = ['dns', 'tcp', 'tls', 'http', 'endpoint'] as const
/** A layer of {@link HEALTH_LAYERS}; the first that is broken is the one that is told. */
export type HealthLayer = (typeof HEALTH_LAYERS)[number]

/** `broken`: visitors fail. `warning`: they get through, but somebody should see to it. `info`: good to know. */
export type HealthSeverity = 'broken' | 'warning' | 'info'

/** What one code of a health check means. */
export interface HealthProblem {
  layer: HealthLayer
  severity: HealthSeverity
  actor: Actor
  /** One sentence for `docs/errors.md`. */
  about: string
  /** What to do. */
  hint: string
}

const of =
  (layer: HealthLayer, severity: HealthSeverity, actor: Actor) =>
  (about: string, hint: string): HealthProblem => ({ layer, severity, actor, about, hint })

const dns = of('dns', 'broken', 'customer')
const tcp = of('tcp', 'broken', 'operator')
const tls = of('tls', 'broken', 'operator')
const tlsWarning = of('tls', 'warning', 'operator')
const tlsInfo = of('tls', 'info', 'operator')
const http = of('http', 'broken', 'operator')
const endpoint = of('endpoint', 'broken', 'operator')

/**
 * Everything that a health check can find (requirements H1). Codes are stable: a code may be added, none changes its meaning.
 * `docs/errors.md` is generated from this table.
 */
export const HEALTH_PROBLEMS = {
  NAME_MISSING: dns(
    'The name is not in the DNS, or the CNAME records from it end at a name that is not.',
    'Make the records that domainctl records prints.',
  ),
  NAME_ADDRESSLESS: dns(
    'The name is in the DNS, but neither it nor where its CNAME records lead has an address.',
    'Make the records that domainctl records prints.',
  ),
  NAME_CHAIN_ENDLESS: dns(
    'The CNAME records from the name lead in a circle, or are more than 16.',
    'Have the CNAME lead straight to its target.',
  ),
  NAME_SERVERS_SILENT: dns(
    'No name server of the name answers, and resolvers find no address either.',
    'Look at the name servers of the zone: domainctl doctor says which of them do not answer.',
  ),
  NAME_RESOLVERS_FAIL: dns(
    'The name servers are right, but resolvers do not get an address from them: mostly DNSSEC that is broken.',
    'Look at the zone and its DNSSEC: domainctl doctor says what resolvers make of it.',
  ),
  NAME_RESOLVERS_DIFFER: of(
    'dns',
    'warning',
    'customer',
  )(
    'A resolver fails for the name, or finds none of the addresses that its name servers give; others do not.',
    'It passes by itself when caches end; if it stays, look with domainctl doctor.',
  ),
  NAME_SERVERS_UNREACHED: of(
    'dns',
    'warning',
    'operator',
  )(
    'No name server of the name answers this machine, while resolvers still have its addresses.',
    'Look at the name servers of the zone: domainctl doctor says which of them do not answer.',
  ),
  ADDRESS_PRIVATE: dns(
    'The name leads to a private, loopback or other address that is not public, which is not connected to.',
    'Give the name public addresses (--allow-private measures within a network of your own).',
  ),

  TCP_REFUSED: tcp('Nothing listens at the address: the connection is refused.', 'Start the server, or have it listen there.'),
  TCP_TIMED_OUT: tcp(
    'Nothing answers at the address: no connection comes about in time.',
    'Look whether the machine is up and its firewall lets the port through.',
  ),
  TCP_UNREACHABLE: tcp(
    'No network leads to the address, although this machine reaches others.',
    'Look at the route to the address, and whether it is still yours.',
  ),

  TLS_TIMED_OUT: tls(
    'The server takes the connection, and then does not finish the TLS handshake.',
    'Look at the server; it hangs.',
  ),
  TLS_BROKEN_OFF: tls(
    'The server closes the connection during the TLS handshake, without a reason.',
    "Look at the server's log and at what stands before it.",
  ),
  TLS_NOT_SPOKEN: tls('What answers at the port is not TLS.', 'Have the server speak TLS at this port.'),
  TLS_REFUSED: tls(
    'The TLS handshake fails: mostly the server has no certificate for the name, or no protocol in common.',
    'Install the certificate for this name, and TLS 1.2 or 1.3.',
  ),
  TLS_PROTOCOL_OLD: tls(
    'The server speaks nothing newer than TLS 1.1, which browsers refuse (RFC 8996).',
    'Turn on TLS 1.2 and 1.3.',
  ),
  TLS_CIPHER_WEAK: tls(
    'The server chooses a cipher that browsers refuse (RC4, DES, 3DES, none, or export).',
    'Leave it the ciphers of TLS 1.2 and 1.3 alone.',
  ),
  TLS_CERTIFICATE_NONE: tls('The server shows no certificate.', 'Install the certificate for this name.'),
  TLS_CERTIFICATE_EXPIRED: tls(
    'The certificate that the server shows has expired.',
    'Deploy the live one (domainctl export), or renew it (domainctl renew).',
  ),
  TLS_CERTIFICATE_NOT_YET_VALID: tls(
    'The certificate that the server shows is not valid yet, by the clock of this machine.',
    'Look at the clock of this machine, then at the certificate.',
  ),
  TLS_CERTIFICATE_REVOKED: tls(
    'The server staples an OCSP answer, signed by its CA, by which the certificate is revoked.',
    'Renew the certificate (domainctl renew --force) and deploy it.',
  ),
  TLS_STAPLE_MISSING: tls(
    'The certificate demands a stapled OCSP answer (must-staple, RFC 7633), and the server staples none that is good; browsers refuse it.',
    'Turn on OCSP stapling at the server, or get a certificate without must-staple.',
  ),
  TLS_NAME_MISMATCH: tls(
    'The certificate that the server shows is for other names.',
    'Install the certificate for this name, and have the server choose it by SNI.',
  ),
  TLS_SELF_SIGNED: tls('The server shows a certificate that signed itself.', 'Install the certificate that a CA has issued.'),
  TLS_INTERMEDIATE_MISSING: tls(
    'The server does not send the certificate of the CA that issued the next one, so visitors cannot follow the chain.',
    'Serve fullchain.pem of domainctl export in place of cert.pem.',
  ),
  TLS_ROOT_UNKNOWN: tls(
    'The chain that the server sends ends at a CA that browsers do not know.',
    'Install a certificate of a public CA (--issuer-root adds a root of your own).',
  ),
  TLS_CHAIN_EXPIRED: tls(
    'The certificate is good, but one of those above it, which the server sends, has expired.',
    'Serve the chain that came with the certificate (fullchain.pem of domainctl export).',
  ),
  TLS_CHAIN_REFUSED: tls(
    'The chain is complete, but does not hold: a certificate in it may not sign, or its signature is wrong.',
    'Serve the chain that came with the certificate (fullchain.pem of domainctl export).',
  ),
  TLS_KEY_WEAK: tls(
    'A certificate of the chain has a key or a signature that browsers refuse (RSA below 2048 bits, SHA-1, MD5).',
    'Renew the certificate with a key of today (domainctl renew --force).',
  ),
  TLS_CERTIFICATE_CRITICAL: tlsWarning(
    'The certificate that the server shows expires in less than seven days, or an eighth of its lifetime, whichever is less.',
    'Renew it now (domainctl renew), then deploy it.',
  ),
  TLS_CERTIFICATE_EXPIRING: tlsWarning(
    'The certificate that the server shows has less than a quarter of its lifetime left.',
    'Look why it is not renewed, or not deployed: domainctl show.',
  ),
  TLS_STAPLE_INVALID: tlsWarning(
    'The server staples an OCSP answer that is worth nothing: out of date, about another certificate, or not signed by the CA; some clients refuse it.',
    'Look why the server does not renew its OCSP answer: mostly it does not reach the CA; or turn stapling off.',
  ),
  TLS_CHAIN_ORDER: tlsWarning(
    'The certificates are not sent in their order, each followed by that of its issuer (RFC 8446 §4.4.2); some clients fail.',
    'Serve fullchain.pem of domainctl export as it is.',
  ),
  TLS_CHAIN_LONG: tlsWarning(
    'The server sends more than five certificates; some clients refuse so long a chain.',
    'Serve the chain that came with the certificate (fullchain.pem of domainctl export).',
  ),
  TLS_ROOT_SENT: tlsInfo(
    'The server sends the root as well, which each visitor has already: bytes for nothing at every handshake.',
    'Leave the root out.',
  ),
  TLS_CHAIN_SURPLUS: tlsInfo(
    'The server sends certificates that the chain does not need, mostly for old clients.',
    'Leave them out where no old client needs them.',
  ),

  HTTP_TIMED_OUT: http('There is no whole answer over HTTP in time.', 'Look at the application and what it waits for.'),
  HTTP_BROKEN_OFF: http('The connection ends before there is a whole answer over HTTP.', "Look at the server's log."),
  HTTP_NOT_SPOKEN: http('What is answered is not HTTP.', 'Have the server speak HTTP at this port.'),
  HTTP_SERVER_ERROR: http('The answer is an error of the server (5xx).', "Look at the application's log."),
  HTTP_MISDIRECTED: http(
    'The answer is 421: the server does not serve this name, though it took the handshake.',
    'Set the name up at the server.',
  ),
  HTTP_STATUS_WRONG: http(
    'The answer has another status than the expected one.',
    'Look at the application, or at what is expected.',
  ),
  HTTP_TEXT_MISSING: http(
    'The answer does not have the expected text in its first 256 KB.',
    'Look at the application, or at what is expected.',
  ),
  HTTP_REDIRECT_LOOP: http(
    'The redirects lead in a circle.',
    'Look at the redirects of the server and of what stands before it.',
  ),
  HTTP_REDIRECTS_TOO_MANY: http('There are more than 10 redirects.', 'Have the first redirect lead to the end at once.'),
  HTTP_REDIRECT_PRIVATE: http(
    'A redirect leads to a private or loopback address, or to a port that no visitor asks; it is not followed.',
    'Have it lead to a public name.',
  ),
  HTTP_REDIRECT_BROKEN: http(
    'A redirect leads to nothing that answers: no URL, a host without an address, or one whose connection or certificate fails.',
    'Have it lead to a page that is there.',
  ),

  ENDPOINT_UNREACHABLE: endpoint(
    'No connection to the endpoint of the application comes about.',
    'Start the application, or have it listen there.',
  ),
  ENDPOINT_SILENT: endpoint(
    'The endpoint of the application gives no whole answer in time.',
    'Look at the application; it hangs.',
  ),
  ENDPOINT_STATUS_WRONG: endpoint(
    'The endpoint of the application answers with another status than the expected one.',
    "Look at the application's log.",
  ),
  ENDPOINT_TEXT_MISSING: endpoint(
    'The answer of the endpoint does not have the expected text in its first 256 KB.',
    "Look at the application's log.",
  ),
} as const satisfies Record<string, HealthProblem>

/** A stable code; see {@link HEALTH_PROBLEMS}. */
export type HealthCode = keyof typeof HEALTH_PROBLEMS

/** What is known of a code. */
export function healthProblem(code: HealthCode): HealthProblem {
  return HEALTH_PROBLEMS[code]
}
