import type { ChallengeType } from '../acme/resources.ts'
import { type IssueValue, readIssueValue } from './caa-issue.ts'
import { quoted } from './dns01-printable.ts'

/** A CAA record (RFC 8659 §4.1). */
export interface CaaRecord {
  readonly flags: number
  readonly tag: string
  readonly value: string
}

/** Who wants to issue, for whom and after which proof. */
export interface CaaRequest {
  /** The name by which CAA records mean this CA. */
  readonly caaIdentity: string
  /** Whether a wildcard name is asked for. */
  readonly wildcard: boolean
  readonly accountUrl: string
  readonly method: ChallengeType
}

/** The upper bit is "critical"; the lowest is widely mistaken for it, so that CAs take it for the same. */
const CRITICAL = 0x81
/** RFC 8659 §4.1. */
const TAG = /^[a-z\d]+$/
const ISSUING: ReadonlySet<string> = new Set(['issue', 'issuewild'])
const UNDERSTOOD: ReadonlySet<string> = new Set([...ISSUING, 'iodef'])
/** RFC 8657 §4. */
const METHOD = /^[a-z\d-]+$/i
/** As many records as a message names. */
const MOST_NAMED = 3

/**
 * Whether a relevant RRset forbids issuance (RFC 8659 §4.2–4.3, §4.5; RFC 8657), and by what.
 * @param records all CAA records at one name; none forbid nothing
 * @returns undefined when issuance is allowed
 */
export function forbiddenBy(records: readonly CaaRecord[], request: CaaRequest): string | undefined {
  for (const record of records) {
    const tag = record.tag.toLowerCase()
    // An issuer may be empty. Any other empty value stands for a tag that was read past its record's end (dns01-caa.ts).
    if (!TAG.test(tag) || (record.value === '' && !ISSUING.has(tag))) return `${shown(record)}, which is malformed`
    if ((record.flags & CRITICAL) !== 0 && !UNDERSTOOD.has(tag)) return `${shown(record)}, whose critical tag is not understood`
  }
  const tagged = (tag: string) => records.filter((record) => record.tag.toLowerCase() === tag)
  const wild = request.wildcard ? tagged('issuewild') : []
  const relevant = wild.length > 0 ? wild : tagged('issue')
  if (relevant.length === 0) return undefined

  const reasons: string[] = []
  for (const record of relevant) {
    const reason = unsatisfiedBy(readIssueValue(record.value), request)
    if (reason === undefined) return undefined
    reasons.push(`${shown(record)}, which ${reason}`)
  }
  const more = reasons.length - MOST_NAMED
  return reasons.slice(0, MOST_NAMED).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

/** Why a property does not let this CA issue; malformed ones let nobody (RFC 8659 §4.2). */
function unsatisfiedBy(value: IssueValue | undefined, request: CaaRequest): string | undefined {
  if (!value) return 'is malformed and so allows no CA'
  if (value.issuer === '') return 'allows no CA'
  if (value.issuer !== request.caaIdentity.toLowerCase()) return `does not name ${request.caaIdentity}`

  const parameter = (tag: string) => value.parameters.filter((one) => one.tag === tag).map((one) => one.value)
  // RFC 8657 §3: several are unsatisfiable. §4 says nothing of several validationmethods, which CAs refuse alike.
  const uris = parameter('accounturi')
  if (uris.length > 1) return 'has several accounturi'
  if (uris.some((uri) => uri !== request.accountUrl)) return 'names another account'
  const methods = parameter('validationmethods')
  if (methods.length > 1) return 'has several validationmethods'
  const allowed = methods.flatMap((list) => list.split(','))
  if (methods.length > 0 && !(allowed.every((method) => METHOD.test(method)) && allowed.includes(request.method))) {
    return `does not allow ${request.method}`
  }
  return undefined
}

function shown({ flags, tag, value }: CaaRecord): string {
  return `${flags} ${/^[a-z\d]{1,15}$/i.test(tag) ? tag : quoted(tag)} ${quoted(value)}`
}
