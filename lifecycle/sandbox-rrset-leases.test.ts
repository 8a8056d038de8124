import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, type DnsProvider, DomainctlError, systemRandom } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { createCloudflare, createGodaddy } from '@domainctl/providers'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { holdingLease, holdingRRset } from '../packages/core/src/lifecycle/rrset-lease.ts'
import { noRRsetChanges } from '../packages/core/src/lifecycle/services.ts'
import { openSqliteStore } from '../packages/core/src/store/open.ts'
import { loopbackClock } from '../packages/core/src/testing/loopback-clock.ts'

// Leases on RRsets (requirements D3) at GoDaddy's API, which removes a value by writing the rest of the set anew: whoever
// works without a lease loses what is added between the reading and the writing.

const APEX = 'example.test'
const ZONE = { id: APEX, name: APEX }
const NAME = `_acme-challenge.${APEX}`
const THEIRS = 'of somebody else'
const ALWAYS = new AbortController().signal

let sandbox: Sandbox
let folder: string
let clock: Clock
const open = new Set<Awaited<ReturnType<typeof openSqliteStore>>>()

beforeEach(async () => {
  sandbox = await startSandbox({ zones: [APEX] })
  sandbox.apis.godaddy.requestLimit = Number.POSITIVE_INFINITY
  folder = await mkdtemp(join(tmpdir(), 'domainctl-rrset-'))
  clock = loopbackClock()
})
afterEach(async () => {
  for (const store of open) await store.close()
  open.clear()
  await sandbox.stop()
  await rm(folder, { recursive: true })
})

const at = (name = NAME, provider = 'godaddy') => ({ provider, zone: ZONE, name, type: 'TXT' })
const txt = (name: string, ...values: string[]) => ({ name, type: 'TXT' as const, ttl: 600, values })
const values = (name = NAME) => [...sandbox.dns.values(name, 'TXT')].sort()

/** What a process has: its own connection to the state, identity, turns and adapters. */
async function startProcess(owner: string, isGone: (owner: string) => boolean = () => false) {
  const store = await openSqliteStore(join(folder, 'state.db'), { clock, random: systemRandom() })
  open.add(store)
  const { godaddy, cloudflare } = sandbox.apis
  // What the adapters wait for passes at once; what the leases wait for passes when nothing moves.
  const runtime = { clock: manualClock(new Date('2030-01-01T00:00:00Z')), random: systemRandom() }
  const adapters: Record<string, DnsProvider> = {
    godaddy: createGodaddy(godaddy.options, runtime),
    cloudflare: createCloudflare(cloudflare.options, runtime),
  }
  const lines: string[] = []
  const services = {
    store,
    provider(name: string): DnsProvider {
      const adapter = adapters[name]
      if (!adapter) throw new Error(`no provider ${name}`)
      return adapter
    },
    rrsetChanges: noRRsetChanges(),
    runtime: {
      clock,
      random: systemRandom(),
      logger: { log: (_: string, message: string) => void lines.push(message) },
      process: { owner, isGone },
    },
  }
  const provider = services.provider('godaddy')
  return {
    services,
    store,
    lines,
    add: (value: string, { name = NAME, signal = ALWAYS } = {}) =>
      holdingRRset(services, at(name), signal, (held) => provider.addValues(ZONE, txt(name, value), { signal: held })),
    remove: (value: string, { name = NAME, signal = ALWAYS } = {}) =>
      holdingRRset(services, at(name), signal, (held) => provider.removeValues(ZONE, txt(name, value), { signal: held })),
    /** Claims without waiting; what it holds is given back at once. */
    async tryToClaim() {
      const claim = { id: `claim ${owner} ${performance.now()}`, owner, ttlMs: 60_000, isGone }
      await store.releaseKey(await store.claimKey(`rrset:${APEX}:${NAME}:TXT`, claim))
    },
  }
}

