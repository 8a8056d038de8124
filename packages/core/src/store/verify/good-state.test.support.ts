import { readRequest } from '../../acme/certificate-request.ts'
import { requestPem } from '../../acme/certificate-requests.test.support.ts'
import { makeAuthority, makeLeaf } from '../../acme/certificates.test.support.ts'
import { keyMaterial } from '../../acme/key-material.ts'
import { makeCertificateRequest } from '../../acme/make-certificate-request.ts'
import type { Store } from '../../contracts/store.ts'
import type { Domain } from '../../domain/model.ts'
import {
  sampleAccount,
  sampleCertificate,
  sampleDomain,
  sampleEvent,
  sampleHttpChallenge,
  sampleOrder,
  sampleRecord,
  sampleReplacement,
} from '../../testing/model-samples.ts'

const CA = 'https://ca.example/directory'
const HOUR_MS = 3_600_000

/**
 * Fills a new state with rows in every table and values in every column, as domainctl writes them: keys, chains and requests are
 * real ones.
 */
export async function fillGoodState(store: Store, now: Date): Promise<void> {
  const ago = (hours: number) => new Date(now.getTime() - hours * HOUR_MS)
  const later = (hours: number) => ago(-hours)
  const root = await makeAuthority('Root')
  const intermediate = await makeAuthority('Intermediate', root)
  const limit = { key: { ca: CA, kind: 'orders', subject: 'account' }, limit: { count: 300, windowMs: 3 * HOUR_MS } } as const
  const account = sampleAccount({
    key: (await makeLeaf(root, ['account.example'])).key,
    nextKey: (await makeLeaf(root, ['account.example'])).key,
    contact: 'mailto:me@example.com',
    url: 'https://ca.example/account/1',
    createdAt: ago(50),
  })
  await store.addAccount(account, [sampleEvent('account.planned', { at: ago(50), details: { ca: CA } })])
  const ended = sampleAccount({ id: 'ended', name: 'old', key: account.key, createdAt: ago(60), endedAt: ago(55) })
  await store.addAccount(ended, [])

  const own = domainOf('shop.example.com', ago(40))
  await add(store, { ...own, status: 'deleted', id: 'former id' })
  await add(store, own)
  const leaf = await makeLeaf(intermediate, ['shop.example.com', 'www.shop.example.com'])
  await commit(store, own, {
    domain: full(own, { ago, later }),
    order: {
      ...times(ago),
      key: leaf.key,
      profile: 'classic',
      expires: later(100),
      reserved: [limit],
      authorizations: [authorization('shop.example.com')],
    },
    certificate: { chain: leaf.pem + intermediate.pem, key: leaf.key, now },
  })

  const names = ['csr.example.com']
  const foreignKey = await makeLeaf(intermediate, names)
  const pem = requestPem(await makeCertificateRequest(foreignKey.key, undefined, names))
  const { keyType, publicKey } = readRequest(pem)
  const foreign = {
    ...domainOf('csr.example.com', ago(10)),
    names: [{ name: 'csr.example.com' }],
    csr: { pem, keyType, publicKey },
  }
  await add(store, foreign)
  await commit(store, foreign, {
    domain: { ...foreign, status: 'active', certificateId: `certificate of ${foreign.id}`, nextActionAt: later(5) },
    order: { ...times(ago), csr: pem },
    certificate: { chain: foreignKey.pem + intermediate.pem, now },
  })

  await watch(store, own, now)

  await store.noteCircuit(CA, () => ({ ca: CA, failures: 3, openUntil: later(1), reason: 'it answered 503' }))
  await store.spendBudget([limit], now)
  await tellPeople(store, own, ago(1))
  // What is held while it is looked at.
  await store.claimKey('rrset z/shop.example.com', { id: 'claim', owner: 'me', ttlMs: 60_000, isGone: () => false })
  await store.claim(foreign.id, { owner: 'me', ttlMs: 60_000, isGone: () => false })
}

