import type { Check, ProblemCode } from '@domainctl/core'

/**
 * What is wrong, in a sentence for somebody who does not know the DNS. `{it}` is what the record is for, `{name}` the
 * name that it is about.
 */
const HEADLINES: Readonly<Record<ProblemCode, string>> = {
  RECORD_MISSING: '{it} is missing.',
  RECORD_PARTIAL: '{it} is there, but not yet at every server of the domain.',
  RECORD_WRONG: '{it} has another value than it needs.',
  RECORD_HIDDEN_BY_CNAME: 'A CNAME record stands in the way of {it}.',
  CNAME_AT_APEX: '{name} is a domain of its own, so it needs addresses in place of a CNAME.',

  RECORD_VALUE_QUOTED: '{it} has quotation marks in its value.',
  RECORD_VALUE_SPACED: '{it} has a blank or an invisible character in its value.',
  RECORD_VALUE_CASE: '{it} has capital letters where small ones belong, or the other way round.',
  RECORD_VALUE_PREFIX: '{it} has only a part of its value: the beginning is missing.',
  RECORD_VALUE_NAME: '{it} has its own name as its value.',
  RECORD_VALUE_CUT: '{it} has only a part of its value.',
  RECORD_VALUE_GLUED: '{it} has other text in its value.',
  RECORD_VALUE_ZONE_APPENDED: '{it} leads to a host name with the domain added to its end by mistake.',
  RECORD_VALUE_DOTS: '{it} leads to a host name with a dot too many.',
  RECORD_VALUE_WWW: '{it} leads to a host name with a "www." too many or too few.',
  RECORD_VALUE_URL: '{it} has a web address where a host name belongs.',
  RECORD_VALUE_KIND: '{it} is of the wrong kind: an address where a host name belongs, or the other way round.',

  RECORD_ZONE_DOUBLED: '{it} was made at a wrong place: its name ends with the domain twice.',
  RECORD_AT_NAME: '{it} was made at a wrong place: at the name itself, without the label before it.',
  RECORD_UNDERSCORE_MISSING: '{it} was made at a wrong place: its name lacks the underscore.',
  RECORD_AT_APEX: '{it} was made at a wrong place: for the whole domain in place of {name}.',
  RECORD_WWW_ONLY: 'Only the name with "www." is set up; {name} is missing.',
  RECORD_WWW_MISSING: 'Only the name without "www." is set up; {name} is missing.',

  ROUTING_ELSEWHERE: '{name} still leads visitors to another place.',
  ROUTING_MIXED: '{name} leads some visitors here and others to another place.',
  ROUTING_AAAA_ELSEWHERE: '{name} leads visitors with IPv6 to another place.',
  ROUTING_PROXIED: '{name} is behind a proxy, such as an orange cloud at Cloudflare.',
  ROUTING_FLATTENED: '{name} leads here by addresses in place of a CNAME.',
  ROUTING_CHAINED: '{name} leads here by way of other names.',
  ROUTING_WILDCARD_SHADOWED: 'The wildcard record does not count for {name}, which needs a record of its own.',
  CNAME_BESIDE_OTHERS: 'Other records at {name} stand in the way of its CNAME.',
  CHAIN_BROKEN: '{name} leads to a name that does not exist.',
  CHAIN_LOOP: '{name} leads back to itself.',

  DOMAIN_NOT_REGISTERED: 'The domain {name} does not exist: it was never registered, has expired, or is on hold.',
  DOMAIN_SUSPENDED: 'The domain {name} has expired or was suspended by its registrar.',
  ZONE_NOT_DELEGATED: 'The domain {name} has no name servers.',
  ZONE_REFUSED: 'The name servers of {name} do not know it.',
  ZONE_UNREACHABLE: 'The name servers of {name} do not answer.',
  ZONE_SERVERS_PRIVATE: 'The name servers of {name} are at addresses inside a private network.',
  ZONE_SERVER_REFUSES: 'Some name servers of {name} do not know it.',
  ZONE_SERVER_UNREACHABLE: 'Some name servers of {name} do not answer.',
  ZONE_SERVER_ADDRESSLESS: 'A name server of {name} has no address.',
  ZONE_PARENT_DIFFERS: 'The registrar and the DNS of {name} name different name servers.',
  ZONE_PARENT_SILENT: 'Who the name servers of {name} are could not be asked where it is written down.',
  SPLIT_HORIZON: 'This machine sees {name} differently from the rest of the world.',
  DNSSEC_BOGUS: 'The DNSSEC signatures of {name} are broken, so that many refuse the whole domain.',
  RESOLVER_FAILS: 'A resolver of this machine cannot find {name}.',

  CACHE_OLD: '{it} is right, but some still remember what was there before.',
  CACHE_NEGATIVE: '{it} is right, but some still remember that it was missing.',

  CHALLENGE_CNAME: "The CA's test of {name} is answered at another name.",
  CHALLENGE_UNREACHABLE: "The CA's test of {name} is sent to a place that does not exist.",
  CHALLENGE_LITTER: "Left-over records stand where the CA's test of {name} is answered.",

  HTTP_UNREACHABLE: 'No web server answers at {name}.',
  HTTP_WRONG_ANSWER: 'Another web server than the wanted one answers at {name}.',
  HTTP_REDIRECTED: 'The web server of {name} sends visitors elsewhere, or in a circle.',
  HTTP_ADDRESS_PRIVATE: '{name} leads to an address inside a private network.',

  CHECK_TIMED_OUT: 'There was not enough time to look at {it}.',
}

/** The same for codes of `errors.ts` that checks have. */
const ERROR_HEADLINES: Readonly<Record<string, string>> = {
  DNS_UNREACHABLE: 'No name server gave an answer about {name}.',
  DNS_ZONE_NOT_FOUND: 'The domain of {name} was not found in the DNS.',
  DNS_CNAME_LOOP: '{name} leads back to itself.',
  DNS_CAA_FORBIDS: 'A CAA record of {name} does not let the CA issue a certificate.',
  DNS_CAA_FAILED: 'Whether CAA records of {name} let the CA issue a certificate could not be asked.',
}

const SUBJECTS: Readonly<Record<Check['purpose'], string>> = {
  ownership: 'The record that proves who owns {name}',
  routing: 'The record that leads visitors of {name} here',
  delegation: 'The record that lets certificates of {name} renew by themselves',
  challenge: "The record for the CA's test of {name}",
  zone: 'The DNS of {name}',
  caa: 'The rule about who may issue certificates for {name}',
  http: 'The web server of {name}',
}

/** What a check found, in a sentence for somebody who does not know the DNS. */
export function headlineOf({ purpose, record, problem = '' }: Pick<Check, 'purpose' | 'record' | 'problem'>): string {
  const name = record.name.replace(/^_[^.]+\./, '')
  const sentence = own(HEADLINES, problem) ?? own(ERROR_HEADLINES, problem) ?? '{it} is not right.'
  const subject = SUBJECTS[purpose]
  const it = sentence.startsWith('{it}') ? subject : `${subject.charAt(0).toLowerCase()}${subject.slice(1)}`
  return sentence.replaceAll('{it}', () => it).replaceAll('{name}', () => name)
}

function own(table: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined
}