describe('two processes at one name', () => {
  test('lose no value of each other, nor of anybody else: 100 rounds', { timeout: 120_000 }, async () => {
    const processes = [await startProcess('one'), await startProcess('two')]
    const names = Array.from({ length: 10 }, (_, n) => `_acme-challenge.n${n}.${APEX}`)
    await Promise.all(
      names.map(async (name) => {
        sandbox.dns.add({ name, type: 'TXT', value: THEIRS })
        for (let round = 0; round < 10; round++) {
          const value = (process: number, nth: number) => `process ${process}, round ${nth}`
          await Promise.all(
            processes.map(async ({ add, remove }, process) => {
              // The older value of one goes while the newer one of the other comes.
              const first = round % 2 === process ? add : remove
              await first(value(process, first === add ? round : round - 1), { name })
              const second = first === add ? remove : add
              await second(value(process, second === add ? round : round - 1), { name })
            }),
          )
          expect(values(name)).toEqual([THEIRS, value(0, round), value(1, round)])
        }
      }),
    )
    expect(processes.map(({ services }) => services.rrsetChanges.turns.size)).toEqual([0, 0])
  })

  test('wait for each other while one is between its reading and its writing', async () => {
    const [one, two] = [await startProcess('one'), await startProcess('two')]
    sandbox.dns.add({ name: NAME, type: 'TXT', value: 'old' })
    const { promise: read, resolve: answer } = Promise.withResolvers<void>()
    const reading = sandbox.apis.godaddy.addFault({ operation: 'getRecords', nth: 1, answer: { delay: () => read } })
    const removing = one.remove('old')
    await vi.waitFor(() => expect(sandbox.apis.godaddy.requests.getRecords).toBe(1), { interval: 1, timeout: 20_000 })
    const adding = two.add('new')
    await expect(two.tryToClaim()).rejects.toMatchObject({ code: 'LEASE_HELD' })
    expect(sandbox.apis.godaddy.requests.addRecords).toBe(0)
    answer()
    await Promise.all([removing, adding])
    expect(reading.hits).toBe(1)
    expect(values()).toEqual(['new'])
  })

  test('take over what a process that is gone held, at once', async () => {
    const dead = await startProcess('dead')
    await dead.store.claimKey(`rrset:${APEX}:${NAME}:TXT`, { id: 'x', owner: 'dead', ttlMs: 60_000, isGone: () => false })
    const heir = await startProcess('heir', (owner) => owner === 'dead')
    const before = clock.now()
    await heir.add('mine')
    expect(clock.now()).toEqual(before)
  })

  test('take over what a process elsewhere held, when its time is over', async () => {
    const elsewhere = await startProcess('elsewhere')
    await elsewhere.store.claimKey(`rrset:${APEX}:${NAME}:TXT`, { id: 'x', owner: 'x', ttlMs: 60_000, isGone: () => false })
    const before = clock.now().getTime()
    await (await startProcess('here')).add('mine')
    expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(60_000)
    expect(values()).toEqual(['mine'])
  })

  test('do not wait for ever: the error names the record', async () => {
    const holder = await startProcess('holder')
    const lease = await holder.store.claimKey(`rrset:${APEX}:${NAME}:TXT`, {
      id: 'x',
      owner: 'holder',
      ttlMs: 3_600_000,
      isGone: () => false,
    })
    const other = await startProcess('other')
    const refused = await other.add('late').catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'LEASE_HELD', message: expect.stringContaining(NAME), retryAt: lease.until })
    expect(other.services.rrsetChanges.turns.size).toBe(0)
    expect(sandbox.apis.godaddy.requests.addRecords).toBe(0)
  })

  test('stop waiting when they are told to', async () => {
    const holder = await startProcess('holder')
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const holding = holdingRRset(holder.services, at(), ALWAYS, () => ended)
    const over = new AbortController()
    const reason = new Error('changed my mind')
    const other = await startProcess('other')
    const waiting = [other.add('first', over), other.add('second', over), holder.add('third', over)]
    over.abort(reason)
    for (const one of waiting) await expect(one).rejects.toBe(reason)
    const next = other.add('fourth')
    end()
    await Promise.all([holding, next])
    expect(values()).toEqual(['fourth'])
    const turns = () => [holder, other].map(({ services }) => services.rrsetChanges.turns.size)
    await vi.waitFor(() => expect(turns()).toEqual([0, 0]), { timeout: 20_000 })
  })
})

