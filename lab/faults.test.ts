import { readFile } from 'node:fs/promises'
import { type Clock, systemClock } from '@domainctl/core'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type Engine, openEngine, txtAt } from './engine.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { pebblePaths } from './fault-rule.ts'
import { type Lab, startLab } from './lab.ts'

let lab: Lab
let proxy: FaultProxy
beforeAll(async () => {
  lab = await startLab()
  proxy = await startFaultProxy(lab.pebble)
})
afterEach(() => proxy.clear())
afterAll(async () => {
  await proxy.stop()
  await lab.stop()
})

const DAY = 86_400_000

function engineAtProxy(clock?: Clock): Promise<Engine> {
  return openEngine(lab, { ca: proxy.directoryUrl, ...(clock && { runtime: { clock } }) })
}

/** What is left at the name, whether an order is open, and what the next try makes of it. */
async function afterwards({ domainctl }: Engine, name: string) {
  const txt = await txtAt(lab, `_acme-challenge.${name}`)
  const domain = await domainctl.get(name)
  proxy.clear()
  const { issued } = await domainctl.issue(name, { force: true })
  const orders = (await domainctl.history(name, { limit: 1000 })).filter(({ event }) => event === 'order.planned').length
  return { txt, domain, issued, orders }
}

test('429 with Retry-After: 86400 is not slept on: the time is said, kept, and respected by the next run', async () => {
  await using engine = await engineAtProxy()
  const { domainctl } = engine
  const limited = proxy.add({ path: pebblePaths.newOrder, fault: { kind: 'refuse', status: 429, retryAfter: 86_400 } })
  const error = await domainctl.issue('limited.example.test').catch((error) => error)
  expect(error).toMatchObject({ code: 'CA_RATE_LIMITED', kind: 'ca-unavailable', actor: 'ca' })
  expect(Math.abs(error.retryAt.getTime() - Date.now() - DAY)).toBeLessThan(60_000)
  const asked = limited.seen

  await expect(domainctl.issue('limited.example.test')).rejects.toMatchObject({ code: 'CA_RATE_LIMITED', retryAt: error.retryAt })
  expect(limited.seen).toBe(asked)
  const { domain, issued, orders } = await afterwards(engine, 'limited.example.test')
  expect(domain).toMatchObject({ attempts: 1, nextActionAt: error.retryAt.toISOString() })
  // A refusal was read: there is no order that could be lost, and the next run plans one of its own.
  expect({ issued, orders }).toEqual({ issued: true, orders: 2 })
})

test('503 while the challenge is answered: no record stays, and the same order goes on', async () => {
  await using engine = await engineAtProxy()
  proxy.add({ path: pebblePaths.challenge, fault: { kind: 'refuse', status: 503, retryAfter: new Date(Date.now() + DAY) } })
  await expect(engine.domainctl.issue('down.example.test')).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
  expect(await afterwards(engine, 'down.example.test')).toMatchObject({ txt: [], issued: true, orders: 1 })
  expect(await txtAt(lab, '_acme-challenge.down.example.test')).toEqual([])
})

test('orderNotReady is not the end of an order that is ready a moment later', async () => {
  await using engine = await engineAtProxy()
  const problem = { type: 'orderNotReady', detail: 'Order is not ready yet' }
  const rule = proxy.add({ path: pebblePaths.finalize, nth: 1, fault: { kind: 'refuse', status: 403, problem } })
  expect(await engine.domainctl.issue('early.example.test')).toMatchObject({ issued: true })
  expect(rule.hits).toBe(1)
})

test('endless processing ends in CA_STALLED; nothing is left behind and the order is kept', async () => {
  const system = systemClock()
  let ahead = 0
  const hurrying: Clock = {
    ...system,
    now: () => new Date(system.now().getTime() + ahead),
    sleep: async (ms, signal) => {
      if (finalized.hits > 0) ahead += ms
      await system.sleep(finalized.hits > 0 ? 1 : ms, signal)
    },
  }
  await using engine = await engineAtProxy(hurrying)
  const finalized = proxy.add({ path: pebblePaths.finalize, fault: { kind: 'processing' } })
  proxy.add({ path: pebblePaths.order, fault: { kind: 'processing' } })
  const stalled = await engine.domainctl.issue('stalled.example.test').catch((error) => error)
  expect(stalled).toMatchObject({ code: 'CA_STALLED', kind: 'ca-unavailable' })
  expect(await afterwards(engine, 'stalled.example.test')).toMatchObject({ txt: [], issued: true, orders: 1 })
})

