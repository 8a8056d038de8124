import type { ChallengeType } from '../model.ts'
import { type CaaProperty, caaData, caaText, isTag } from './caa-text.ts'
import { formatIssueValue, type IssueValue, parseIssueValue } from './caa-value.ts'
import { cut } from './canonical.ts'
import type { PlainRecord } from './finding.ts'
import { andMore } from './sentence.ts'

export type { CaaProperty } from './caa-text.ts'

/** CAA records as some servers show them. */
export interface CaaRRset {
  /** The name that was looked up, then the CNAMEs that led to the records: they stand at the last one. */
  path: string[]
  servers: string[]
  properties: CaaProperty[]
}

/** What is in force for a name; several RRsets where servers differ, none when nothing restricts the CAs. */
export interface CaaSet {
  /** Without `*.`. */
  name: string
  rrsets: CaaRRset[]
}

/** Who wants to issue what, and after which proof. */
export interface CaaRequest {
  /** The names by which CAA records mean this CA, at least one. */
  identities: readonly string[]
  wildcard: boolean
  method: ChallengeType
  /** Absent where there is no account yet: `accounturi` is taken to name the one that will be. */
  accountUrl?: string
}

export type CaaVerdict =
  | {
      allowed: true
      /** Accounts that are meant, where it depends on the account and none is known. */
      accounts?: string[]
    }
  | {
      allowed: false
      /** Completes "CAA …". */
      reason: string
      /** What to do, with the exact record; equal for all names that the same change helps. */
      fix: string
      mend: CaaMend
    }

/** The same as records: all of them together let the CA issue, and nothing else has to change. */
export interface CaaMend {
  /** At most one for each place. */
  create: PlainRecord[]
  remove: PlainRecord[]
}

/** The upper bit is "critical" (RFC 8659 §4.1); the lowest is widely mistaken for it, so Let's Encrypt takes both. */
const CRITICAL = 0x81
/** `issuemail` (RFC 9495) is for e-mail certificates and means nothing here, but CAs understand it. */
const UNDERSTOOD = new Set(['issue', 'issuewild', 'iodef', 'issuemail'])
/** As many records as a reason names. */
const MOST_NAMED = 3

/** Whether the CA may issue by every RRset: a CA may ask any of the servers, so where they differ the strictest counts. */
export function judgeCaa(set: CaaSet, request: CaaRequest): CaaVerdict {
  const accounts = new Set<string>()
  const verdicts = set.rrsets.map((rrset) => ({ rrset, verdict: judge(rrset, request) }))
  for (const { rrset, verdict } of verdicts) {
    if (!verdict.allowed) {
      const all = verdicts.flatMap((one) => (one.verdict.allowed ? [] : [one.verdict]))
      const mend = {
        create: distinct(all.flatMap(({ mend }) => mend.create)),
        remove: distinct(all.flatMap(({ mend }) => mend.remove)),
      }
      const others = set.rrsets.length > 1 ? `, as ${rrset.servers.join(', ')} shows it and others do not` : ''
      const led = rrset.path.length > 1 ? ` (${rrset.path.join(' → ')})` : ''
      return { ...verdict, mend, fix: fixOf(mend), reason: `at ${ownerOf(rrset)}${led}: ${verdict.reason}${others}` }
    }
    for (const uri of verdict.accounts ?? []) accounts.add(uri)
  }
  return accounts.size === 0 ? { allowed: true } : { allowed: true, accounts: [...accounts] }
}

function distinct(records: readonly PlainRecord[]): PlainRecord[] {
  return [...new Map(records.map((record) => [`${record.name} ${record.value}`, record])).values()]
}

/** What to do, completing "In the DNS, …". */
function fixOf({ create, remove }: CaaMend): string {
  const line = ({ name, value }: PlainRecord) => `${name}. IN CAA ${cut(value)}`
  const parts = [
    ...(remove.length > 0 ? [`remove ${andMore(remove.map(line))} (keep the others)`] : []),
    ...(create.length > 0 ? [`add ${andMore(create.map(line))} (keep what is there)`] : []),
  ]
  return parts.join(' and ')
}

/** What keeps every CA from issuing, whatever else is there; undefined where a property does not. */
function spoilerOf({ flags, tag }: CaaProperty): string | undefined {
  const isCritical = (flags & CRITICAL) !== 0 && !UNDERSTOOD.has(tag.toLowerCase())
  if (isCritical) return 'is critical and not understood by CAs'
  return isTag(tag) ? undefined : 'is malformed'
}

