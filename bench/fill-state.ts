import { dirname } from 'node:path'
import {
  type Certificate,
  createDomainctl,
  type Domain,
  inParallel,
  type Store,
  systemClock,
  systemRandom,
} from '@domainctl/core'
import { createManual } from '@domainctl/providers'
import { openSqliteStore } from '../packages/core/src/store/open.ts'

const DAY = 86_400_000

/** A state as an operator of many domains has it: every domain active, each with a certificate of its own. */
export async function fillState(file: string, count: number, zone = 'example'): Promise<void> {
  const sample = await sampleDomain(dirname(file))
  const store = await openSqliteStore(file, { clock: systemClock(), random: systemRandom() })
  try {
    // Writes that come together share a commit.
    await inParallel(Array(count).keys(), 64, (i) => addIssued(store, sample, i, zone))
  } finally {
    await store.close()
  }
}

/** A domain as domainctl itself makes it, to be varied. */
async function sampleDomain(directory: string): Promise<Domain> {
  const file = `${directory}/sample.db`
  const domainctl = await createDomainctl({ state: `file:${file}`, providers: { manual: createManual() } })
  await domainctl.add('sample.example', { ownership: 'none', wildcard: true })
  await domainctl.close()
  const store = await openSqliteStore(file, { clock: systemClock(), random: systemRandom() })
  try {
    const domain = await store.getDomain('default', 'sample.example')
    if (!domain) throw new Error('the sample was not kept')
    return domain
  } finally {
    await store.close()
  }
}

async function addIssued(store: Store, sample: Domain, i: number, zone: string): Promise<void> {
  const name = `shop${String(i).padStart(6, '0')}.${zone}`
  const id = `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`
  const domain: Domain = {
    ...sample,
    id,
    name,
    names: sample.names.map((of) => ({ ...of, name: of.name.replace('sample.example', name) })),
  }
  await store.addDomain(domain, [
    { at: sample.createdAt, tenant: 'default', domainId: id, who: 'bench', event: 'domain.added', message: name },
  ])
  const claimed = await store.claim(id, { owner: 'bench', ttlMs: 60_000, isGone: () => false })
  if (!claimed) throw new Error(`${name} could not be claimed`)
  const certificate = certificateOf(domain, i)
  const active: Domain = { ...domain, status: 'active', certificateId: certificate.id, nextActionAt: certificate.renewAt }
  await store.commit(claimed.lease, { domain: active, certificate }, { release: true })
}

function certificateOf({ id, name, names, createdAt }: Domain, i: number): Certificate {
  return {
    id: id.replace('7000', '7001'),
    tenant: 'default',
    domainId: id,
    orderId: id.replace('7000', '7002'),
    ca: 'https://ca.example/directory',
    accountId: id.replace('7000', '7003'),
    chain: `-----BEGIN CERTIFICATE-----\n${'A'.repeat(1200)}\n-----END CERTIFICATE-----\n`.repeat(2),
    privateKey: `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(184)}\n-----END PRIVATE KEY-----\n`,
    keyType: 'ec256',
    serial: i.toString(16).padStart(36, '0').toUpperCase(),
    fingerprint: i.toString(16).padStart(64, '0'),
    issuer: 'CN=Bench CA',
    names: [name, ...names.slice(1).map((of) => of.name)],
    notBefore: createdAt,
    notAfter: new Date(createdAt.getTime() + 90 * DAY),
    renewAt: new Date(createdAt.getTime() + 60 * DAY),
    renewReason: 'a third of its lifetime is left',
    createdAt,
  }
}
