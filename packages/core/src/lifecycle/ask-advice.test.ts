import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { certificateId } from '../acme/certificate-id.ts'
import { makeAuthority, makeLeaf } from '../acme/certificates.test.support.ts'
import { type ScriptedCa, startScriptedCa } from '../acme/scripted-ca.test.support.ts'
import type { Domainctl } from '../contracts/domainctl.ts'
import type { Store } from '../contracts/store.ts'
import { createDomainctl } from '../create.ts'
import type { Certificate, Domain } from '../domain/model.ts'
import { systemRandom } from '../runtime/random.ts'
import { openSqliteStore } from '../store/open.ts'
import { type ManualClock, manualClock } from '../testing/manual-clock.ts'
import { sampleCertificate, sampleDomain } from '../testing/model-samples.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const HOUR = 3_600_000
const DAY = 24 * HOUR
const later = (ms: number) => new Date(NOW.getTime() + ms)
const suggestedWindow = { start: later(20 * DAY).toISOString(), end: later(22 * DAY).toISOString() }
const advice = { headers: { 'retry-after': '21600' }, body: { suggestedWindow } }

let leaf: { pem: string; path: string }
beforeAll(async () => {
  const { pem } = await makeLeaf(await makeAuthority('Example CA'), ['example.com'])
  leaf = { pem, path: `/advice/${certificateId(new X509Certificate(pem))}` }
})

interface Scene {
  ca: ScriptedCa
  clock: ManualClock
  store: Store
  file: string
  domainctl: Domainctl
  certificateOf(name: string): Promise<Certificate | null>
}

/** So many domains, `d0.example.com` and on, with a certificate each of one CA that gives advice. */
async function scene(domains: number, parts: Partial<Domain> = {}): Promise<Scene> {
  const ca = await startScriptedCa()
  onTestFinished(() => ca.close())
  ca.on('/directory', { body: directoryOf(ca, { renewalInfo: ca.url('/advice') }) })
  ca.on(leaf.path, advice)
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-advice-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const clock = manualClock(NOW)
  const file = join(folder, 'state.db')
  const store = await openSqliteStore(file, { clock, random: systemRandom() })
  const domainctl = await createDomainctl({ state: store, ca: ca.directory, runtime: { clock } })
  onTestFinished(() => domainctl.close())
  for (let i = 0; i < domains; i++) await keep(store, ca.directory, `d${i}.example.com`, parts)
  const certificateOf = async (name: string) => store.getCertificate(`certificate of default/${name}`)
  return { ca, clock, store, file, domainctl, certificateOf }
}

const directoryOf = (ca: ScriptedCa, more: object = {}) => ({
  newNonce: ca.url('/nonce'),
  newAccount: ca.url('/account'),
  newOrder: ca.url('/new-order'),
  ...more,
})

async function keep(store: Store, ca: string, name: string, parts: Partial<Domain>): Promise<void> {
  const domain = sampleDomain({ name, names: [{ name }], status: 'active', ...parts })
  await store.addDomain(domain, [])
  const claimed = await store.claim(domain.id, { owner: 'a test', ttlMs: HOUR, isGone: () => false })
  if (!claimed) throw new Error('it was not added')
  const times = { notBefore: later(-30 * DAY), notAfter: later(60 * DAY), renewAt: later(30 * DAY), createdAt: later(-30 * DAY) }
  const certificate = sampleCertificate(domain, { ca, chain: leaf.pem, ...times })
  await store.commit(claimed.lease, { certificate, domain: { ...domain, certificateId: certificate.id } }, { release: true })
}

it('asks for each certificate once, keeps what it is told, and asks again when it is time to', async () => {
  const { ca, clock, domainctl, certificateOf } = await scene(3)
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 3, moved: 3 })
  const planned = await certificateOf('d1.example.com')
  expect(planned).toMatchObject({ advice: { askedAt: NOW, nextCheckAt: later(6 * HOUR) } })
  expect(planned?.renewAt.getTime()).toBeGreaterThanOrEqual(later(20 * DAY).getTime())
  expect(planned?.renewAt.getTime()).toBeLessThanOrEqual(later(22 * DAY).getTime())
  expect(await domainctl.get('d1.example.com')).toMatchObject({ nextActionAt: later(6 * HOUR).toISOString() })
  expect((await domainctl.history('d1.example.com')).map(({ event }) => event)).toEqual(['renewal.planned'])
  expect(await domainctl.renewals({ all: true })).toMatchObject(
    [0, 1, 2].map((n) => ({ name: `d${n}.example.com`, advice: { askedAt: NOW, nextCheckAt: later(6 * HOUR) } })),
  )

  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 0, moved: 0 })
  clock.advance(6 * HOUR)
  // The window has stayed, and with it what was chosen in it.
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 3, moved: 0 })
  expect(await certificateOf('d1.example.com')).toMatchObject({ renewAt: planned?.renewAt })
  expect(ca.counts()).toMatchObject({ 'GET /directory': 1, [`GET ${leaf.path}`]: 6 })
})

