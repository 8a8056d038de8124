import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lease, Store } from '../contracts/store.ts'
import { systemRandom } from '../runtime/random.ts'
import { SAMPLE_TIME, sampleDomain } from '../testing/model-samples.ts'
import { openSqliteStore } from './open.ts'

const HOURS = 3_600_000
const TTL = 60_000
const ID = sampleDomain().id

/** Leases on a file go by the clock of its machine, and that may be set while they are held. */
describe('a clock that jumps', () => {
  let folder: string
  let now: number
  let store: Store
  beforeEach(async () => {
    now = SAMPLE_TIME.getTime()
    const sleep = async (ms: number) => {
      now += ms
    }
    const clock = { now: () => new Date(now), sleep, every: () => () => undefined }
    folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
    store = await openSqliteStore(join(folder, 'state.db'), { clock, random: systemRandom() })
    await store.addDomain(sampleDomain(), [])
  })
  afterEach(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })

  async function claim(owner: string, isGone: (owner: string) => boolean = () => false): Promise<Lease> {
    const claimed = await store.claim(ID, { owner, ttlMs: TTL, isGone })
    if (!claimed) throw new Error('it was just added')
    return claimed.lease
  }

  it.each([
    ['forward', 5 * HOURS],
    ['back', -5 * HOURS],
  ])('%s leaves the lease with its holder, whose heartbeat sets it right', async (_, jump) => {
    const lease = await claim('one')
    now += jump
    await store.heartbeat(lease, TTL)
    now += TTL - 1
    await expect(claim('two')).rejects.toMatchObject({ code: 'LEASE_HELD' })
    await store.commit(lease, { domain: sampleDomain({ attempts: 1 }) })
    now += 1
    await claim('two')
  })

  it('forward may give the domain to another one, and then the first writes nothing any more', async () => {
    const lease = await claim('one')
    now += 5 * HOURS
    const taken = await claim('two')
    expect(taken.fence).toBeGreaterThan(lease.fence)
    await expect(store.commit(lease, { domain: sampleDomain({ attempts: 7 }) })).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await expect(store.heartbeat(lease, TTL)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await expect(store.release(lease)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect((await store.getDomain('default', 'example.com'))?.attempts).toBe(0)
    now -= 5 * HOURS
    await store.commit(taken, { domain: sampleDomain({ attempts: 1 }) }, { release: true })
  })

  it('back does not keep a domain for a process that has ended', async () => {
    await claim('one')
    now -= 5 * HOURS
    await expect(claim('two')).rejects.toMatchObject({ code: 'LEASE_HELD' })
    expect((await claim('two', (owner) => owner === 'one')).owner).toBe('two')
  })

  it('back and forth gives no two the same domain', async () => {
    let fence = 0
    const jumps = [3, -7, 1, -1, 12, -12, 5, -5].map((hours) => hours * HOURS)
    for (const [n, jump] of jumps.entries()) {
      now += jump
      const lease = await claim(String(n), () => true)
      expect(lease.fence).toBeGreaterThan(fence)
      fence = lease.fence
      await store.commit(lease, { domain: sampleDomain({ attempts: n }) })
    }
    expect((await store.getDomain('default', 'example.com'))?.attempts).toBe(jumps.length - 1)
  })

  it('does the same with leases on keys', async () => {
    const first = await store.claimKey('zone', { id: 'a', owner: 'one', ttlMs: TTL, isGone: () => false })
    now -= 5 * HOURS
    const second = { id: 'b', owner: 'two', ttlMs: TTL, isGone: () => false }
    await expect(store.claimKey('zone', second)).rejects.toMatchObject({ code: 'LEASE_HELD' })
    await store.releaseKey(first)
    await store.claimKey('zone', second)
    now += 12 * HOURS
    await store.claimKey('zone', { id: 'c', owner: 'three', ttlMs: TTL, isGone: () => false })
  })
})