test('processing with Retry-After: 86400 is not waited for', async () => {
  await using engine = await engineAtProxy()
  proxy.add({ path: pebblePaths.order, fault: { kind: 'processing', retryAfter: 86_400 } })
  proxy.add({ path: pebblePaths.finalize, fault: { kind: 'processing', retryAfter: 86_400 } })
  const stalled = await engine.domainctl.issue('tomorrow.example.test').catch((error) => error)
  expect(stalled).toMatchObject({ code: 'CA_STALLED' })
  expect(Math.abs(stalled.retryAt.getTime() - Date.now() - DAY)).toBeLessThan(60_000)
  expect(await afterwards(engine, 'tomorrow.example.test')).toMatchObject({ txt: [], issued: true, orders: 1 })
})

test('a refusal with subproblems says which name and why', async () => {
  await using engine = await engineAtProxy()
  const problem = {
    type: 'rejectedIdentifier',
    detail: 'Some identifiers were rejected',
    subproblems: [{ type: 'caa', detail: 'CAA forbids it', identifier: { type: 'dns', value: 'refused.example.test' } }],
  }
  proxy.add({ path: pebblePaths.newOrder, fault: { kind: 'refuse', status: 403, problem } })
  const error = await engine.domainctl.issue('refused.example.test').catch((error) => error)
  expect(error).toMatchObject({ code: 'CA_REFUSED', kind: 'ca-refused' })
  expect(error.message).toContain('refused.example.test')
  expect(error.message).toContain('CAA forbids it')
  expect(error.cause).toMatchObject({ problem: { type: 'urn:ietf:params:acme:error:rejectedIdentifier', status: 403 } })
})

test('a CA that does not find the record: the problem is shown, the order has ended, no TXT stays', async () => {
  await using engine = await openEngine(lab, { propagation: { mode: 'none' }, provider: 'elsewhere' })
  await engine.domainctl.close()
  // Writes nowhere that the CA could see, and says that it has.
  const nowhere = (await import('@domainctl/providers')).createManual()
  const elsewhere = {
    ...nowhere,
    addValues: async () => ({ status: 'applied' as const }),
    removeValues: async () => ({ status: 'applied' as const }),
  }
  const domainctl = await engine.again({ providers: { elsewhere } })
  const error = await domainctl.issue('unseen.example.test').catch((error) => error)
  expect(error).toMatchObject({ code: 'CA_VALIDATION_FAILED', kind: 'ca-refused' })
  expect(error.message).toContain('unseen.example.test')
  expect(error.cause.problem.type).toMatch(/^urn:ietf:params:acme:error:/)
  expect((await domainctl.get('unseen.example.test')).records).toEqual([])
})

test('by hand and with nobody looking, the CA is told only after a person has run the command again', async () => {
  await using engine = await openEngine(lab, { propagation: { mode: 'none' }, provider: 'manual' })
  const { domainctl } = engine
  const name = 'unwatched.example.test'
  await expect(domainctl.issue(name, { ownership: 'none' })).rejects.toMatchObject({ code: 'DNS_RECORDS_WANTED' })
  const [challenge] = (await domainctl.get(name)).records
  await lab.nsupdate([`update add ${challenge?.name} 60 TXT "${challenge?.value}"`])
  await vi.waitFor(
    async () => expect((await lab.dig(challenge?.name ?? '', 'TXT', lab.addresses.secondary)).answer).toHaveLength(1),
    { timeout: 10_000 },
  )
  expect(await domainctl.issue(name)).toMatchObject({ issued: true })
})

test('a CA that has forgotten the account gets it again, with the same key', async () => {
  await using engine = await engineAtProxy()
  const { domainctl } = engine
  await domainctl.issue('known.example.test')
  const problem = { type: 'accountDoesNotExist', detail: 'Account not found' }
  const rule = proxy.add({ path: pebblePaths.newOrder, nth: 1, fault: { kind: 'refuse', status: 400, problem } })
  expect(await domainctl.issue('forgotten.example.test')).toMatchObject({ issued: true })
  expect(rule.hits).toBe(1)
})

test('a CA that is not there', async () => {
  await using engine = await openEngine(lab, { ca: 'https://127.0.0.1:1/dir' })
  await expect(engine.domainctl.issue('nobody.example.test')).rejects.toMatchObject({
    code: 'CA_UNREACHABLE',
    kind: 'ca-unavailable',
  })
})

test('a CA whose TLS is not trusted', async () => {
  await using engine = await openEngine(lab, { caRoots: await readFile(lab.issuerRoot, 'utf8') })
  await expect(engine.domainctl.issue('untrusted.example.test')).rejects.toMatchObject({ code: 'CA_UNTRUSTED' })
})
