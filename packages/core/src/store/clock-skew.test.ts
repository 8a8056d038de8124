import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Clock } from '../contracts/runtime.ts'
import type { Store } from '../contracts/store.ts'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { openSqliteStore } from './open.ts'
import { openPostgresStore } from './open-postgres.ts'
import { type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'

const KEY = '0f'.repeat(32)
const MINUTE = 60_000
const random = systemRandom()
const missing = postgresMissing('18')

/** A clock that can be put wrong. */
function wrongClock(offMs = 0): Clock & { offMs: number } {
  const clock = systemClock()
  return {
    ...clock,
    offMs,
    now() {
      return new Date(clock.now().getTime() + this.offMs)
    },
  }
}

describe('leases where clocks are wrong', () => {
  const closing: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  const claim = (owner: string, ttlMs = MINUTE, isGone = (_: string) => false) => ({ owner, ttlMs, isGone })
  async function keep(opening: Promise<Store>): Promise<Store> {
    const store = await opening
    closing.push(() => store.close())
    return store
  }

  describe.skipIf(missing !== null)('on PostgreSQL, whose own clock counts', () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await startPostgres('18')
    }, 60_000)
    afterAll(() => server[Symbol.asyncDispose]())

    /** Three machines: one ten minutes ahead, one ten minutes behind, one that is right. */
    async function machines() {
      const url = await server.createDatabase()
      const at = (offMs: number) => keep(openPostgresStore(url, { key: KEY, clock: wrongClock(offMs), random }))
      return { ahead: await at(10 * MINUTE), behind: await at(-10 * MINUTE), right: await at(0) }
    }

    it('are neither taken early nor held longer, and say the same end to all', async () => {
      const all = await machines()
      const domain = sampleDomain()
      await all.right.addDomain(domain, [])
      for (const [holder, ...others] of [
        [all.behind, all.ahead, all.right],
        [all.ahead, all.behind, all.right],
      ] as const) {
        const held = await holder.claim(domain.id, claim('holder'))
        if (!held) throw new Error('it is not there')
        for (const other of others) {
          await expect(other.claim(domain.id, claim('other'))).rejects.toMatchObject({
            code: 'LEASE_HELD',
            retryAt: held.lease.until,
          })
          expect(await other.claimDue(new Date(8.64e15), 10, claim('other'))).toEqual([])
        }
        const until = held.lease.until.getTime() - Date.now()
        expect(until).toBeGreaterThan(0)
        expect(until).toBeLessThanOrEqual(MINUTE + 1_000)
        await holder.release(held.lease)
      }
    })

    it('are lost to the next holder when their time is over, whatever the clock of the old one says', async () => {
      const { ahead, behind, right } = await machines()
      const domain = sampleDomain({ nextActionAt: new Date(0) })
      await right.addDomain(domain, [])
      for (const [old, next] of [
        [behind, ahead],
        [ahead, behind],
      ] as const) {
        const lost = await old.claim(domain.id, claim('old', 0))
        const [taken] = await next.claimDue(new Date(), 1, claim('next'))
        if (!lost || !taken) throw new Error('it was not had')
        expect(taken.lease.fence).toBeGreaterThan(lost.lease.fence)
        for (const late of [
          () => old.commit(lost.lease, { domain, events: [sampleEvent('too.late')] }),
          () => old.heartbeat(lost.lease, 60 * MINUTE),
          () => old.release(lost.lease),
        ])
          await expect(late()).rejects.toMatchObject({ code: 'LEASE_LOST' })
        await next.commit(taken.lease, { domain }, { release: true })
      }
      expect(await right.history({ limit: 10 })).toEqual([])
    })

    it('on keys go by it as well', async () => {
      const { ahead, behind } = await machines()
      const lease = await behind.claimKey('rrset:x', { id: 'first', ...claim('behind') })
      await expect(ahead.claimKey('rrset:x', { id: 'second', ...claim('ahead') })).rejects.toMatchObject({ code: 'LEASE_HELD' })
      await behind.releaseKey(lease)
      await ahead.claimKey('rrset:x', { id: 'third', ...claim('ahead') })
    })

    it('are had for what is due by the clock of the one who asks: early or late by as much as that is wrong', async () => {
      const { ahead, behind, right } = await machines()
      const now = Date.now()
      await right.addDomain(sampleDomain({ name: 'now.example', nextActionAt: new Date(now) }), [])
      await right.addDomain(sampleDomain({ name: 'soon.example', nextActionAt: new Date(now + 9 * MINUTE) }), [])
      const due = async (store: Store, at: number) => {
        const claims = await store.claimDue(new Date(at), 10, claim('me'))
        for (const { lease } of claims) await store.release(lease)
        return claims.map(({ domain }) => domain.name)
      }
      expect(await due(behind, now - 10 * MINUTE)).toEqual([])
      expect(await due(right, now)).toEqual(['now.example'])
      expect(await due(ahead, now + 10 * MINUTE)).toEqual(['now.example', 'soon.example'])
    })
  })

  describe('on SQLite, where all processes have the clock of their machine', () => {
    async function machine() {
      const folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
      closing.push(() => rm(folder, { recursive: true }))
      const clock = wrongClock()
      const open = () => keep(openSqliteStore(join(folder, 'state.db'), { key: KEY, clock, random }))
      return { clock, one: await open(), other: await open() }
    }

    it('are lost when it jumps forward, and the old holder writes nothing more', async () => {
      const { clock, one, other } = await machine()
      const domain = sampleDomain()
      await one.addDomain(domain, [])
      const lost = await one.claim(domain.id, claim('one'))
      clock.offMs = 10 * MINUTE
      const taken = await other.claim(domain.id, claim('other'))
      if (!lost || !taken) throw new Error('it is not there')
      await expect(one.commit(lost.lease, { events: [sampleEvent('too.late')] })).rejects.toMatchObject({ code: 'LEASE_LOST' })
      await expect(one.heartbeat(lost.lease, MINUTE)).rejects.toMatchObject({ code: 'LEASE_LOST' })
      await other.commit(taken.lease, { domain }, { release: true })
    })

    it('last longer by the jump when it goes back, unless their holder is gone or goes on', async () => {
      const { clock, one, other } = await machine()
      const domain = sampleDomain({ nextActionAt: new Date(0) })
      await one.addDomain(domain, [])
      clock.offMs = 10 * MINUTE
      const held = await one.claim(domain.id, claim('one'))
      if (!held) throw new Error('it is not there')
      clock.offMs = 0
      await expect(other.claim(domain.id, claim('other'))).rejects.toMatchObject({ code: 'LEASE_HELD' })
      // The next heartbeat puts it right.
      await one.heartbeat(held.lease, MINUTE)
      expect(held.lease.until.getTime()).toBeLessThanOrEqual(clock.now().getTime() + MINUTE)
      clock.offMs = -10 * MINUTE
      const [taken] = await other.claimDue(
        clock.now(),
        1,
        claim('other', MINUTE, (owner) => owner === 'one'),
      )
      if (!taken) throw new Error('it was not had')
      await expect(one.commit(held.lease, {})).rejects.toMatchObject({ code: 'LEASE_LOST' })
    })
  })
})
