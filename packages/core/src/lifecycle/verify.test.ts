import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Domainctl } from '../contracts/domainctl.ts'
import type { Store } from '../contracts/store.ts'
import type { Check } from '../contracts/verification.ts'
import { startExample } from '../dns/lab.test.support.ts'
import type { Deployment } from '../domain/deployment.ts'
import type { Domain } from '../domain/model.ts'
import { systemRandom } from '../runtime/random.ts'
import { openSqliteStore } from '../store/open.ts'
import type { ZoneData } from '../testing/dns-zone-data.ts'
import { sampleCertificate } from '../testing/model-samples.ts'
import { openByHand } from './by-hand.test.support.ts'

interface Scene {
  zone: ZoneData
  domainctl: Domainctl
  tenant(name: string): Promise<Domainctl>
  publish(records: readonly { name: string; type: string; value: string }[]): void
}

/** A zone on loopback, and domainctl for two tenants on one state. */
async function openScene(count = 1): Promise<Scene> {
  const { zone, resolver, clock } = await startExample({ count })
  const directory = mkdtempSync(join(tmpdir(), 'domainctl-verify-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const tenant = (name: string) => openByHand(directory, { resolver, clock }, name)
  return {
    zone,
    domainctl: await tenant('one'),
    tenant,
    publish: (records) => zone.records.push(...records.map(({ name, type, value }) => ({ name, type: type as 'TXT', value }))),
  }
}

/** The same store, which tells what is called. */
function listening(store: Store, tell: (method: string) => void): Store {
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) => {
        tell(String(name))
        return Reflect.apply(method, target, args)
      }
    },
  })
}

/** The checks of the records that the domain needs. */
const recordChecks = (checks: Check[]) => checks.filter(({ purpose }) => ['ownership', 'routing', 'delegation'].includes(purpose))

