import { list, object, ref, type Schema, text, texts, time, truth, whole, word } from './shape.ts'

const plain = { type: text, name: text, value: text }

const panel = object({
  host: ref('DnsHost'),
  title: text,
  fields: list(object({ label: text, value: text })),
  'note?': text,
})

const fix = object({
  action: word('create', 'change', 'remove', 'wait'),
  ...plain,
  ttl: whole,
  'more?': list(object({ ...plain, ttl: whole, 'panel?': ref('Panel') })),
  'remove?': list(ref('PlainRecord')),
  'panel?': ref('Panel'),
})

const check = object({
  purpose: word('ownership', 'routing', 'delegation', 'challenge', 'zone', 'caa', 'http'),
  record: object({ type: text, name: text, expected: texts }),
  seen: list(ref('Seen')),
  ok: truth,
  state: ref('RecordState'),
  'problem?': text,
  'severity?': word('error', 'warning', 'info'),
  explanation: text,
  'advice?': texts,
  'fix?': ref('Fix'),
  'zone?': text,
  'host?': ref('DnsHost'),
  actor: word('customer', 'operator', 'provider', 'ca'),
  'lookAgainAt?': time,
})

/** A record that a domain needs, as `Domain` and `records` have it. */
export const NEEDED_RECORD = {
  purpose: word('ownership', 'routing', 'delegation', 'challenge'),
  type: word('TXT', 'CNAME', 'A', 'AAAA'),
  name: text,
  value: text,
  ttl: whole,
  state: ref('RecordState'),
}

/** What `add --apply` replaced at a name. */
export const REPLACED = { type: word('CNAME', 'A', 'AAAA'), values: texts, ttl: whole, 'proxied?': truth }

/** Records, and what is seen of them. */
export const DNS_SCHEMAS: Readonly<Record<string, Schema>> = {
  RecordState: word('ok', 'missing', 'wrong', 'unknown'),
  Record: object(NEEDED_RECORD),
  PlainRecord: object(plain),
  Seen: object({ server: text, rcode: text, values: texts, 'ttl?': whole }),
  DnsHost: word('cloudflare', 'route53', 'godaddy'),
  Panel: panel,
  Fix: fix,
  Check: check,
}
