/** `error`: nothing goes on until it is mended. `warning`: it works, or will by itself. `info`: good to know. */
export type Severity = 'error' | 'warning' | 'info'

interface Problem {
  severity: Severity
  /** One or two sentences for `docs/errors.md`. */
  about: string
}

const error = (about: string): Problem => ({ severity: 'error', about })
const warning = (about: string): Problem => ({ severity: 'warning', about })
const info = (about: string): Problem => ({ severity: 'info', about })

/**
 * Every problem that a check of `verify` can have beside the codes of `errors.ts`. Codes are stable: a code may be added,
 * none changes its meaning. `docs/errors.md` is generated from this table.
 */
export const PROBLEMS = {
  RECORD_MISSING: error('No server shows a record of this name and type, and it was not found at the usual wrong places.'),
  RECORD_PARTIAL: error('Some servers of the zone show the record and others do not yet: wait.'),
  RECORD_WRONG: error('Another value stands there, and it does not look like a slip of the pen.'),
  RECORD_HIDDEN_BY_CNAME: error('A CNAME stands at the name, and no other record can stand beside a CNAME (RFC 1034 §3.6.2).'),
  CNAME_AT_APEX: error(
    'A CNAME is wanted at the apex of a zone, where none can stand: use addresses or an alias of the provider.',
  ),

  RECORD_VALUE_QUOTED: error('Quotation marks are part of the value.'),
  RECORD_VALUE_SPACED: error('Blanks, a line break or invisible characters are part of the value.'),
  RECORD_VALUE_CASE: error('Letters of a TXT value are in another case.'),
  RECORD_VALUE_PREFIX: error('The TXT value is the token alone, without what stands before it (`domainctl=`).'),
  RECORD_VALUE_NAME: error("The record's name was entered as its value, alone or before it."),
  RECORD_VALUE_CUT: error('A part of the value is missing at its start or end.'),
  RECORD_VALUE_GLUED: error('The value is right, but other text stands before or after it in the same record.'),
  RECORD_VALUE_ZONE_APPENDED: error('The zone was appended to the host name: its final dot was missing (RFC 1035 §5.1).'),
  RECORD_VALUE_DOTS: error('The host name ends with a dot too many.'),
  RECORD_VALUE_WWW: error('The host name has a `www.` too many or too few.'),
  RECORD_VALUE_URL: error('A URL, a path or a port was entered where a host name is wanted.'),
  RECORD_VALUE_KIND: error('An address stands where a CNAME to a host name is wanted, or the other way round.'),

  RECORD_ZONE_DOUBLED: error('The record stands at a name that ends with the zone twice: the panel appended it once more.'),
  RECORD_AT_NAME: error('The record stands at the name itself, not below it at the label that starts with `_`.'),
  RECORD_UNDERSCORE_MISSING: error('The record stands at a label without its `_`.'),
  RECORD_AT_APEX: error('The record of a subdomain stands below the apex of the zone.'),
  RECORD_WWW_ONLY: error('The record stands at the name with `www.`, and is missing at the name without it; both are wanted.'),
  RECORD_WWW_MISSING: error('The record stands at the name, and is missing at the name with `www.`; both are wanted.'),

  ROUTING_ELSEWHERE: error('The name leads to another host or other addresses: mostly where the site was before.'),
  ROUTING_MIXED: error('Some of the addresses at the name are the wanted ones and others are not: visitors reach both.'),
  ROUTING_AAAA_ELSEWHERE: error(
    'The IPv4 addresses are right, but an AAAA record leads visitors with IPv6, and the CA, elsewhere.',
  ),
  ROUTING_PROXIED: error(
    "The name shows addresses of a proxy, such as Cloudflare's, behind which the DNS cannot tell what serves it.",
  ),
  ROUTING_FLATTENED: info(
    'The name has no CNAME, but the very addresses of the wanted host: its provider flattens the CNAME, or they were entered.',
  ),
  ROUTING_CHAINED: info('The name leads to the wanted host by way of other names.'),
  ROUTING_WILDCARD_SHADOWED: error(
    'A wildcard record leads to the wanted host, but does not count for this name, since a record exists at or below it (RFC 4592 §2.2.1).',
  ),
  CNAME_BESIDE_OTHERS: error(
    'A CNAME is wanted where other records stand (MX, TXT, …), and a CNAME stands alone (RFC 1034 §3.6.2).',
  ),
  CHAIN_BROKEN: error('The CNAME records lead to a name that does not exist or has no address.'),
  CHAIN_LOOP: error('The CNAME records lead back to themselves, or are more than 16.'),

  DOMAIN_NOT_REGISTERED: error('The registry knows no such domain: it was never registered, has expired, or is on hold.'),
  DOMAIN_SUSPENDED: error(
    "The domain's name servers are those that its registrar sets for domains that have expired or are suspended.",
  ),
  ZONE_NOT_DELEGATED: error('The zone above has the name but delegates it to no name server.'),
  ZONE_REFUSED: error('The name servers of the delegation answer, but none of them serves the zone.'),
  ZONE_UNREACHABLE: error('No name server of the delegation answers.'),
  ZONE_SERVERS_PRIVATE: error('The name servers of the delegation have private or loopback addresses, which are not asked.'),
  ZONE_SERVER_REFUSES: warning('Some name servers of the delegation do not serve the zone; a CA that asks one of them fails.'),
  ZONE_SERVER_UNREACHABLE: warning('Some name servers of the delegation do not answer.'),
  ZONE_SERVER_ADDRESSLESS: warning('A name server of the delegation has no address.'),
  ZONE_COPIES_DIFFER: error(
    'The name servers of the delegation are of two companies that each have a copy of the zone, and only one copy has the records.',
  ),
  ZONE_PARENT_DIFFERS: warning('The zone above and the zone itself name different name servers (RFC 1034 §4.2.2).'),
  ZONE_PARENT_SILENT: warning('The zone above could not be asked; the name servers are those that the resolver knows.'),
  SPLIT_HORIZON: warning(
    "This machine's resolver shows another zone of this name than the public DNS does, and CAs see the public one; an error where the public DNS has none.",
  ),
  DNSSEC_BOGUS: error(
    'Validating resolvers refuse the zone: its DNSSEC signatures or its DS record are broken. Every CA fails at it.',
  ),
  RESOLVER_FAILS: warning("A resolver fails for the zone although the zone's own servers answer."),

  CACHE_OLD: warning(
    'The servers of the zone are right, but resolvers still show what was there before, for as long as its TTL says.',
  ),
  CACHE_NEGATIVE: warning(
    'The servers of the zone are right, but resolvers still say that there is no such record, for as long as the SOA of the zone says.',
  ),

  CHALLENGE_CNAME: info('The name of the challenge is a CNAME; the challenge is written where it leads.'),
  CHALLENGE_UNREACHABLE: error(
    'The name of the challenge is a CNAME that leads to no zone where the challenge could be written.',
  ),
  CHALLENGE_LITTER: warning('TXT records of earlier or other issuances stand at the name of the challenge.'),

  HTTP_UNREACHABLE: error('Nothing answers over HTTP at the addresses of the name.'),
  HTTP_WRONG_ANSWER: error(
    'What answers over HTTP is not what is meant to serve the name: another status, or without the token.',
  ),
  HTTP_REDIRECTED: error('The HTTP probe is redirected in a circle, too often, or to somewhere else.'),
  HTTP_ADDRESS_PRIVATE: error('The name has private or loopback addresses, which are not asked.'),

  CHECK_TIMED_OUT: error('The check was not done within its time; it is made again.'),
} as const satisfies Record<string, Problem>

/** A stable code; see {@link PROBLEMS}. */
export type ProblemCode = keyof typeof PROBLEMS
