import type { Dns, Observation } from '../../contracts/dns.ts'
import type { Check, CheckPurpose, SeenAnswer } from '../../contracts/verification.ts'
import { type Finding, type PlainRecord, severityOf } from '../../domain/diagnosis/finding.ts'
import { safe } from '../../domain/diagnosis/sentence.ts'
import { RECORD_TTL } from '../../domain/records.ts'
import { DomainctlError } from '../../errors.ts'

/** With what the checks of one domain look. They change nothing. */
export interface Looking {
  dns: Dns
  /** Ends with the caller's patience and with the time that the whole look may take. */
  signal: AbortSignal
  now: Date
}

/** A record that is looked for: all values of one name and type. */
export interface Subject {
  purpose: CheckPurpose
  record: Check['record']
}

/** Does one part of a look; when the time for all of it is over, a check that says so takes the place of what was found. */
export type InTime = (subject: Subject, work: () => Promise<Check[]>) => Promise<Check[]>

/** A finding in the shape that people and programs get. */
export function toCheck({ purpose, record }: Subject, finding: Finding, o: { seen: SeenAnswer[]; now: Date }): Check {
  const { state, problem, explanation, advice = [], actor, waitSeconds } = finding
  const severity = severityOf(finding)
  return {
    purpose,
    record,
    seen: o.seen,
    ok: severity !== 'error',
    state,
    ...(problem !== undefined && { problem }),
    ...(severity && { severity }),
    // What a zone says may have marks in it that turn the text of a screen around; the values of the fix stay as they are.
    explanation: safe(explanation),
    ...(advice.length > 0 && { advice: advice.map(safe) }),
    ...fixOf(record, finding, o.seen),
    actor,
    ...(waitSeconds !== undefined && { lookAgainAt: new Date(o.now.getTime() + waitSeconds * 1000).toISOString() }),
  }
}

function fixOf(record: Check['record'], { action, create, remove }: Finding, seen: readonly SeenAnswer[]): Pick<Check, 'fix'> {
  if (!action) return {}
  const { type, name, expected } = record
  const shown = new Set(seen.flatMap(({ values }) => values))
  const lacking = expected.filter((value) => !shown.has(value))
  const wanted: PlainRecord[] = (lacking.length > 0 ? lacking : expected).map((value) => ({ type, name, value }))
  const records = action === 'remove' ? (remove ?? []) : (create ?? wanted)
  const [first, ...others] = records.map((one) => ({ ...one, ttl: RECORD_TTL }))
  if (!first) return {}
  return {
    fix: {
      action,
      ...first,
      ...(others.length > 0 && action !== 'wait' && action !== 'remove' && { more: others }),
      ...(remove && remove.length > 0 && { remove }),
    },
  }
}

/** Looks at one name and type; an answer of the DNS that nothing can be seen is no exception, but the error itself. */
export async function observe(
  { dns, signal }: Pick<Looking, 'dns' | 'signal'>,
  name: string,
  type: 'TXT' | 'CNAME' | 'A' | 'AAAA' | 'NS' | 'CAA' | 'MX',
): Promise<Observation | DomainctlError> {
  try {
    return await dns.observe(name, type, { signal })
  } catch (error) {
    if (error instanceof DomainctlError && error.kind === 'not-ready') return error
    throw error
  }
}

/** The finding of a look that the DNS gave no answer to. */
export function blind({ code, message, actor }: DomainctlError): Finding {
  return {
    state: 'unknown',
    problem: code,
    explanation: message,
    actor: actor === 'provider' || actor === 'operator' ? actor : 'customer',
  }
}
