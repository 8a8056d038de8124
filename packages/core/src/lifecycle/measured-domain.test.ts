import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createDomainctl } from '../create.ts'
import type { HealthFinding, HealthMeasurement } from '../domain/health/measurement.ts'
import type { HealthTarget } from '../domain/health/target.ts'
import type { Domain, DomainName } from '../domain/model.ts'
import { systemRandom } from '../runtime/random.ts'
import { openSqliteStore } from '../store/open.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME, sampleCertificate, sampleDomain } from '../testing/model-samples.ts'

const MINUTE = 60_000

/** A state in which one domain is watched, and names that are broken where a test says so. */
async function watching(parts: Partial<Domain>) {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
  const clock = manualClock(SAMPLE_TIME)
  const store = await openSqliteStore(join(folder, 'state.db'), { clock, random: systemRandom() })
  const asked: HealthTarget[] = []
  const faults = new Map<string, HealthFinding | 'unknown'>()
  const o = { hold: Promise.resolve() }
  const domainctl = await createDomainctl({
    state: store,
    runtime: { clock },
    health: {
      probe: {
        async measure(target): Promise<HealthMeasurement> {
          asked.push(target)
          await o.hold
          const { name } = target
          const fault = faults.get(name)
          const seen = { name, at: clock.now(), ms: 1, warnings: [] }
          if (fault === 'unknown') return { ...seen, inconclusive: 'nobody says anything', addresses: [] }
          const layers = [{ layer: 'tcp' as const, ms: 1, ...(fault && { fault }) }]
          return { ...seen, addresses: [{ address: '192.0.2.1', layers, warnings: [], redirects: [] }] }
        },
      },
    },
  })
  onTestFinished(async () => {
    await domainctl.close()
    await rm(folder, { recursive: true })
  })
  const domain = sampleDomain(parts)
  await store.addDomain(domain, [])
  const certificate = sampleCertificate(domain, { notAfter: new Date(SAMPLE_TIME.getTime() + 90 * 24 * 60 * MINUTE) })
  const change = async (next: Partial<Domain>) => {
    const claimed = await store.claim(domain.id, { owner: 'me', ttlMs: MINUTE, isGone: () => false })
    if (!claimed) throw new Error('nobody else has it')
    const { healthCheck: _, ...before } = claimed.domain
    const changed = { ...before, ...next, updatedAt: clock.now() }
    await store.commit(claimed.lease, { domain: changed }, { release: true })
  }
  const claimed = await store.claim(domain.id, { owner: 'me', ttlMs: MINUTE, isGone: () => false })
  if (!claimed) throw new Error('it was just added')
  const active: Domain = { ...domain, status: 'active', certificateId: certificate.id }
  await store.commit(claimed.lease, { domain: active, certificate }, { release: true })
  const check = () => domainctl.checkHealth({ names: [domain.name] })
  return { domainctl, store, clock, asked, faults, change, check, o }
}

const proof = (name: string): DomainName => ({ name })
const REFUSED: HealthFinding = { code: 'TCP_REFUSED', why: 'nothing listens' }

it('measures each name that is no wildcard; one that is broken is enough, and is named', async () => {
  const names = ['example.com', 'www.example.com', '*.example.com', 'shop.example.com'].map(proof)
  const { asked, faults, check, domainctl } = await watching({ names })
  expect(await check()).toMatchObject([{ outcome: 'ok' }])
  expect(asked.map(({ name }) => name)).toEqual(['example.com', 'www.example.com', 'shop.example.com'])
  faults.set('shop.example.com', 'unknown')
  expect(await check()).toMatchObject([{ outcome: 'inconclusive', message: 'shop.example.com: nobody says anything' }])
  faults.set('www.example.com', REFUSED)
  expect(await check()).toMatchObject([{ outcome: 'broken', layer: 'tcp', message: 'www.example.com: nothing listens' }])
  expect((await domainctl.get('example.com')).health).toMatchObject({ status: 'failing', layer: 'tcp', code: 'TCP_REFUSED' })
  expect((await domainctl.list()).domains[0]?.health).toMatchObject({ status: 'failing', checkedAt: SAMPLE_TIME.toISOString() })
})

it('begins no further name once one is broken', async () => {
  const names = Array.from({ length: 100 }, (_, i) => proof(i === 0 ? 'example.com' : `n${i}.example.com`))
  const { asked, faults, check } = await watching({ names })
  faults.set('n3.example.com', REFUSED)
  expect(await check()).toMatchObject([{ outcome: 'broken' }])
  expect(asked.length).toBeLessThan(20)
})

it('measures what the domain says', async () => {
  const healthCheck = { names: ['a.example.com'], addresses: ['192.0.2.9'], endpoint: { path: '/healthz' } }
  const { asked, check, domainctl } = await watching({ names: [proof('*.example.com')], name: '*.example.com', healthCheck })
  await check()
  expect(asked).toEqual([{ name: 'a.example.com', addresses: ['192.0.2.9'], endpoint: { path: '/healthz' } }])
  expect(await domainctl.get('*.example.com')).toMatchObject({ healthCheck, health: { status: 'ok' } })
})

it('of a wildcard nothing is measured, and it is not called well', async () => {
  const { check, domainctl, clock } = await watching({ names: [proof('*.example.com')], name: '*.example.com' })
  await check()
  // The end of its certificate is looked at no more often than others are measured.
  clock.advance(10 * MINUTE)
  expect(await domainctl.checkHealth()).toEqual([])
  clock.advance(5 * MINUTE)
  expect(await domainctl.checkHealth()).toMatchObject([{ outcome: 'inconclusive' }])
  expect(await domainctl.health('*.example.com')).toMatchObject({ state: 'unwatched' })
  expect(await domainctl.get('*.example.com')).not.toHaveProperty('health')
})

it('is measured by hand as its checks measure it, but for what is asked for', async () => {
  const healthCheck = { port: 8443, page: { path: '/shop' }, endpoint: { path: '/healthz' } }
  const { asked, domainctl } = await watching({ healthCheck })
  await domainctl.measureHealth('example.com', { page: { status: [200] } })
  await domainctl.measureHealth('other.example.com')
  expect(asked).toEqual([
    { name: 'example.com', port: 8443, page: { path: '/', status: [200] }, endpoint: { path: '/healthz' } },
    { name: 'other.example.com' },
  ])
})

it('an outage of what is measured no more is over, and a check that is under way brings none back', async () => {
  const { faults, check, change, domainctl, clock, o, asked } = await watching({})
  faults.set('example.com', REFUSED)
  for (let i = 0; i < 3; i++) {
    await check()
    clock.advance(MINUTE)
  }
  expect(await domainctl.health('example.com')).toMatchObject({ state: 'broken' })
  const { promise, resolve } = Promise.withResolvers<void>()
  o.hold = promise
  const underWay = check()
  while (asked.length < 4) await new Promise(setImmediate)
  await change({ healthCheck: false })
  resolve()
  expect(await underWay).toEqual([])
  expect(await domainctl.health('example.com')).toMatchObject({ state: 'unwatched' })
  clock.advance(15 * MINUTE)
  expect(await domainctl.checkHealth()).toMatchObject([{ outcome: 'inconclusive', is: 'ok', notices: [] }])
  expect(asked).toHaveLength(4)
  await change({})
  faults.clear()
  expect(await check()).toMatchObject([{ outcome: 'ok', notices: [] }])
  expect(await domainctl.health('example.com')).toMatchObject({ state: 'ok' })
})