/** One message that was sent, and one that failed and is being sent again. */
async function tellPeople(store: Store, { id, tenant, name }: Domain, at: Date): Promise<void> {
  const about = { at, tenant, domainId: id, names: [name], text: 'It did not answer.', labels: { team: 'shop' } }
  await store.addNotices([
    { ...about, id: 'notice 1', event: 'domain.renewed', severity: 'info', title: 'renewed' },
    { ...about, id: 'notice 2', event: 'domain.failed', severity: 'warning', title: 'fails', actor: 'ca', details: { a: 1 } },
  ])
  let made = 0
  const newId = () => `delivery ${++made}`
  const route = () => ['ops']
  await store.routeNotices({ now: at, route, newId, groupMs: 0, most: 9, repeatMs: HOUR_MS, forgetBefore: new Date(0) })
  const claim = (claimId: string) =>
    store.claimDeliveries({
      channels: ['ops'],
      now: at,
      limit: 9,
      claim: { id: claimId, owner: 'me', ttlMs: 60_000, isGone: () => false },
    })
  const [sent] = await claim('claim 0')
  if (sent) await store.settleDelivery(sent, { state: 'sent', at }, [])
  const [failed] = await claim('claim 1')
  if (!failed) throw new Error('nothing was claimed')
  const error = { code: 'NOTICE_FAILED', message: 'It did not answer.' }
  await store.settleDelivery(failed, { state: 'waiting', nextAttemptAt: at, error }, [])
  await claim('claim 2')
}

/** It is broken since a while, and somebody is checking it again. */
async function watch(store: Store, { id: domainId, tenant, name }: Domain, now: Date): Promise<void> {
  const at = new Date(now.getTime() - HOUR_MS)
  const before = at.getTime() - HOUR_MS
  const claimOf = async (claim: string, when: Date) => {
    await store.claimChecks(when, 1, { claim, forMs: HOUR_MS, domainIds: [domainId] })
  }
  await claimOf('first', at)
  const found = { layer: 'tcp', code: 'TCP_REFUSED', address: '192.0.2.1' }
  const outages = [before, at.getTime()]
  const failed = { failures: 0, successes: 1, failedAt: before, lastFailedAt: before, turnedAt: before, toldAt: before }
  const member = { tenant, name, labels: { team: 'shop' }, place: '192.0.2.1 tcp', channels: ['ops'], failedAt: before }
  const saved = await store.saveCheck(
    {
      claim: 'first',
      domainId,
      health: {
        damping: { is: 'broken', told: 'broken', reminders: 1, outages, ...failed },
        checkedAt: at,
        nextCheckAt: now,
        ...found,
        message: 'It refuses connections.',
        expiryTold: { certificateId: `certificate of ${domainId}`, level: 'warning' },
      },
      span: { state: 'broken', ms: 20 },
      news: { news: 'outage', member: { ...member, reminders: 0, newIncidentId: 'incident' } },
      notices: [],
    },
    () => [],
  )
  if (!saved) throw new Error('the check was not saved')
  await claimOf('second', now)
}

function domainOf(name: string, createdAt: Date): Domain {
  return sampleDomain({
    name,
    names: [{ name }, { name: `www.${name}` }],
    createdAt,
    updatedAt: createdAt,
    statusSince: createdAt,
  })
}

/** A domain of which everything is set. */
function full(domain: Domain, { ago, later }: { ago(hours: number): Date; later(hours: number): Date }): Domain {
  const failure = {
    code: 'CA_UNREACHABLE',
    message: 'It did not answer.',
    hint: 'Wait.',
    actor: 'ca',
    at: ago(2),
    retryAt: later(1),
  }
  return {
    ...domain,
    names: domain.names.map(({ name }) => ({
      name,
      ownership: { state: 'ok', token: '0f'.repeat(16), checkedAt: ago(2), provenAt: ago(3), missingSince: ago(1) },
      routing: { state: 'wrong', target: 'edge.example.net', addresses: ['192.0.2.1'], checkedAt: ago(2) },
      delegation: { state: 'missing', target: 'a.validation.example', checkedAt: ago(2) },
    })),
    status: 'active',
    labels: { team: 'shop' },
    attempts: 2,
    lastError: failure,
    caNotBefore: [{ ca: CA, since: ago(1), at: later(1), code: 'CA_RATE_LIMITED', reason: 'too many' }],
    nextActionAt: later(24),
    certificateId: `certificate of ${domain.id}`,
    updatedAt: ago(1),
  }
}