it('leaves a CA alone that has no answer: at most as many as are asked at a time hear of it', async () => {
  const { ca, domainctl, certificateOf } = await scene(40)
  ca.on(leaf.path, { status: 503, headers: { 'retry-after': '7200' } })
  const { asked, moved } = await domainctl.askRenewalAdvice()
  expect(moved).toBe(0)
  expect(asked).toBeLessThanOrEqual(16)
  expect(ca.counts()[`GET ${leaf.path}`]).toBe(asked)
  const certificates = await Promise.all(Array.from({ length: 40 }, (_, n) => certificateOf(`d${n}.example.com`)))
  const written = certificates.flatMap((one) => one?.advice ?? [])
  expect(written).toEqual(Array.from({ length: asked }, () => ({ askedAt: NOW, nextCheckAt: later(2 * HOUR) })))
})

it('waits five seconds for a CA that hangs, and no longer', async () => {
  const { ca, clock, domainctl, certificateOf } = await scene(20)
  ca.on('/directory', () => undefined)
  const seen = ca.next('/directory')
  const asking = domainctl.askRenewalAdvice()
  await seen
  clock.advance(5_000)
  expect(await asking).toEqual({ asked: 0, moved: 0 })
  expect((await certificateOf('d0.example.com'))?.advice).toBeUndefined()
})

it('touches nothing of a CA that gives no advice', async () => {
  const { ca, domainctl, certificateOf } = await scene(5)
  ca.on('/directory', { body: directoryOf(ca) })
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 0, moved: 0 })
  expect(ca.counts()).toEqual({ 'GET /directory': 1 })
  expect((await certificateOf('d0.example.com'))?.advice).toBeUndefined()
})

it('goes by the lifetime again once a CA gives no advice any more', async () => {
  const { ca, clock, store, domainctl, certificateOf } = await scene(1)
  await domainctl.askRenewalAdvice()
  ca.on('/directory', { body: directoryOf(ca) })
  clock.advance(DAY)
  const other = await createDomainctl({ state: store, ca: ca.directory, runtime: { clock } })
  expect(await other.askRenewalAdvice()).toEqual({ asked: 1, moved: 1 })
  const { renewAt, renewReason } = (await certificateOf('d0.example.com')) ?? {}
  // A certificate for 90 days: a third of them before the end, and up to a twelfth of them sooner.
  expect(Number(renewAt)).toBeLessThanOrEqual(Number(later(30 * DAY)))
  expect(Number(renewAt)).toBeGreaterThan(Number(later(22.5 * DAY)))
  expect(renewReason).toContain('of its lifetime is left')
})

it('asks nothing of a CA that fails for everybody', async () => {
  const { ca, store, domainctl } = await scene(2)
  const circuit = { ca: ca.directory, failures: 3, openUntil: later(HOUR), reason: 'It is down.' }
  await store.noteCircuit(ca.directory, () => circuit)
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 0, moved: 0 })
  expect(ca.counts()).toEqual({})
})

it('what cannot be read of one domain keeps no other from being asked for', async () => {
  const { file, domainctl, certificateOf } = await scene(3)
  const database = new DatabaseSync(file)
  database.exec("update certificates set private_key = 'no seal' where id = 'certificate of default/d1.example.com'")
  database.close()
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 2, moved: 2 })
  expect((await certificateOf('d2.example.com'))?.advice).toBeDefined()
})

it.each(['suspended', 'deleted'] as const)('asks nothing for a domain that is %s', async (status) => {
  const { ca, domainctl } = await scene(1, { status })
  expect(await domainctl.askRenewalAdvice()).toEqual({ asked: 0, moved: 0 })
  expect(ca.counts()).toEqual({})
})

it('ends when its caller does', async () => {
  const { ca, domainctl } = await scene(20)
  const stop = new AbortController()
  ca.on(leaf.path, () => stop.abort())
  await expect(domainctl.askRenewalAdvice({ signal: stop.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' })
})
