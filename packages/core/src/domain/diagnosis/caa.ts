import { formatIssueValue, type IssueValue, parseIssueValue } from './caa-value.ts'
import type { PlainRecord } from './finding.ts'

/** One CAA record's fields, as they are in the DNS (RFC 8659 §4.1). */
export interface CaaProperty {
  flags: number
  tag: string
  value: string
}

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
  method: 'dns-01'
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
      /** The same as a record. Nothing else at its name has to change. */
      mend: { action: 'create' | 'remove'; record: PlainRecord }
    }

/** The upper bit is "critical" (RFC 8659 §4.1); the lowest is widely mistaken for it, so Let's Encrypt takes both. */
const CRITICAL = 0x81
/** `issuemail` (RFC 9495) is for e-mail certificates and means nothing here, but CAs understand it. */
const UNDERSTOOD = new Set(['issue', 'issuewild', 'iodef', 'issuemail'])
const TAG = /^[a-z\d]+$/
/** As many records as a reason names. */
const MOST_NAMED = 3

/** Whether the CA may issue by every RRset: a CA may ask any of the servers, so where they differ the strictest counts. */
export function judgeCaa(set: CaaSet, request: CaaRequest): CaaVerdict {
  const accounts = new Set<string>()
  for (const rrset of set.rrsets) {
    const verdict = judge(rrset, request)
    if (!verdict.allowed) {
      const others = set.rrsets.length > 1 ? `, as ${rrset.servers.join(', ')} shows it and others do not` : ''
      const led = rrset.path.length > 1 ? ` (${rrset.path.join(' → ')})` : ''
      return { ...verdict, reason: `at ${ownerOf(rrset)}${led}: ${verdict.reason}${others}` }
    }
    for (const uri of verdict.accounts ?? []) accounts.add(uri)
  }
  return accounts.size === 0 ? { allowed: true } : { allowed: true, accounts: [...accounts] }
}

function judge(rrset: CaaRRset, request: CaaRequest): CaaVerdict {
  const owner = ownerOf(rrset)
  for (const property of rrset.properties) {
    const tag = property.tag.toLowerCase()
    const isCritical = (property.flags & CRITICAL) !== 0 && !UNDERSTOOD.has(tag)
    if (TAG.test(tag) && !isCritical) continue
    return {
      allowed: false,
      reason: `${caaText(property)} ${isCritical ? 'is critical and not understood by CAs' : 'is malformed'}`,
      fix: `remove ${owner}. IN CAA ${caaText(property)} (keep the others)`,
      mend: { action: 'remove', record: { type: 'CAA', name: owner, value: caaText(property) } },
    }
  }
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
  return {
    allowed: false,
    reason: `${reasons.slice(0, MOST_NAMED).join('; ')}${more}`,
    // Any one record that fits allows (RFC 8659 §4.2), so nothing that is there has to go.
    fix: `add ${owner}. IN CAA ${caaText(wanted)} (keep what is there)`,
    mend: { action: 'create', record: { type: 'CAA', name: owner, value: caaText(wanted) } },
  }
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

/** As it is written in a zone; what others put into it is made safe for a terminal. */
export function caaText({ flags, tag, value }: CaaProperty): string {
  return `${flags} ${TAG.test(tag.toLowerCase()) ? visible(tag) : `"${visible(tag)}"`} "${visible(value)}"`
}

function visible(value: string): string {
  const short = value.length > 200 ? `${value.slice(0, 199)}…` : value
  return short.replace(/["\\]/g, '\\$&').replace(/[^ -~…]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`)
}
