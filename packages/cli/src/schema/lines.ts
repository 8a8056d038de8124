import {
  anyOf,
  anything,
  exactly,
  list,
  mapOf,
  object,
  orNull,
  ref,
  type Schema,
  sha256,
  text,
  texts,
  time,
  truth,
  whole,
  word,
} from './shape.ts'

/** Each line of `run` begins with these. */
const told = (event: string) => ({ at: time, level: word('debug', 'info', 'warn', 'error'), event: exactly(event) })

const run = anyOf(
  object({ ...told('started'), version: text, pid: whole, state: text, once: truth }),
  object({
    ...told('outcome'),
    kind: text,
    tenant: text,
    name: text,
    'status?': ref('DomainStatus'),
    tookMs: { type: 'number', minimum: 0 },
    'done?': text,
    'error?': ref('Error'),
  }),
  object({ ...told('trouble'), error: ref('Error') }),
  object({ ...told('log'), message: text, fields: mapOf(anything) }),
  object({ ...told('stopped'), done: whole, failed: whole }),
)

const health = anyOf(
  object({ at: time, name: text, observation: ref('Observation') }),
  object({ at: time, name: text, error: ref('Error') }),
  object({ at: time, name: text, health: orNull(ref('DomainHealth')) }),
  object({ at: time, error: ref('Error') }),
)

/** The commands that print JSON lines, and what each line is. */
export const LINES: Readonly<Record<string, Schema>> = {
  run,
  health,
  list: anyOf(object({ at: time, name: text, domain: ref('DomainOrNull') }), object({ at: time, error: ref('Error') })),
  audit: ref('Event'),
  'sandbox start': object({ event: exactly('ready'), env: mapOf(text) }),
}

/** What webhooks get. */
export const POSTS = {
  notices: object({
    id: text,
    event: text,
    notices: list(
      object({
        id: text,
        at: time,
        tenant: text,
        event: text,
        severity: word('info', 'warning', 'critical'),
        'incident?': text,
        'domainId?': text,
        names: texts,
        title: text,
        text: text,
        'actor?': text,
        labels: mapOf(text),
        'details?': mapOf(anything),
      }),
    ),
  }),
  certificate: object({
    id: text,
    reason: word('deploy', 'rollback'),
    domain: text,
    names: texts,
    fingerprint: sha256,
    serial: text,
    notAfter: time,
    certificateChain: text,
    'privateKey?': text,
    'upstream?': text,
  }),
} satisfies Record<string, Schema>
