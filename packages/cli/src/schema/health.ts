import { anyOf, list, object, ref, type Schema, sha256, text, texts, time, whole, word } from './shape.ts'

const layer = word('dns', 'tcp', 'tls', 'http', 'endpoint')
const milliseconds: Schema = { type: 'number', minimum: 0 }
const expected = { path: text, 'status?': list(whole), 'text?': text }

const observation = object({
  at: time,
  outcome: word('ok', 'broken', 'inconclusive'),
  ms: milliseconds,
  'layer?': layer,
  'code?': text,
  'why?': text,
  'actor?': text,
  'address?': text,
  'addresses?': object({ broken: whole, measured: whole }),
  layers: object({
    'dns?': milliseconds,
    'tcp?': milliseconds,
    'tls?': milliseconds,
    'http?': milliseconds,
    'endpoint?': milliseconds,
  }),
  warnings: texts,
  'certificate?': object({ fingerprint: sha256, notAfter: time }),
})

const address = object({
  address: text,
  layers: list(ref('Layer')),
  warnings: list(ref('Finding')),
  'certificate?': object({ fingerprint: sha256, issuer: text, notBefore: time, notAfter: time }),
  'protocol?': text,
  'stapled?': word('good', 'revoked', 'unknown', 'unreadable', 'foreign', 'expired', 'unverified'),
  'status?': whole,
  redirects: texts,
})

const measurement = object({
  name: text,
  at: time,
  ms: milliseconds,
  'inconclusive?': text,
  'dns?': ref('Layer'),
  warnings: list(ref('Finding')),
  addresses: list(address),
})

const span = object({
  state: word('ok', 'failing', 'broken', 'unknown'),
  from: time,
  to: time,
  checks: whole,
  'layer?': text,
  'code?': text,
  'address?': text,
  'ms?': object({ mean: milliseconds, most: milliseconds }),
})

const known = object({
  name: text,
  state: word('ok', 'failing', 'broken', 'unknown', 'unchecked', 'unwatched'),
  'since?': time,
  'flapping?': { const: true },
  'checkedAt?': time,
  'nextCheckAt?': time,
  'problem?': object({ 'layer?': text, 'code?': text, 'address?': text, 'message?': text }),
  history: object({
    from: time,
    to: time,
    uptime: anyOf({ type: 'number', minimum: 0, maximum: 100 }, { type: 'null' }),
    upSeconds: milliseconds,
    downSeconds: milliseconds,
    unknownSeconds: milliseconds,
    'spans?': list(span),
  }),
})

/** What is measured of domains, and what is known of that. */
export const HEALTH_SCHEMAS: Readonly<Record<string, Schema>> = {
  Finding: object({ code: text, why: text }),
  Layer: object({ layer, ms: milliseconds, 'fault?': ref('Finding') }),
  Observation: observation,
  Measurement: measurement,
  Health: known,
  DomainHealth: object({ status: word('ok', 'failing', 'broken', 'unknown'), 'layer?': text, 'code?': text, checkedAt: time }),
  HealthCheck: object({
    'names?': texts,
    'addresses?': texts,
    'port?': whole,
    'page?': object(expected),
    'endpoint?': object({ ...expected, 'port?': whole }),
  }),
}
