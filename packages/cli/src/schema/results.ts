import { NEEDED_RECORD, REPLACED } from './dns.ts'
import {
  anyOf,
  exactly,
  list,
  object,
  optional,
  ref,
  type Schema,
  type Shape,
  sha256,
  text,
  texts,
  time,
  truth,
  whole,
  word,
} from './shape.ts'

const BOTH = { name: text, domain: ref('DomainOrNull'), next: list(ref('Next')) }

/** A result of a name; of one that failed any of the command's own fields may be there, or none. */
function result(own: Shape): Schema[] {
  return [
    object({ ...BOTH, ok: exactly(true), 'skipped?': exactly(true), ...own }),
    object({ ...BOTH, ok: exactly(false), 'skipped?': exactly(true), ...optional(own), error: ref('Error') }),
  ]
}

/** `{ results, summary }`; a command that does several things has the fields of one of them. */
export function results(...own: readonly Shape[]): Schema {
  return object({ results: list(anyOf(...own.flatMap(result))), summary: ref('Summary') })
}

const outcome = object({
  target: text,
  done: word('deployed', 'unchanged', 'rolled back', 'failed'),
  proven: truth,
  warnings: texts,
  'error?': object({ code: text, message: text }),
})

const issuance = { reason: text, warnings: texts, 'deployments?': list(outcome) }
const takenBack = {
  removed: list(ref('PlainRecord')),
  restored: list(object({ name: text, ...REPLACED })),
  late: list(ref('PlainRecord')),
  warnings: texts,
}

const applied = object({
  purpose: word('routing', 'delegation'),
  type: word('CNAME', 'A', 'AAAA'),
  name: text,
  value: text,
  ttl: whole,
  provider: text,
  outcome: word('made', 'replaced', 'kept', 'by-hand'),
  'previous?': list(object(REPLACED)),
})

const due = {
  due: truth,
  reason: text,
  'at?': time,
  'advice?': object({ askedAt: time, nextCheckAt: time }),
}

const seenRecord = object({ ...NEEDED_RECORD, 'zone?': text, 'host?': ref('DnsHost'), seen: list(ref('Seen')) })

const handshake = {
  names: texts,
  issuer: text,
  serial: text,
  notBefore: time,
  notAfter: time,
  fingerprint: sha256,
  protocol: text,
  chain: whole,
}

/** The commands over names: `{ results, summary }`. */
export const RESULTS: Readonly<Record<string, Schema>> = {
  add: results({ warnings: texts }, { records: list(applied), warnings: texts }, takenBack),
  verify: results({ checks: list(ref('Check')) }),
  issue: results(issuance),
  deploy: results({ deployments: list(outcome) }),
  renew: results(issuance, due),
  show: results({}),
  records: results({ records: list(seenRecord) }),
  doctor: anyOf(
    results({ checks: list(ref('Check')), budgets: list(ref('Budget')) }),
    object({
      ok: truth,
      checks: list(
        object({
          what: word(
            'configuration',
            'channel',
            'state',
            'resolver',
            'provider',
            'target',
            'ca',
            'account',
            'clock',
            'limits',
            'domains',
            'run',
          ),
          of: text,
          status: word('ok', 'warn', 'fail'),
          explanation: text,
          'fix?': text,
          'error?': ref('Error'),
        }),
      ),
      budgets: list(ref('Budget')),
    }),
  ),
  health: anyOf(
    results({ observation: ref('Observation'), measurement: ref('Measurement') }),
    object({ domains: list(ref('Health')) }),
  ),
  export: results({ files: texts, 'note?': text, warnings: texts }),
  remove: results({ ...takenBack, leftToOthers: list(ref('Record')) }),
  release: results({ erased: truth }),
  suspend: results({ warnings: texts }),
  resume: results({}),
  revoke: results({ serial: text, was: word('revoked', 'revoked already') }),
  'sandbox handshake': object({
    results: list(
      anyOf(
        object({ name: text, ok: exactly(true), ...handshake, fingerprint: text }),
        object({ name: text, ok: exactly(false), error: ref('Error') }),
      ),
    ),
    summary: ref('Summary'),
  }),
}
