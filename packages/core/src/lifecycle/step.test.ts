import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { openSqliteStore } from '../store/open.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { sampleDomain } from '../testing/model-samples.ts'
import { servicesOf } from './services.test.support.ts'
import type { Services } from './services.ts'
import { step } from './step.ts'

const NAME = 'example.com'

/** What a process has, whose state's clock is so many ms ahead: a little, since an answer takes its time. */
async function openServices(aheadMs = 5): Promise<Services> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-step-'))
  const [clock, random] = [loopbackClock(), systemRandom()]
  const ahead = { ...clock, now: () => new Date(clock.now().getTime() + aheadMs) }
  const store = await openSqliteStore(join(folder, 'state.db'), { clock: ahead, random })
  onTestFinished(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })
  await store.addDomain(sampleDomain({ name: NAME }), [])
  return servicesOf({ store, clock, random })
}

test('a step keeps its domain for as long as it takes', async () => {
  const services = await openServices()
  const other = { owner: 'other', ttlMs: 1, isGone: () => false }
  await step(services, NAME, {}, async ({ signal }) => {
    for (let minutes = 0; minutes < 5; minutes++) {
      await services.runtime.clock.sleep(60_000, signal)
      await expect(services.store.claim({ tenant: 'default', name: NAME }, other)).rejects.toMatchObject({ code: 'LEASE_HELD' })
    }
  })
  expect(await services.store.claim({ tenant: 'default', name: NAME }, other)).not.toBeNull()
})

test('a step whose state is gone ends before its lease does', async () => {
  const { store, runtime, ...services } = await openServices()
  const since = runtime.clock.now().getTime()
  const hanging = step({ store, runtime, ...services }, NAME, {}, async ({ signal }) => {
    await store.close()
    await runtime.clock.sleep(3_600_000, signal)
  })
  await expect(hanging).rejects.toMatchObject({ code: 'LEASE_LOST' })
  // A lease lasts for 60 s; the requests that are on their way need some of that to end.
  expect(runtime.clock.now().getTime() - since).toBeLessThanOrEqual(45_000)
})

test.each([10, -10])('a step keeps its domain though the clock of the state is %i minutes off', async (minutes) => {
  const services = await openServices(minutes * 60_000)
  const other = { owner: 'other', ttlMs: 1, isGone: () => false }
  await step(services, NAME, {}, async ({ signal }) => {
    await services.runtime.clock.sleep(300_000, signal)
    await expect(services.store.claim({ tenant: 'default', name: NAME }, other)).rejects.toMatchObject({ code: 'LEASE_HELD' })
  })
})

test.each([10, -10])(
  'a step whose state is gone ends before its lease does though its clock is %i minutes off',
  async (minutes) => {
    const { store, runtime, ...services } = await openServices(minutes * 60_000)
    const since = runtime.clock.now().getTime()
    const hanging = step({ store, runtime, ...services }, NAME, {}, async ({ signal }) => {
      await store.close()
      await runtime.clock.sleep(3_600_000, signal)
    })
    await expect(hanging).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(runtime.clock.now().getTime() - since).toBeLessThanOrEqual(45_000)
  },
)

test('a step whose state is gone ends before its lease does though its clock is set back meanwhile', async () => {
  const { store, runtime, ...services } = await openServices()
  const { clock } = runtime
  let off = 0
  const setBack = { ...clock, now: () => new Date(clock.now().getTime() + off) }
  const since = clock.now().getTime()
  const hanging = step({ store, runtime: { ...runtime, clock: setBack }, ...services }, NAME, {}, async ({ signal }) => {
    await store.close()
    off = -3_600_000
    await clock.sleep(7_200_000, signal)
  })
  await expect(hanging).rejects.toMatchObject({ code: 'LEASE_LOST' })
  expect(clock.now().getTime() - since).toBeLessThanOrEqual(45_000)
})

test('a process that was stopped for longer than its lease asks nothing more of the outside', async () => {
  const { runtime, ...services } = await openServices()
  const { clock } = runtime
  // While it is stopped, time passes and none of its timers runs.
  let stoppedFor = 0
  const passing = { ...clock, now: () => new Date(clock.now().getTime() + stoppedFor) }
  await step({ runtime: { ...runtime, clock: passing }, ...services }, NAME, {}, async (current) => {
    expect([current.signal.aborted, current.held.aborted]).toEqual([false, false])
    stoppedFor = 70_000
    expect([current.signal.aborted, current.held.aborted]).toEqual([true, true])
    expect(current.signal.reason).toMatchObject({ code: 'LEASE_LOST' })
  })
})