describe('verify', () => {
  it('says what is missing, then that it is right, and moves the status', async () => {
    const { domainctl, publish } = await openScene(2)
    const { records } = await domainctl.add('shop.example.test', { target: 'edge.example.test' })
    const before = await domainctl.verify('shop.example.test')
    expect(before).toMatchObject({
      ok: false,
      domain: { status: 'pending_dns', attempts: 1 },
      error: { code: 'DNS_NOT_READY', actor: 'customer' },
    })
    expect(recordChecks(before.checks).map(({ purpose, problem, fix }) => [purpose, problem, fix?.action])).toEqual([
      ['ownership', 'RECORD_MISSING', 'create'],
      ['routing', 'RECORD_MISSING', 'create'],
    ])
    expect(recordChecks(before.checks)[0]?.seen).toHaveLength(2)

    publish([...records, { name: 'edge.example.test', type: 'A', value: '192.0.2.1' }])
    // What is there now, before anybody verifies it.
    expect((await domainctl.records('shop.example.test')).map(({ state }) => state)).toEqual(['ok', 'ok'])
    const after = await domainctl.verify('shop.example.test')
    expect(after).toMatchObject({ ok: true, domain: { status: 'issuing', attempts: 0 } })
    expect(after.domain.records.map(({ state }) => state)).toEqual(['ok', 'ok'])

    const history = await domainctl.history('shop.example.test')
    expect(history.map(({ event }) => event)).toEqual(['domain.added', 'domain.not_ready', 'domain.verified'])
  })

  it('gives the domain as show does, with its deployments and its health', async () => {
    const { resolver, clock } = await startExample()
    const directory = mkdtempSync(join(tmpdir(), 'domainctl-verify-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const state = await openSqliteStore(join(directory, 'state.db'), { clock, random: systemRandom() })
    const domainctl = await openByHand(directory, { resolver, clock, state })
    await domainctl.add('shop.example.test')
    const key = { tenant: 'default', name: 'shop.example.test' }
    const claimed = await state.claim(key, { owner: 'me', ttlMs: 1000, isGone: () => false })
    if (!claimed) throw new Error('it was just added')
    const { domain, lease } = claimed
    const certificate = sampleCertificate(domain)
    const { id: certificateId, fingerprint } = certificate
    const now = clock.now()
    const deployment: Deployment = {
      tenant: domain.tenant,
      domainId: domain.id,
      target: 'edge',
      status: 'deployed',
      certificateId,
      fingerprint,
      attempts: 0,
      createdAt: now,
      updatedAt: now,
    }
    const active: Domain = { ...domain, status: 'active', certificateId, updatedAt: now }
    await state.commit(lease, { domain: active, certificate, deployments: [deployment] }, { release: true })
    await domainctl.checkHealth({ names: [domain.name] })
    const { deployments, health } = (await domainctl.verify(domain.name)).domain
    const shown = await domainctl.get(domain.name)
    expect({ deployments, health }).toEqual({ deployments: shown.deployments, health: shown.health })
    expect([deployments[0]?.target, health?.checkedAt]).toEqual(['edge', expect.any(String)])
  })

  it('tells in the history what changes, once, and not each look', async () => {
    const { domainctl, tenant, publish, zone } = await openScene()
    // A run of its own each time: what was seen of CAA is kept for as long as a run lasts.
    const verify = async () => (await tenant('one')).verify('shop.example.test')
    const eventsOf = async (name: string) => (await domainctl.history(name)).map(({ event }) => event)
    publish((await domainctl.add('shop.example.test')).records)
    for (let look = 0; look < 3; look += 1) await verify()
    expect(await eventsOf('shop.example.test')).toEqual(['domain.added', 'domain.verified'])
    // What does not touch a proof is news as well, and so is that it is over.
    const caa = { type: 'CAA', name: 'shop.example.test', value: '0 issue other.example' } as const
    zone.records.push(caa)
    for (let look = 0; look < 2; look += 1) expect(await verify()).toMatchObject({ ok: false })
    zone.records.splice(zone.records.indexOf(caa), 1)
    for (let look = 0; look < 2; look += 1) expect(await verify()).toMatchObject({ ok: true })
    expect((await eventsOf('shop.example.test')).slice(2)).toEqual(['domain.not_ready', 'domain.verified'])
  })

  it('writes once for a look that finds news, and not at all within ten minutes of one that found the same', async () => {
    const { resolver, clock, zone } = await startExample()
    const directory = mkdtempSync(join(tmpdir(), 'domainctl-verify-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const store = await openSqliteStore(join(directory, 'state.db'), { clock, random: systemRandom() })
    const calls: string[] = []
    const state = listening(store, (method) => calls.push(method))
    const domainctl = await openByHand(directory, { resolver, clock, state })
    const { records } = await domainctl.add('shop.example.test')
    zone.records.push(...records.map(({ name, type, value }) => ({ name, type: type as 'TXT', value })))
    const look = async () => {
      calls.length = 0
      expect(await domainctl.verify('shop.example.test')).toMatchObject({ ok: true, domain: { status: 'issuing' } })
      return [...calls]
    }
    expect(await look()).toEqual(['claim', 'commit'])
    await clock.sleep(5 * 60_000)
    expect(await look()).toEqual(['claim', 'release'])
    await clock.sleep(5 * 60_000)
    expect(await look()).toEqual(['claim', 'commit'])
    expect(await look()).toEqual(['claim', 'release'])
    expect((await domainctl.history('shop.example.test')).map(({ event }) => event)).toEqual(['domain.added', 'domain.verified'])
  })

  it('waits for a record with --wait, and no longer than it was told', async () => {
    const { domainctl, publish } = await openScene()
    const { records } = await domainctl.add('shop.example.test')
    let looks = 0
    const waiting = domainctl.verify('shop.example.test', {
      waitMs: 60_000,
      onProgress: ({ message }) => {
        if (message.startsWith('waiting') && ++looks === 3) publish(records)
      },
    })
    expect(await waiting).toMatchObject({ ok: true })
    expect(looks).toBe(3)
    await domainctl.add('never.example.test')
    expect(await domainctl.verify('never.example.test', { waitMs: 20_000 })).toMatchObject({
      ok: false,
      error: { code: 'DNS_NOT_READY' },
    })
  })

  it('goes back to pending when a record is gone before anything was issued', async () => {
    const { domainctl, publish, zone } = await openScene()
    publish((await domainctl.add('shop.example.test')).records)
    await domainctl.verify('shop.example.test')
    zone.records.pop()
    expect(await domainctl.verify('shop.example.test')).toMatchObject({ ok: false, domain: { status: 'pending_dns' } })
  })

  it('takes nothing back because nobody answers', async () => {
    const { resolver, clock, zone } = await startExample()
    const directory = mkdtempSync(join(tmpdir(), 'domainctl-verify-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const domainctl = await openByHand(directory, { resolver, clock })
    const { records } = await domainctl.add('shop.example.test')
    zone.records.push(...records.map(({ name, type, value }) => ({ name, type: type as 'TXT', value })))
    await domainctl.verify('shop.example.test')
    const cutOff = await openByHand(directory, { resolver: { endpoint: '127.0.0.1:1', port: 1 }, clock })
    const { ok, domain, error } = await cutOff.verify('shop.example.test')
    expect({ ok, status: domain.status }).toEqual({ ok: false, status: 'issuing' })
    const sentences = (error?.message ?? '').split(/(?<=\.) (?=[A-Z])/)
    expect(sentences).toEqual([...new Set(sentences)])
  })

  it('does not await as a record what only keeps the CA from issuing', async () => {
    const { tenant, publish, zone } = await openScene()
    const verify = async () => (await tenant('one')).verify('shop.example.test')
    const { records } = await (await tenant('one')).add('shop.example.test')
    await verify()
    const caa = { type: 'CAA', name: 'shop.example.test', value: '0 issue other.example' } as const
    publish(records)
    zone.records.push(caa)
    for (let look = 0; look < 2; look += 1) {
      const { domain } = await verify()
      expect(domain).toMatchObject({
        status: 'issuing',
        attempts: 0,
        lastError: { code: 'DNS_NOT_READY' },
        nextActionAt: expect.any(String),
      })
      expect(domain.wait).toBeUndefined()
    }
    zone.records.splice(zone.records.indexOf(caa), 1)
    const { domain } = await verify()
    expect(domain.status).toBe('issuing')
    expect(domain.lastError).toBeUndefined()
  })

  it('gives a name to the tenant that proves it, and to no other', async () => {
    const { domainctl, tenant, publish } = await openScene()
    const other = await tenant('two')
    publish((await domainctl.add('shop.example.test')).records)
    publish((await other.add('shop.example.test')).records)
    expect(await domainctl.verify('shop.example.test')).toMatchObject({ ok: true })
    await expect(other.verify('shop.example.test')).rejects.toMatchObject({ code: 'OWNERSHIP_TAKEN' })
    expect(await other.get('shop.example.test')).toMatchObject({ status: 'pending_dns' })
  })

  it('explains a zone that is not delegated, a CNAME in the way, and a value of somebody else', async () => {
    const { domainctl, publish } = await openScene()
    await domainctl.add('shop.elsewhere.test')
    expect(recordChecks((await domainctl.verify('shop.elsewhere.test')).checks)[0]).toMatchObject({
      ok: false,
      seen: expect.anything(),
    })
    await domainctl.add('a.example.test')
    publish([{ name: '_domainctl.a.example.test', type: 'CNAME', value: 'elsewhere.example.org' }])
    expect(recordChecks((await domainctl.verify('a.example.test')).checks)[0]).toMatchObject({
      problem: 'RECORD_HIDDEN_BY_CNAME',
    })
    await domainctl.add('b.example.test')
    publish([{ name: '_domainctl.b.example.test', type: 'TXT', value: 'domainctl=0123' }])
    expect(recordChecks((await domainctl.verify('b.example.test')).checks)[0]).toMatchObject({
      problem: 'RECORD_WRONG',
      explanation: expect.stringContaining('domainctl=0123'),
    })
  })

  it('refuses what it does not know, and what was removed', async () => {
    const { domainctl } = await openScene()
    await expect(domainctl.verify('nobody.example.test')).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
    await domainctl.add('gone.example.test')
    await domainctl.remove('gone.example.test')
    await expect(domainctl.verify('gone.example.test')).rejects.toMatchObject({ code: 'DOMAIN_STATUS' })
  })

  it('is interrupted by its signal', async () => {
    const { domainctl } = await openScene()
    await domainctl.add('shop.example.test')
    const stop = new AbortController()
    const waiting = domainctl.verify('shop.example.test', {
      waitMs: 3_600_000,
      signal: stop.signal,
      onProgress: ({ message }) => message.startsWith('waiting') && stop.abort(),
    })
    await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED', kind: 'interrupted' })
    expect(await domainctl.verify('shop.example.test')).toMatchObject({ ok: false })
  })
})
