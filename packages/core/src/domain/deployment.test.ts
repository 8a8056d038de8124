import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { begun, type Deployment, deployPause, failed, putOff, settled, wanted } from './deployment.ts'
import type { Failure } from './model.ts'

const START = Date.UTC(2026, 0, 1)
const PLACE = { tenant: 'default', domainId: 'd', target: 'web' }
const failure = (at: Date): Failure => ({ code: 'DEPLOY_FAILED', message: 'm', hint: 'h', actor: 'operator', at })
const generation = (n: number) => ({ id: `certificate-${n}`, fingerprint: String(n).padStart(64, '0') })

it('pauses longer and longer, and never for more than an hour', () => {
  expect([1, 2, 3, 4, 5, 6, 60].map((attempts) => deployPause(attempts) / 60_000)).toEqual([1, 2, 5, 15, 30, 60, 60])
})

it('waits as a target asks, but not less than usual and not for ever; what is refused for good is tried once a day', () => {
  const open = begun(wanted(undefined, generation(1), PLACE, new Date(START)), new Date(START))
  const minutes = (parts: Partial<Failure>) =>
    ((failed(open, { ...failure(new Date(START)), ...parts }, new Date(START)).nextAttemptAt?.getTime() ?? 0) - START) / 60_000
  const asks = (after: number) => ({ retryAt: new Date(START + after * 60_000) })
  expect([asks(10), asks(0.1), asks(-5), asks(10_000)].map(minutes)).toEqual([10, 1, 1, 60])
  expect([{ code: 'DEPLOY_REFUSED' }, { code: 'DEPLOY_REFUSED', ...asks(10) }].map(minutes)).toEqual([1440, 1440])
})

describe('a deployment', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('want' as const), n: fc.nat(4) }),
    fc.record({ kind: fc.constantFrom('succeed' as const, 'fail' as const, 'stop' as const) }),
  )

  it('whatever happens: is due until what is wanted is there, and knows to where it can go back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let now = START
        let row: Deployment = wanted(undefined, generation(0), PLACE, new Date(now))
        const there: string[] = []
        for (const one of steps) {
          now += 1
          const at = new Date(now)
          if (one.kind === 'want') row = wanted(row, generation(one.n), PLACE, at)
          else {
            const open = begun(row, at)
            expect(open.nextAttemptAt).toEqual(at)
            if (one.kind === 'fail') row = failed(open, failure(at), at)
            if (one.kind === 'stop') row = putOff(open, at)
            if (one.kind === 'succeed') {
              row = settled(open, { now: at, proven: true })
              if (there.at(-1) !== row.fingerprint) there.push(row.fingerprint)
            }
          }
          const isThere = row.live?.fingerprint === row.fingerprint
          expect(row.live?.fingerprint).toBe(there.at(-1))
          if (row.status === 'deployed') expect(isThere).toBe(true)
          expect(row.nextAttemptAt === undefined).toBe(row.status === 'deployed')
          if (row.status === 'deployed') expect(row).not.toHaveProperty('lastError')
          if (there.length > 1) expect(row.previous?.fingerprint).toBe(there.at(-2))
          expect(row.createdAt).toEqual(new Date(START))
        }
      }),
    )
  })

  it('that is wanted already stays what it is', () => {
    const row = wanted(undefined, generation(1), PLACE, new Date(START))
    expect(wanted(row, generation(1), PLACE, new Date(START + 1))).toBe(row)
  })
})

it('that was live is put there again when another one was begun since, which nobody has seen the end of', () => {
  const at = new Date(START)
  const first = settled(begun(wanted(undefined, generation(0), PLACE, at), at), { now: at, proven: true })
  const killed = begun(wanted(first, generation(1), PLACE, at), at)
  expect(wanted(killed, generation(0), PLACE, at)).toMatchObject({ status: 'pending', nextAttemptAt: at })
})

it('that has failed is one until something has been put there, whatever certificate comes next', () => {
  const at = new Date(START)
  const told = failed(wanted(undefined, generation(0), PLACE, at), failure(at), at)
  const next = wanted(told, generation(1), PLACE, at)
  expect(next).toMatchObject({ status: 'pending', attempts: 0, nextAttemptAt: at, lastError: { code: 'DEPLOY_FAILED' } })
  expect(settled(next, { now: at, proven: true })).not.toHaveProperty('lastError')
})
