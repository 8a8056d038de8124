import { ERRORS } from '@domainctl/core'
import { DNS_SCHEMAS } from './dns.ts'
import { HEALTH_SCHEMAS } from './health.ts'
import {
  anyOf,
  anything,
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

const actor = word('customer', 'operator', 'provider', 'ca', 'domainctl')

const failure = object({ code: text, message: text, hint: text, actor, at: time, 'retryAt?': time })

const deployment = object({
  target: text,
  status: word('pending', 'deploying', 'deployed', 'failed'),
  fingerprint: sha256,
  at: time,
  'live?': object({ fingerprint: sha256, at: time, proven: truth }),
  attempts: whole,
  'nextAttemptAt?': time,
  'error?': ref('Failure'),
})

const certificate = object({
  serial: text,
  issuer: text,
  ca: text,
  keyType: text,
  names: texts,
  notBefore: time,
  notAfter: time,
  fingerprint: sha256,
  renewAt: time,
  renewReason: text,
  'revokedAt?': time,
})

const domain = object({
  id: text,
  tenant: text,
  name: text,
  unicodeName: text,
  names: texts,
  status: ref('DomainStatus'),
  'reason?': text,
  provider: text,
  challenge: word('dns-01', 'http-01'),
  keyType: text,
  'csr?': object({ keyType: text, publicKey: sha256 }),
  'reuseKey?': { const: true },
  'preferredChain?': text,
  'delegation?': text,
  'cas?': texts,
  'profile?': text,
  'contact?': text,
  // Of a token only that there is one: it proves that a server is one of the operator's own.
  'probe?': object({ path: text, 'token?': object({ set: { const: true } }) }),
  records: list(ref('Record')),
  'certificate?': ref('Certificate'),
  'renewal?': object({ attempts: whole, 'nextAttemptAt?': time, 'lastError?': ref('Failure') }),
  deployments: list(ref('Deployment')),
  'healthCheck?': anyOf({ const: false }, ref('HealthCheck')),
  'health?': ref('DomainHealth'),
  'upstream?': text,
  'lastError?': ref('Failure'),
  attempts: whole,
  'nextActionAt?': time,
  'retry?': object({ class: text, attempts: whole, 'nextAttemptAt?': time, why: text }),
  'wait?': object({ phase: word('fast', 'slow'), nextDiagnosisAt: time, givesUpAt: time }),
  labels: mapOf(text),
  createdAt: time,
  updatedAt: time,
})

const budget = object({
  ca: text,
  kind: word('accounts', 'orders', 'certificates', 'duplicates', 'failures'),
  subject: text,
  counted: text,
  left: whole,
  count: whole,
  windowMs: whole,
  nextAt: time,
})

const account = object({
  id: text,
  ca: text,
  name: text,
  'url?': text,
  'contact?': text,
  status: text,
  keyType: text,
  keyChanging: truth,
  inUse: truth,
  domains: whole,
  openOrders: whole,
  createdAt: time,
  'endedAt?': time,
  'error?': object({ code: text, message: text, hint: text }),
})

const provider = object({
  name: text,
  type: text,
  from: texts,
  isDefault: truth,
  configuredZones: texts,
  credential: word('works', 'refused', 'unreachable', 'misconfigured', 'failed', 'unknown', 'by-hand'),
  'access?': object({
    'identity?': text,
    zones: list(object({ id: text, name: text, 'mayWrite?': truth })),
    complete: truth,
    'expiresAt?': time,
    warnings: texts,
  }),
  'error?': ref('Error'),
})

const event = object({
  seq: whole,
  at: time,
  tenant: text,
  'domainId?': text,
  'domain?': text,
  who: text,
  event: text,
  message: text,
  'details?': mapOf(anything),
})

const error = object({
  code: word(...Object.keys(ERRORS)),
  message: text,
  hint: text,
  actor,
  'retryAt?': time,
  docs: text,
  'cause?': ref('Cause'),
})

/** What several documents have in common, by the names of docs/guide/json.md. */
export const COMMON: Readonly<Record<string, Schema>> = {
  Error: error,
  // `problem` is the problem document of the CA (RFC 7807), whatever it has put there.
  Cause: object({ message: text, 'code?': text, 'problem?': anything, 'cause?': ref('Cause') }),
  Failure: failure,
  Next: object({ command: text, why: text }),
  Summary: object({ ok: whole, failed: whole, skipped: whole }),
  DomainStatus: word('pending_dns', 'pending_probe', 'issuing', 'active', 'failed', 'suspended', 'deleted'),
  Domain: domain,
  DomainOrNull: orNull(ref('Domain')),
  Certificate: certificate,
  Deployment: deployment,
  Budget: budget,
  Account: account,
  Provider: provider,
  Event: event,
  ...DNS_SCHEMAS,
  ...HEALTH_SCHEMAS,
}
