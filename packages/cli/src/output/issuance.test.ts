import { PassThrough } from 'node:stream'
import { DomainctlError, type DomainReport, type ErrorCode } from '@domainctl/core'
import { expect, it } from 'vitest'
import { domainDetails, domainTable } from './domain.ts'
import { describeIssuance } from './issuance.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const io = { now: () => NOW, stdout: new PassThrough(), env: {} }
const plain = (_: string, text: string) => text
const record = { type: 'TXT', ttl: 300 } as const

const domain: DomainReport = {
  id: '1',
  tenant: 'default',
  name: 'a.example',
  unicodeName: 'a.example',
  names: ['a.example'],
  status: 'pending_dns',
  provider: 'manual',
  challenge: 'dns-01',
  keyType: 'ec256',
  cas: ['https://ca.example/directory'],
  profile: 'classic',
  contact: 'a@example.com',
  records: [
    { ...record, purpose: 'ownership', name: '_domainctl.a.example', value: 'proof', state: 'missing' },
    { ...record, purpose: 'routing', type: 'CNAME', name: 'a.example', value: 'edge.example', state: 'ok' },
    { ...record, purpose: 'challenge', name: '_acme-challenge.a.example', value: 'token', state: 'missing' },
  ],
  deployments: [],
  lastError: {
    code: 'CA_RATE_LIMITED',
    message: 'Too many.',
    hint: 'Come back.',
    actor: 'ca',
    at: '2026-11-20T11:00:00.000Z',
    retryAt: '2026-11-20T12:30:00.000Z',
  },
  attempts: 1,
  labels: {},
  createdAt: '2026-11-20T10:00:00.000Z',
  updatedAt: '2026-11-20T10:00:00.000Z',
}

function shownFor(code: ErrorCode): string {
  const error = new DomainctlError(code, 'It failed.', { hint: 'Repeat.' })
  return describeIssuance({ domain, error, next: [] }, io, plain).join('\n')
}

it('shows the records that are not right yet when the proofs are missing', () => {
  const text = shownFor('DNS_NOT_READY')
  expect(text).toContain('_domainctl.a.example. 300 IN TXT "proof"')
  expect(text).not.toMatch(/edge\.example|token/)
})

it('asks for no record where only the operator has something to mend', () => {
  const error = new DomainctlError('DNS_NOT_READY', 'edge.example has no address.', { hint: 'Mend it.', actor: 'operator' })
  expect(describeIssuance({ domain, error, next: [] }, io, plain)).toEqual([])
})

it('says of one of several names a line, and leaves it to them how wide it is', () => {
  const certificate: NonNullable<DomainReport['certificate']> = {
    serial: '01',
    issuer: 'CN=Sandbox',
    ca: 'https://ca.example/directory',
    keyType: 'ec256',
    names: ['a.example'],
    notBefore: '2026-11-20T12:00:00.000Z',
    notAfter: '2027-02-18T12:00:00.000Z',
    fingerprint: 'ab',
    renewAt: '2027-01-19T12:00:00.000Z',
    renewReason: 'planned',
  }
  const result = { domain: { ...domain, certificate }, next: [], reason: '', warnings: [] }
  expect(describeIssuance(result, io, plain, true)).toEqual([
    '✔ a.example has a certificate: expires in 90 days (2027-02-18), renews in 60 days (2027-01-19).',
  ])
  const narrow = { ...io, env: { COLUMNS: '40' } }
  expect(describeIssuance(result, narrow, plain).every((line) => line.length <= 40)).toBe(true)
})

it('shows the challenge records when those have to be made by hand', () => {
  const text = shownFor('DNS_RECORDS_WANTED')
  expect(text).toContain('_acme-challenge.a.example. 300 IN TXT "token"')
  expect(text).not.toMatch(/edge\.example|proof/)
})

it('shows no record after another failure', () => expect(shownFor('CA_RATE_LIMITED')).toBe(''))

it('shows what was chosen for a domain, and its last error without a certificate too', () => {
  const text = domainDetails(domain, io, plain).join('\n')
  expect(text).toMatch(/^CA +https:\/\/ca\.example\/directory\nprofile +classic\ncontact +a@example\.com$/m)
  expect(text).toMatch(
    /^last error +Too many\. \(CA_RATE_LIMITED\) \(60 minutes ago .*\n +Come back\.\nwho acts +ca\ntry again +in 30 minutes/m,
  )
  expect(domainTable([domain], NOW, plain)[1]).toMatch(/CA_RATE_LIMITED$/)
})

it('shows records in two lines each where a table is wider than the terminal', () => {
  const narrow = Object.assign(new PassThrough(), { columns: 60 })
  const text = domainDetails(domain, { ...io, stdout: narrow }, plain).join('\n')
  expect(text).toContain(
    'TXT    _domainctl.a.example  (ownership, missing)\n       proof  (TTL 300)\nCNAME  a.example  (routing, ok)\n',
  )
  expect(text).not.toContain('PURPOSE')
  const piped = domainDetails(domain, { ...io, env: { COLUMNS: '60' } }, plain).join('\n')
  expect(piped).toBe(text)
})
