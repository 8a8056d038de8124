import { expect } from 'vitest'
import type { HealthOutcome } from '../../domain/health/observation.ts'
import type { Domain } from '../../domain/model.ts'
import { addWatched, check } from './health-check.ts'
import { MINUTE, type StoreTest } from './store-test.ts'

const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What checks have found, for thirty days. */
export function checkHealthHistory(t: StoreTest): void {
  const { describe, it } = t.runner
  describe('the history of health', () => {
    const EVER = new Date(0)
    /** Checks as far apart as they would be. */
    async function see(domain: Domain, outcomes: readonly HealthOutcome[], { after = 30_000, ms = 100 } = {}): Promise<void> {
      for (const outcome of outcomes) {
        await check(t, domain, {
          outcome,
          ms,
          ...(outcome === 'broken' && { layer: 'http', code: 'STATUS', address: '192.0.2.1' }),
        })
        t.clock.advance(after)
      }
    }
    const statesOf = async ({ id }: Domain, from = EVER) =>
      (await t.store.healthSpans(id, from)).map(({ state, checks }) => [state, checks])

    it('has one span for checks that found the same, with what they took', async () => {
      const domain = await addWatched(t)
      const first = t.clock.now()
      await see(domain, ['ok'], { after: 15 * MINUTE, ms: 50 })
      await see(domain, ['ok', 'ok'], { after: 15 * MINUTE, ms: 200 })
      expect(await t.store.healthSpans(domain.id, EVER)).toEqual([
        {
          state: 'ok',
          beganAt: first,
          endedAt: new Date(first.getTime() + 30 * MINUTE),
          checks: 3,
          ms: { mean: 150, most: 200 },
        },
      ])
    })

    it('counts an outage from its first failure, and a failure that was refuted as none', async () => {
      const domain = await addWatched(t)
      await see(domain, ['ok', 'broken', 'ok', 'broken', 'broken', 'inconclusive', 'broken', 'broken', 'ok', 'ok'])
      expect(await t.store.healthSpans(domain.id, EVER)).toMatchObject([
        { state: 'ok' },
        { state: 'failing', layer: 'http', code: 'STATUS', address: '192.0.2.1' },
        { state: 'ok' },
        { state: 'broken', checks: 2, code: 'STATUS' },
        { state: 'unknown' },
        { state: 'broken', checks: 3 },
        { state: 'ok', checks: 1 },
      ])
    })

    it('goes on with the span in which an outage was made sure of', async () => {
      const domain = await addWatched(t)
      await see(domain, ['broken', 'broken', 'broken', 'broken'])
      expect(await statesOf(domain)).toEqual([['broken', 4]])
    })

    it('begins another span each day, and after a time in which nobody looked', async () => {
      const domain = await addWatched(t)
      t.clock.advance(DAY - (t.clock.now().getTime() % DAY) - HOUR)
      await see(domain, new Array(6).fill('ok'), { after: 15 * MINUTE })
      t.clock.advance(HOUR)
      await see(domain, ['ok'])
      expect(await statesOf(domain)).toEqual([
        ['ok', 4],
        ['ok', 2],
        ['ok', 1],
      ])
    })

    it('is read from a time on, with the span that reaches into it, and of one domain alone', async () => {
      const [domain, other] = [await addWatched(t), await addWatched(t, { name: 'other.example' })]
      await see(other, ['broken'])
      await see(domain, ['ok', 'broken', 'ok'], { after: 29 * MINUTE })
      const from = new Date(t.clock.now().getTime() - 80 * MINUTE)
      expect(await statesOf(domain, from)).toEqual([
        ['ok', 1],
        ['failing', 1],
        ['ok', 1],
      ])
      t.clock.advance(2 * HOUR)
      expect(await statesOf(domain, t.clock.now())).toEqual([])
    })

    it('is forgotten in pieces, the oldest first', async () => {
      const domains = [await addWatched(t), await addWatched(t, { name: 'other.example' })]
      for (let day = 0; day < 3; day++) {
        for (const domain of domains) await see(domain, ['ok'])
        t.clock.advance(DAY)
      }
      const before = new Date(t.clock.now().getTime() - 1.5 * DAY)
      expect(await t.store.forgetHealth(before, 3)).toBe(3)
      expect(await t.store.forgetHealth(before, 3)).toBe(1)
      expect(await t.store.forgetHealth(before, 3)).toBe(0)
      for (const domain of domains) expect(await statesOf(domain)).toEqual([['ok', 1]])
      // The last check may be of a span that is forgotten: the next one begins anew.
      await t.store.forgetHealth(t.clock.now(), 10)
      for (const domain of domains) {
        await see(domain, ['ok'])
        expect(await statesOf(domain)).toEqual([['ok', 1]])
      }
    })

    it('follows a domain that is added again', async () => {
      const domain = await addWatched(t)
      await see(domain, ['ok'])
      await t.store.commit(await t.leaseOn(domain), { domain: { ...domain, status: 'deleted' } }, { release: true })
      const next = await t.add({ id: 'another id' })
      expect(await t.store.healthOf([domain.id])).toEqual([])
      expect(await t.store.healthSpans(next.id, EVER)).toEqual([])
      expect(await t.store.healthOf([next.id])).toMatchObject([{ domainId: next.id }])
    })
  })
}