function authorization(identifier: string) {
  return {
    url: 'https://ca.example/authz/1',
    identifier,
    wildcard: false,
    status: 'valid',
    challengeUrl: 'https://ca.example/chall/1',
    challengeName: `_acme-challenge.${identifier}`,
    txtValue: 'value',
  }
}

function times(ago: (hours: number) => Date) {
  return { createdAt: ago(10), updatedAt: ago(9) }
}

async function add(store: Store, domain: Domain): Promise<void> {
  await store.addDomain(domain, [
    sampleEvent('domain.added', { at: domain.createdAt, domainId: domain.id, details: { by: 'test' } }),
  ])
}

interface Parts {
  domain: Domain
  order: Partial<Parameters<typeof sampleOrder>[1]> & { key?: string }
  certificate: { chain: string; key?: string; now: Date }
}

async function commit(store: Store, domain: Domain, { domain: changed, order, certificate }: Parts): Promise<void> {
  const claimed = await store.claim(domain.id, { owner: 'me', ttlMs: 60_000, isGone: () => false })
  if (!claimed) throw new Error('not there')
  const { key, ...rest } = order
  const made = sampleOrder(domain, {
    url: 'https://ca.example/order/1',
    finalizeUrl: 'https://ca.example/order/1/finalize',
    certificateUrl: 'https://ca.example/cert/1',
    ...rest,
    state: 'finalizing',
  })
  const { certificateKey: _, ...withoutKey } = made
  const facts = keyMaterial.chain(certificate.chain)
  const { privateKey: __, ...kept } = sampleCertificate(domain, {
    chain: certificate.chain,
    serial: facts.serial,
    fingerprint: facts.fingerprint,
    issuer: facts.issuer,
    names: facts.names,
    notBefore: facts.notBefore,
    notAfter: facts.notAfter,
    renewAt: new Date(certificate.now.getTime() + 30 * 24 * HOUR_MS),
    advice: {
      askedAt: made.createdAt,
      window: { start: certificate.now, end: certificate.now },
      explanationUrl: 'https://ca.example/why',
      nextCheckAt: certificate.now,
    },
    revokedAt: made.createdAt,
    revocationReason: 'superseded',
    createdAt: made.createdAt,
  })
  const createdAt = made.createdAt
  await store.commit(
    claimed.lease,
    {
      domain: changed,
      order: key === undefined ? withoutKey : { ...made, certificateKey: key },
      certificate: { ...kept, ...(certificate.key !== undefined && { privateKey: certificate.key }) },
      recordsWritten: [sampleRecord(domain, { orderId: made.id, createdAt }), sampleReplacement(domain, { createdAt })],
      challengesWritten: [
        sampleHttpChallenge(domain, {
          file: '/srv/www/.well-known/acme-challenge/token-1',
          folders: ['/srv/www/.well-known'],
          createdAt,
        }),
      ],
      deployments: [
        {
          tenant: domain.tenant,
          domainId: domain.id,
          target: 'web',
          status: 'failed',
          certificateId: kept.id,
          fingerprint: kept.fingerprint,
          live: { certificateId: kept.id, fingerprint: kept.fingerprint, at: createdAt, proven: true },
          previous: { certificateId: 'the one before', fingerprint: 'ab'.repeat(32) },
          attempts: 1,
          lastError: {
            code: 'DEPLOY_FAILED',
            message: 'm',
            hint: 'h',
            actor: 'operator',
            at: createdAt,
            retryAt: certificate.now,
          },
          nextAttemptAt: certificate.now,
          createdAt,
          updatedAt: createdAt,
        },
      ],
      events: [sampleEvent('order.created', { at: createdAt, domainId: domain.id })],
    },
    { release: true },
  )
}
