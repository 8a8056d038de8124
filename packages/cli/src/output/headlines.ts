import type { Check, ProblemCode } from '@domainctl/core'
import { describeDuration } from '../time.ts'

/**
 * What is wrong, in a sentence for somebody who does not know the DNS. `{it}` is what the record is for, `{name}` the
 * name that it is about.
 */
const HEADLINES: Readonly<Record<ProblemCode, string>> = {
  RECORD_MISSING: '{it} is missing.',
  RECORD_PARTIAL: '{it} is there, but not yet at every server of the domain.',
  RECORD_WRONG: '{it} has another value than it needs.',
  RECORD_HIDDEN_BY_CNAME: 'A CNAME record stands in the way of {it}.',
  CNAME_AT_APEX: '{name} is the main name of its domain, so it cannot have a CNAME; it needs another kind of record.',

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
  ROUTING_PROXIED: '{name} is behind a proxy (such as the orange cloud of Cloudflare) that hides where it leads.',
  ROUTING_FLATTENED: '{name} leads here by addresses in place of a CNAME.',
  ROUTING_CHAINED: '{name} leads here by way of other names.',
  ROUTING_WILDCARD_SHADOWED: 'The wildcard record does not count for {name}, which needs a record of its own.',
  CNAME_BESIDE_OTHERS: '{name} also has other records, such as for e-mail, so it needs addresses in place of a CNAME.',
  CHAIN_BROKEN: '{name} leads to a name that does not exist or has no address.',
  CHAIN_LOOP: '{name} leads in a circle, or through too many other names.',

  DOMAIN_NOT_REGISTERED: 'The domain {name} does not exist: it was never registered, has expired, or is on hold.',
  DOMAIN_SUSPENDED: 'The domain {name} has expired or was suspended by its registrar.',
  ZONE_NOT_DELEGATED: 'The domain {name} has no name servers.',
  ZONE_REFUSED: 'The name servers of {name} do not know it.',
  ZONE_UNREACHABLE: 'The name servers of {name} do not answer.',
  ZONE_SERVERS_PRIVATE: 'The name servers of {name} are at addresses inside a private network.',
  ZONE_SERVER_REFUSES: 'Some name servers of {name} do not know it.',
  ZONE_SERVER_UNREACHABLE: 'Some name servers of {name} do not answer.',
  ZONE_SERVER_ADDRESSLESS: 'A name server of {name} has no address.',
  ZONE_COPIES_DIFFER: 'The records of {name} are kept at two companies at once, and they differ.',
  ZONE_PARENT_DIFFERS: 'The registrar and the DNS of {name} name different name servers.',
  ZONE_PARENT_SILENT: 'Who the name servers of {name} are could not be asked where it is written down.',
  SPLIT_HORIZON: 'This machine sees {name} differently from the rest of the world.',
  DNSSEC_BOGUS: 'A safety seal of {name} (DNSSEC) is broken: many visitors cannot reach it, and no certificate can be made.',
  RESOLVER_FAILS: 'A resolver of this machine cannot find {name}.',

  CACHE_OLD: '{it} is right now. Some may still see what was there before{until}.',
  CACHE_NEGATIVE: '{it} is right now. Some may still see that it was missing{until}.',

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
  DNS_CNAME_LOOP: '{name} leads in a circle, or through too many other names.',
  DNS_CAA_FORBIDS: 'A rule of {name} does not let {ca} make its certificates.',
  CA_UNREACHABLE: 'A CA gave no answer, so whether it may make certificates for {name} was not judged.',
  DNS_CAA_FAILED: 'Who may make certificates for {name} could not be asked.',
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

/** The name that a check is about, without the label that records of ours have in front. */
export function nameOf({ record }: Pick<Check, 'record'>): string {
  return record.name.replace(/^_[^.]+\./, '')
}

/** What a check found, in a sentence for somebody who does not know the DNS. */
export function headlineOf(check: Check, now: Date): string {
  const { purpose, problem = '' } = check
  const sentence = special(check) ?? own(HEADLINES, problem) ?? own(ERROR_HEADLINES, problem) ?? '{it} is not right.'
  const subject = SUBJECTS[purpose]
  const words: Readonly<Record<string, string>> = {
    it: sentence.startsWith('{it}') ? subject : `${subject.charAt(0).toLowerCase()}${subject.slice(1)}`,
    until: untilOf(check, now),
    ca: /"([^"; ]+)/.exec(check.fix?.value ?? '')?.[1] ?? 'the CA',
  }
  const filled = sentence.replace(/\{(it|until|ca)\}/g, (_, word: string) => words[word] ?? '')
  return filled.replaceAll('{name}', () => nameOf(check))
}

/** Where who has to act, or how bad it is, makes another sentence of it. */
function special({ problem, actor, severity, purpose, record, fix }: Check): string | undefined {
  const [target] = record.expected
  if (actor === 'operator' && target !== undefined) {
    if (problem === 'CHAIN_BROKEN') return `Your record is right, but the hosting company's host ${target} has no address.`
    if (problem === 'CHAIN_LOOP') return `Your record is right, but the hosting company's host ${target} leads nowhere.`
    if (problem === 'CNAME_AT_APEX') return `{name} needs the addresses of the hosting company's host ${target}, which has none.`
  }
  // At a host that takes a CNAME there.
  if (problem === 'CNAME_AT_APEX' && fix?.type === 'CNAME') return '{name} does not lead visitors to the hosting company yet.'
  if (problem === 'SPLIT_HORIZON' && severity === 'error')
    return '{name} is known only inside this network, so a public CA cannot give it a certificate.'
  if (problem === 'CACHE_OLD' && purpose === 'routing')
    return 'The record of {name} is right now. Some visitors may still see the old site{until}.'
  return undefined
}

function untilOf({ lookAgainAt }: Check, now: Date): string {
  const ms = lookAgainAt === undefined ? 0 : new Date(lookAgainAt).getTime() - now.getTime()
  return ms > 0 ? `, for up to ${describeDuration(ms)}` : ''
}

function own(table: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined
}