function judge(rrset: CaaRRset, request: CaaRequest): CaaVerdict {
  const name = ownerOf(rrset)
  const spoilers = rrset.properties.filter((property) => spoilerOf(property) !== undefined)
  if (spoilers.length === 0) return judgeProperties(rrset, request)
  const rest = judgeProperties({ ...rrset, properties: rrset.properties.filter((one) => !spoilers.includes(one)) }, request)
  const mend = {
    create: rest.allowed ? [] : rest.mend.create,
    remove: spoilers.map((property): PlainRecord => ({ type: 'CAA', name, value: caaData(property) })),
  }
  const reasons = spoilers.map((property) => `${caaText(property)} ${spoilerOf(property)}`)
  const reason = andMore([...reasons, ...(rest.allowed ? [] : [rest.reason])], '; ')
  return { allowed: false, reason, fix: fixOf(mend), mend }
}

/** By properties of which none keeps every CA from issuing. */
function judgeProperties(rrset: CaaRRset, request: CaaRequest): CaaVerdict {
  const owner = ownerOf(rrset)
  const tagged = (tag: string) => rrset.properties.filter((property) => property.tag.toLowerCase() === tag)
  // RFC 8659 §4.3: for a wildcard, issue counts only where there is no issuewild.
  const wild = request.wildcard ? tagged('issuewild') : []
  const relevant = wild.length > 0 ? wild : tagged('issue')
  if (relevant.length === 0) return { allowed: true }

  const found = relevant.map((property) => ({ property, value: parseIssueValue(property.value) }))
  const reasons: string[] = []
  const accounts: string[] = []
  for (const { property, value } of found) {
    const problem = problemOf(value, request)
    if (problem === undefined) {
      const uris = request.accountUrl === undefined && value ? parametersOf(value, 'accounturi') : []
      if (uris.length === 0) return { allowed: true }
      accounts.push(...uris)
    } else reasons.push(`${caaText(property)} ${problem}`)
  }
  if (accounts.length > 0) return { allowed: true, accounts }
  const more = reasons.length > MOST_NAMED ? `; ${reasons.length - MOST_NAMED} more do not either` : ''
  const ours = found.find(({ value }) => value && isOurs(value, request))?.value
  const wanted = { flags: 0, tag: wild.length > 0 ? 'issuewild' : 'issue', value: wantedValue(ours, request) }
  // Any one record that fits allows (RFC 8659 §4.2), so nothing that is there has to go.
  const mend: CaaMend = { create: [{ type: 'CAA', name: owner, value: caaData(wanted) }], remove: [] }
  return { allowed: false, reason: `${reasons.slice(0, MOST_NAMED).join('; ')}${more}`, fix: fixOf(mend), mend }
}

/** Why a property does not let the CA issue; undefined when it does. */
function problemOf(value: IssueValue | undefined, request: CaaRequest): string | undefined {
  // RFC 8659 §4.2: as if it named nobody.
  if (!value) return 'is malformed and lets nobody issue'
  if (value.issuer === '') return 'lets nobody issue'
  if (!isOurs(value, request)) return 'names another CA'
  // RFC 8657 §3: several are never satisfied; §4 does not say, and CAs refuse alike.
  const accounts = parametersOf(value, 'accounturi')
  const isOther = (uri: string) => request.accountUrl !== undefined && uri !== request.accountUrl
  if (accounts.length > 1 || accounts.some(isOther)) return 'names another account (accounturi)'
  const methods = parametersOf(value, 'validationmethods')
  const isMethodFine = methods.every((list) => list.split(',').includes(request.method))
  return methods.length > 1 || !isMethodFine ? `does not allow ${request.method} (validationmethods)` : undefined
}

/** What an added record says: restrictions that name this CA already are kept, and fulfilled. */
function wantedValue(there: IssueValue | undefined, { identities, accountUrl, method }: CaaRequest): string {
  const restricts = (tag: string) => there !== undefined && parametersOf(there, tag).length > 0
  return formatIssueValue({
    issuer: there?.issuer ?? identities[0] ?? '',
    parameters: [
      ...(restricts('accounturi') && accountUrl !== undefined ? [{ tag: 'accounturi', value: accountUrl }] : []),
      ...(restricts('validationmethods') ? [{ tag: 'validationmethods', value: method }] : []),
    ],
  })
}

function isOurs({ issuer }: IssueValue, { identities }: CaaRequest): boolean {
  return identities.some((identity) => identity.toLowerCase() === issuer)
}

function parametersOf({ parameters }: IssueValue, tag: string): string[] {
  return parameters.filter((parameter) => parameter.tag === tag).map(({ value }) => value)
}

function ownerOf({ path }: CaaRRset): string {
  return path.at(-1) ?? ''
}
