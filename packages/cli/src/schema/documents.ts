import { RESULTS } from './results.ts'
import {
  anyOf,
  anything,
  exactly,
  list,
  object,
  orNull,
  ref,
  type Schema,
  sha256,
  text,
  texts,
  truth,
  whole,
  word,
} from './shape.ts'

const account = object({ account: ref('Account') })
const script = (shell: string) => object({ shell: exactly(shell), script: text })

const providerTest = object({
  provider: text,
  ok: truth,
  'zone?': text,
  'record?': object({ type: exactly('TXT'), name: text, value: text }),
  steps: list(
    object({
      step: word('access', 'zone', 'write', 'seen', 'remove', 'gone'),
      ok: truth,
      tookMs: { type: 'number', minimum: 0 },
      explanation: text,
      'seen?': list(ref('Seen')),
      'error?': ref('Error'),
    }),
  ),
  warnings: texts,
  'error?': ref('Error'),
})

const stateFinding = object({
  severity: word('error', 'warning', 'note'),
  kind: word('database', 'schema', 'value', 'secret', 'certificate', 'reference', 'implausible'),
  'table?': text,
  'row?': text,
  'column?': text,
  what: text,
  actor: text,
  fix: text,
})

const LEFT_BEHIND = list(object({ what: text, instead: text }))

/** A certificate of another client. */
const foreign = {
  name: text,
  place: text,
  'reason?': text,
  domain: ref('DomainOrNull'),
  'certificate?': ref('Certificate'),
  leftBehind: LEFT_BEHIND,
  warnings: texts,
}

const imported = object({
  client: word('certbot', 'lego', 'dehydrated', 'acme.sh'),
  folder: text,
  dryRun: truth,
  accounts: list(
    object({
      'ca?': text,
      place: text,
      'name?': text,
      was: word('added', 'given this key', 'there', 'planned', 'skipped', 'failed'),
      'reason?': text,
      'id?': text,
      'error?': ref('Error'),
    }),
  ),
  results: list(
    anyOf(
      object({ ...foreign, ok: exactly(true), was: word('added', 'given', 'there', 'kept', 'skipped') }),
      object({ ...foreign, ok: exactly(false), was: exactly('failed'), error: ref('Error') }),
    ),
  ),
  leftBehind: LEFT_BEHIND,
  switchOff: texts,
  switchOn: texts,
  summary: ref('Summary'),
})

const initialized = object({
  file: text,
  written: truth,
  content: text,
  checks: list(
    object({
      what: word('ca', 'provider', 'state'),
      of: text,
      status: word('ok', 'warn', 'fail'),
      explanation: text,
      'fix?': text,
      'error?': ref('Error'),
    }),
  ),
  next: list(ref('Next')),
})

const configProblem = object({
  severity: word('error', 'warning'),
  source: text,
  'path?': text,
  'line?': whole,
  'column?': whole,
  message: text,
  fix: text,
})

/** What each command prints with `--json` when it has not failed before its first name; `null`: it prints no document of its own. */
export const DOCUMENTS: Readonly<Record<string, Schema | null>> = {
  ...RESULTS,
  init: initialized,
  import: imported,
  list: object({ domains: list(ref('Domain')), next: orNull(text) }),
  history: object({ events: list(ref('Event')), next: orNull(whole) }),
  audit: object({ events: list(ref('Event')), next: orNull(whole) }),
  'account list': object({ accounts: list(ref('Account')) }),
  'account rotate-key': account,
  'account update': account,
  'account deactivate': account,
  'account import': object({ account: ref('Account'), was: word('added', 'given this key', 'there') }),
  'account export-key': object({ account: ref('Account'), file: text }),
  challenge: object({ token: text, keyAuthorization: orNull(text) }),
  providers: object({
    providers: list(ref('Provider')),
    available: list(object({ type: text, title: text, variables: texts })),
  }),
  'providers test': providerTest,
  'config show': object({ file: orNull(text), settings: list(object({ key: text, value: anything, source: text })) }),
  'config check': object({ file: orNull(text), ok: truth, problems: list(configProblem) }),
  run: null,
  'notify test': object({
    channels: list(
      object({ channel: text, ok: truth, tookMs: { type: 'number', minimum: 0 }, warnings: texts, 'error?': ref('Error') }),
    ),
  }),
  'notify deliver': object({ sent: whole, failed: whole, gaveUp: whole }),
  'state copy': object({ from: text, to: text, tables: list(object({ table: text, rows: whole, hash: sha256 })) }),
  'state rotate-key': anyOf(
    object({
      from: text,
      to: text,
      resealed: whole,
      unreadable: whole,
      finished: truth,
      oldKeyFile: orNull(text),
      newKeyFile: orNull(text),
    }),
    object({ key: text, resealed: whole, unreadable: whole }),
  ),
  'state backup': object({ state: text, backup: text, version: whole, bytes: whole, keyIncluded: exactly(false) }),
  'state migrate': object({ state: text, from: whole, to: whole, migrated: truth, backup: orNull(text) }),
  'state verify': object({
    state: text,
    withoutSecrets: truth,
    ok: truth,
    tables: list(object({ table: text, rows: whole, secrets: whole })),
    counts: object({ error: whole, warning: whole, note: whole }),
    findings: list(stateFinding),
  }),
  'sandbox tour': object({
    ok: truth,
    steps: list(
      object({
        command: text,
        exitCode: { type: 'integer' },
        expected: whole,
        ms: { type: 'number', minimum: 0 },
        'output?': text,
      }),
    ),
  }),
  // What it prints is what the command behind it prints.
  'sandbox exec': null,
  'sandbox start': null,
  'sandbox publish': object({
    records: list(object({ type: text, name: text, value: text, ttl: whole, zone: text })),
  }),
  'completion bash': script('bash'),
  'completion zsh': script('zsh'),
  'completion fish': script('fish'),
  'completion answer': anyOf(
    object({ candidates: list(object({ value: text, 'about?': text })) }),
    object({ files: exactly(true) }),
  ),
}

/** What any command may print in place of its own document. */
export const ANY_COMMAND = {
  error: object({ error: ref('Error') }),
  help: object({ help: text }),
  version: object({ version: text }),
} satisfies Record<string, Schema>
