import type { Clock } from '@domainctl/core'
import { createManual } from '@domainctl/providers'
import { afterEach, expect, test } from 'vitest'
import { type Engine, openEngine } from './engine.ts'
import { txtAt } from './lookup.ts'
import type { Suite } from './suite.ts'
import type { FaultyWorld } from './world.ts'

const DAY = 86_400_000

/** A CA that refuses, stalls, forgets or is not there. */
export const faults: Suite<FaultyWorld> = (world) => {
  afterEach(() => world().clearFaults())

  const now = () => world().clock.now().getTime()

  /** What is left at the name, whether an order is open, and what the next try makes of it. */
  async function afterwards({ domainctl }: Engine, name: string) {
    const txt = await txtAt(world(), `_acme-challenge.${name}`)
    const domain = await domainctl.get(name)
    world().clearFaults()
    const { issued } = await domainctl.issue(name, { force: true })
    const orders = (await domainctl.history(name, { limit: 1000 })).filter(({ event }) => event === 'order.planned').length
    return { txt, domain, issued, orders }
  }

  test('429 with Retry-After: 86400 is not slept on: the time is said, kept, and respected by the next run', async () => {
    await using engine = await openEngine(world())
    const { domainctl } = engine
    const limited = world().addFault({ resource: 'newOrder', refuse: { status: 429, retryAfter: 86_400 } })
    const error = await domainctl.issue('limited.example.test').catch((error) => error)
    expect(error).toMatchObject({ code: 'CA_RATE_LIMITED', kind: 'ca-unavailable', actor: 'ca' })
    expect(Math.abs(error.retryAt.getTime() - now() - DAY)).toBeLessThan(60_000)
    const asked = limited.seen

    await expect(domainctl.issue('limited.example.test')).rejects.toMatchObject({
      code: 'CA_RATE_LIMITED',
      retryAt: error.retryAt,
    })
    expect(limited.seen).toBe(asked)
    const { domain, issued, orders } = await afterwards(engine, 'limited.example.test')
    expect(domain).toMatchObject({ attempts: 1, nextActionAt: error.retryAt.toISOString() })
    // A refusal was read: there is no order that could be lost, and the next run plans one of its own.
    expect({ issued, orders }).toEqual({ issued: true, orders: 2 })
  })

  test('503 while the challenge is answered: no record stays, and the same order goes on', async () => {
    await using engine = await openEngine(world())
    world().addFault({ resource: 'challenge', refuse: { status: 503, retryAfter: new Date(now() + DAY) } })
    await expect(engine.domainctl.issue('down.example.test')).rejects.toMatchObject({ code: 'CA_UNAVAILABLE' })
    expect(await afterwards(engine, 'down.example.test')).toMatchObject({ txt: [], issued: true, orders: 1 })
    expect(await txtAt(world(), '_acme-challenge.down.example.test')).toEqual([])
  })

  test('orderNotReady is not the end of an order that is ready a moment later', async () => {
    await using engine = await openEngine(world())
    const refuse = { status: 403, type: 'orderNotReady', detail: 'Order is not ready yet' }
    const fault = world().addFault({ resource: 'finalize', nth: 1, refuse })
    expect(await engine.domainctl.issue('early.example.test')).toMatchObject({ issued: true })
    expect(fault.hits).toBe(1)
  })

  test('endless processing ends in CA_STALLED; nothing is left behind and the order is kept', async () => {
    const finalized = world().stayProcessing()
    const { clock } = world()
    let ahead = 0
    const hurrying: Clock = {
      ...clock,
      now: () => new Date(clock.now().getTime() + ahead),
      sleep: async (ms, signal) => {
        if (finalized.hits > 0) ahead += ms
        await clock.sleep(finalized.hits > 0 ? 1 : ms, signal)
      },
    }
    await using engine = await openEngine(world(), { runtime: { clock: hurrying } })
    const stalled = await engine.domainctl.issue('stalled.example.test').catch((error) => error)
    expect(stalled).toMatchObject({ code: 'CA_STALLED', kind: 'ca-unavailable' })
    expect(await afterwards(engine, 'stalled.example.test')).toMatchObject({ txt: [], issued: true, orders: 1 })
  })

  test('processing with Retry-After: 86400 is not waited for', async () => {
    await using engine = await openEngine(world())
    world().stayProcessing(86_400)
    const stalled = await engine.domainctl.issue('tomorrow.example.test').catch((error) => error)
    expect(stalled).toMatchObject({ code: 'CA_STALLED' })
    expect(Math.abs(stalled.retryAt.getTime() - now() - DAY)).toBeLessThan(60_000)
    expect(await afterwards(engine, 'tomorrow.example.test')).toMatchObject({ txt: [], issued: true, orders: 1 })
  })

  test('a CA that does not find the record: the problem is shown, the order has ended, no TXT stays', async () => {
    // Writes nowhere that the CA could see, and says that it has.
    const elsewhere = {
      ...createManual(),
      capabilities: { minTtl: 0, atomicRRset: true, proxied: false },
      addValues: async () => ({ status: 'applied' as const }),
      removeValues: async () => ({ status: 'applied' as const }),
    }
    await using engine = await openEngine(world(), {
      propagation: { mode: 'none' },
      provider: 'elsewhere',
      providers: { elsewhere },
    })
    const { domainctl } = engine
    const error = await domainctl.issue('unseen.example.test').catch((error) => error)
    expect(error).toMatchObject({ code: 'CA_VALIDATION_FAILED', kind: 'ca-refused' })
    expect(error.message).toContain('unseen.example.test')
    expect(error.cause.problem.type).toMatch(/^urn:ietf:params:acme:error:/)
    expect((await domainctl.get('unseen.example.test')).records).toEqual([])
  })

  test('a CA that has forgotten the account gets it again, with the same key', async () => {
    await using engine = await openEngine(world())
    const { domainctl } = engine
    await domainctl.issue('known.example.test')
    const refuse = { status: 400, type: 'accountDoesNotExist', detail: 'Account not found' }
    const fault = world().addFault({ resource: 'newOrder', nth: 1, refuse })
    expect(await domainctl.issue('forgotten.example.test')).toMatchObject({ issued: true })
    expect(fault.hits).toBe(1)
  })

  test('a CA that is not there', async () => {
    await using engine = await openEngine(world(), { ca: 'https://127.0.0.1:1/dir' })
    await expect(engine.domainctl.issue('nobody.example.test')).rejects.toMatchObject({
      code: 'CA_UNREACHABLE',
      kind: 'ca-unavailable',
    })
  })

  test('a CA whose TLS is not trusted', async () => {
    await using engine = await openEngine(world(), { caRoots: world().issuerRoot })
    await expect(engine.domainctl.issue('untrusted.example.test')).rejects.toMatchObject({ code: 'CA_UNTRUSTED' })
  })
}