describe('one process', () => {
  test('changes one name in the order of asking, and different ones at the same time', async () => {
    const { services } = await startProcess('one')
    const order: string[] = []
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const note = (what: string, until?: Promise<void>) => async () => {
      order.push(what)
      await until
      if (until) order.push(`${what} ends`)
    }
    const all = [
      holdingRRset(services, at(), ALWAYS, note('first', ended)),
      holdingRRset(services, at(NAME.toUpperCase()), ALWAYS, note('second')),
      holdingRRset(services, at(), ALWAYS, note('third')),
    ]
    await holdingRRset(services, at(`other.${APEX}`), ALWAYS, note('elsewhere'))
    end()
    await Promise.all(all)
    expect([...order].sort()).toEqual(['elsewhere', 'first', 'first ends', 'second', 'third'])
    expect(order.filter((what) => what !== 'elsewhere')).toEqual(['first', 'first ends', 'second', 'third'])
    expect(services.rrsetChanges.turns.size).toBe(0)
  })

  test('takes no lease where values are added and removed one by one, unless it has to', async () => {
    const [one, two] = [await startProcess('one'), await startProcess('two')]
    const there = at(NAME, 'cloudflare')
    await holdingLease(one.services, there, ALWAYS, async () => {
      await expect(two.tryToClaim()).rejects.toMatchObject({ code: 'LEASE_HELD' })
    })
    await one.store.close()
    await expect(holdingRRset(one.services, at(), ALWAYS, async () => 'done')).rejects.toMatchObject({ code: expect.any(String) })
    expect(await holdingRRset(one.services, there, ALWAYS, async () => 'done')).toBe('done')
  })

  test('counts what is under way, also where all wait for one name', async () => {
    const { services } = await startProcess('one')
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const all = Array.from({ length: 5 }, () => holdingRRset(services, at(), ALWAYS, () => ended))
    expect([services.rrsetChanges.underWay, services.rrsetChanges.turns.size]).toEqual([5, 1])
    end()
    await Promise.all(all)
    expect([services.rrsetChanges.underWay, services.rrsetChanges.turns.size]).toEqual([0, 0])
  })

  test('keeps the lease for as long as the change takes, and no longer', async () => {
    const one = await startProcess('one')
    const two = await startProcess('two')
    await holdingRRset(one.services, at(), ALWAYS, async (signal) => {
      for (let minutes = 0; minutes < 5; minutes++) {
        await clock.sleep(60_000, signal)
        await expect(two.tryToClaim()).rejects.toMatchObject({ code: 'LEASE_HELD' })
      }
    })
    await two.tryToClaim()
  })

  test('stops the change well before the lease could end when it cannot be kept', async () => {
    const { services, store, lines } = await startProcess('one')
    const since = clock.now().getTime()
    const change = holdingRRset(services, at(), ALWAYS, async (signal) => {
      await store.close()
      await clock.sleep(3_600_000, signal)
    })
    await expect(change).rejects.toMatchObject({ code: 'LEASE_LOST', message: expect.stringContaining(NAME) })
    expect(clock.now().getTime() - since).toBeLessThanOrEqual(30_000)
    expect(lines).toContain('heartbeat failed')
  })

  test('has what the change came to when the lease cannot be given back', async () => {
    const { services, store, lines } = await startProcess('one')
    expect(
      await holdingRRset(services, at(), ALWAYS, async () => {
        await store.close()
        return 'done'
      }),
    ).toBe('done')
    expect(lines).toEqual(['lease not released'])
    const failed = new DomainctlError('PROVIDER_REFUSED', 'no', { hint: 'Nothing.' })
    const other = await startProcess('other', () => true)
    await expect(
      holdingRRset(other.services, at(), ALWAYS, async () => {
        await other.store.close()
        throw failed
      }),
    ).rejects.toBe(failed)
  })

  test('keeps others out after an abort, whose write may be on its way, until its own clean-up is through', async () => {
    const one = await startProcess('one')
    const two = await startProcess('two')
    for (const value of [THEIRS, 'old']) sandbox.dns.add({ name: NAME, type: 'TXT', value, ttl: 600 })
    const { promise: late, resolve: arrive } = Promise.withResolvers<void>()
    sandbox.apis.godaddy.addFault({ operation: 'replaceRecords', nth: 1, answer: { delay: () => late } })
    const over = new AbortController()
    const removing = one.remove('old', over)
    await vi.waitFor(() => expect(sandbox.apis.godaddy.requests.replaceRecords).toBe(1), { interval: 1, timeout: 20_000 })
    over.abort(new Error('enough'))
    await expect(removing).rejects.toThrow('enough')
    await expect(two.tryToClaim()).rejects.toMatchObject({ code: 'LEASE_HELD' })

    const cleaningUp = one.remove('old')
    arrive()
    await cleaningUp
    await two.tryToClaim()
    expect(values()).toEqual([THEIRS])
  })

  test('keeps others out when the provider did not answer, and goes on itself; a refusal keeps nobody out', async () => {
    const one = await startProcess('one')
    const two = await startProcess('two')
    const before = clock.now()
    for (const code of ['PROVIDER_UNREACHABLE', 'PROVIDER_FAULTY'] as const) {
      const failed = new DomainctlError(code, 'no answer', { hint: 'Wait.' })
      await expect(holdingRRset(one.services, at(), ALWAYS, () => Promise.reject(failed))).rejects.toBe(failed)
      await expect(two.tryToClaim()).rejects.toMatchObject({ code: 'LEASE_HELD' })
      await one.add(code)
      await two.tryToClaim()
    }
    expect(clock.now()).toEqual(before)
    const refused = new DomainctlError('PROVIDER_REFUSED', 'no', { hint: 'Nothing.' })
    await expect(holdingRRset(one.services, at(), ALWAYS, () => Promise.reject(refused))).rejects.toBe(refused)
    await two.tryToClaim()
  })

  test('is not kept out by what it left itself, when the state fails for a moment', async () => {
    const { services, store } = await startProcess('one')
    const unanswered = new DomainctlError('PROVIDER_UNREACHABLE', 'no answer', { hint: 'Wait.' })
    await expect(holdingRRset(services, at(), ALWAYS, () => Promise.reject(unanswered))).rejects.toBe(unanswered)
    await store.close()
    const failing = holdingRRset(services, at(), ALWAYS, async () => 'done')
    await expect(failing).rejects.toMatchObject({ message: expect.not.stringContaining('no answer') })
    const before = clock.now()
    const mended = { ...services, store: (await startProcess('one')).store }
    expect(await holdingRRset(mended, at(), ALWAYS, async () => 'done')).toBe('done')
    expect(clock.now()).toEqual(before)
    expect(services.rrsetChanges.left.size).toBe(0)
  })

  test('forgets what it left at names that are never used again', async () => {
    const { services } = await startProcess('one')
    const unanswered = new DomainctlError('PROVIDER_UNREACHABLE', 'no answer', { hint: 'Wait.' })
    const leave = (name: string) =>
      expect(holdingRRset(services, at(name), ALWAYS, () => Promise.reject(unanswered))).rejects.toBe(unanswered)
    for (const name of ['a', 'b', 'c']) await leave(`${name}.${APEX}`)
    expect(services.rrsetChanges.left.size).toBe(3)
    await clock.sleep(60_000)
    await leave(`d.${APEX}`)
    expect([...services.rrsetChanges.left.keys()]).toEqual([`rrset:${APEX}:d.${APEX}:TXT`])
  })
})
