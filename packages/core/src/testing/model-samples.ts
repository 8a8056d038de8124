import type { HttpChallenge } from '../domain/http-challenge.ts'
import type { Account, Certificate, Domain, NewAuditEvent, Order, WrittenRecord } from '../domain/model.ts'

/** The time of every sample. */
export const SAMPLE_TIME = new Date('2026-01-02T03:04:05.678Z')

/** A domain with nothing but what every one has; its id comes from tenant and name. */
export function sampleDomain(parts: Partial<Domain> = {}): Domain {
  const { tenant = 'default', name = 'example.com' } = parts
  return {
    id: `${tenant}/${name}`,
    tenant,
    name,
    names: [{ name }],
    status: 'pending_dns',
    statusSince: SAMPLE_TIME,
    provider: 'bind',
    challenge: 'dns-01',
    keyType: 'ec256',
    labels: {},
    attempts: 0,
    createdAt: SAMPLE_TIME,
    updatedAt: SAMPLE_TIME,
    ...parts,
  }
}

/** An order that has just been planned. */
export function sampleOrder(domain: Domain, parts: Partial<Order> = {}): Order {
  return {
    id: `order of ${domain.id}`,
    tenant: domain.tenant,
    domainId: domain.id,
    ca: 'https://ca.example/directory',
    accountId: 'account',
    names: domain.names.map(({ name }) => name),
    state: 'new',
    authorizations: [],
    certificateKey: pem('PRIVATE KEY', 'order'),
    keyType: 'ec256',
    createdAt: SAMPLE_TIME,
    updatedAt: SAMPLE_TIME,
    ...parts,
  }
}

/** A certificate for 90 days. */
export function sampleCertificate(domain: Domain, parts: Partial<Certificate> = {}): Certificate {
  return {
    id: `certificate of ${domain.id}`,
    tenant: domain.tenant,
    domainId: domain.id,
    orderId: `order of ${domain.id}`,
    ca: 'https://ca.example/directory',
    accountId: 'account',
    chain: pem('CERTIFICATE', 'leaf') + pem('CERTIFICATE', 'intermediate'),
    privateKey: pem('PRIVATE KEY', 'certificate'),
    keyType: 'ec256',
    serial: '03A1',
    fingerprint: 'ab'.repeat(32),
    issuer: 'CN=Example CA',
    names: domain.names.map(({ name }) => name),
    notBefore: SAMPLE_TIME,
    notAfter: new Date(SAMPLE_TIME.getTime() + 90 * 86_400_000),
    renewAt: new Date(SAMPLE_TIME.getTime() + 60 * 86_400_000),
    renewReason: 'a third of the lifetime is left',
    createdAt: SAMPLE_TIME,
    ...parts,
  }
}

/** A routing record that has taken the place of others, all of whose properties are set. */
export function sampleReplacement(domain: Domain, parts: Partial<WrittenRecord> = {}): WrittenRecord {
  return sampleRecord(domain, {
    id: `replacement of ${domain.id}`,
    purpose: 'routing',
    name: domain.name,
    type: 'CNAME',
    value: 'edge.example.net',
    state: 'present',
    previous: [
      { type: 'A', values: ['192.0.2.1', '192.0.2.2'], ttl: 300, proxied: true },
      { type: 'AAAA', values: ['2001:db8::1'], ttl: 1 },
    ],
    ...parts,
  })
}

/** A challenge record that is planned. */
export function sampleRecord(domain: Domain, parts: Partial<WrittenRecord> = {}): WrittenRecord {
  return {
    id: `record of ${domain.id}`,
    tenant: domain.tenant,
    domainId: domain.id,
    purpose: 'challenge',
    provider: domain.provider,
    zone: { id: 'zone-1', name: domain.name },
    name: `_acme-challenge.${domain.name}`,
    type: 'TXT',
    value: 'value',
    ttl: 60,
    state: 'planned',
    createdAt: SAMPLE_TIME,
    ...parts,
  }
}

/** An answer that only the state gives. */
export function sampleHttpChallenge(domain: Domain, parts: Partial<HttpChallenge> = {}): HttpChallenge {
  return {
    token: 'token-1',
    tenant: domain.tenant,
    domainId: domain.id,
    orderId: `order of ${domain.id}`,
    name: domain.name,
    keyAuthorization: 'token-1.thumbprint',
    folders: [],
    createdAt: SAMPLE_TIME,
    ...parts,
  }
}

/** An account that its CA does not know yet. */
export function sampleAccount(parts: Partial<Account> = {}): Account {
  return {
    id: 'account',
    tenant: 'default',
    ca: 'https://ca.example/directory',
    name: 'default',
    key: pem('PRIVATE KEY', 'account'),
    keyType: 'ec256',
    createdAt: SAMPLE_TIME,
    ...parts,
  }
}

/** A line for the audit. */
export function sampleEvent(event: string, parts: Partial<NewAuditEvent> = {}): NewAuditEvent {
  return { at: SAMPLE_TIME, tenant: 'default', who: 'test', event, message: `what ${event} is about`, ...parts }
}

function pem(label: string, content: string): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(content).toString('base64')}\n-----END ${label}-----\n`
}
