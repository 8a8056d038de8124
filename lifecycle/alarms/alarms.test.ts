import { expect, test } from 'vitest'
import { CHECK_INTERVAL, type Damping, damp } from '../../packages/core/src/domain/health/damping.ts'
import { withNews } from '../../packages/core/src/domain/health/incidents.ts'
import { brokenPromises, MONTH, type Policy, simulateAlarms } from './alarms.ts'

// Three days of it, with as many outages; `npm run bench -- alarms` is the month.

const SMALL = { ...MONTH, days: 3 }

/** Each takes away one thing that the damping does. */
const MUTANTS: Record<string, { policy: Policy; breaks: string }> = {
  'alarms at the second failure': {
    breaks: 'one false alarm in a million checks',
    policy: (before, seen, o) => {
      const once = damp(before, seen, o)
      if (once.damping.is !== 'failing' || once.damping.failures !== 2) return once
      return damp(once.damping, { ...seen, at: new Date(seen.at.getTime() + 30_000) }, o)
    },
  },
  'takes what learnt nothing for a failure': {
    breaks: 'one false alarm in a million checks',
    policy: (before, seen, o) => damp(before, { ...seen, outcome: seen.outcome === 'ok' ? 'ok' : 'broken' }, o),
  },
  'checks again at the next regular check': {
    breaks: 'told within five minutes',
    policy: (before, seen, o) => ({ ...damp(before, seen, o), nextCheckAt: new Date(seen.at.getTime() + CHECK_INTERVAL) }),
  },
  'forgets what it has told': {
    breaks: 'each end told once',
    policy: (before, seen, o) => {
      const damped = damp(before, seen, o)
      const { told: _, ...rest } = damped.damping
      const damping: Damping = { ...rest, told: 'ok', outages: [] }
      return { ...damped, damping }
    },
  },
  'never hears of an end': {
    breaks: 'each end told once',
    policy: (before, seen, o) => {
      const { news, ...damped } = damp(before, seen, o)
      return news === undefined || news === 'recovery' ? damped : { ...damped, news }
    },
  },
  'alarms at the fifth failure': {
    breaks: 'told within five minutes',
    policy: (before, seen, o) => {
      const damped = damp(before, seen, o)
      const { news, damping } = damped
      if (news !== 'outage' || damping.failures < 3) return damped
      // Two checks more, as far apart as the regular ones.
      const { news: _, ...rest } = damped
      return { ...rest, damping: { ...damping, told: 'ok', failures: damping.failures - 1, is: 'failing' } }
    },
  },
}

test('every outage is told in time and once, and nothing else is', { timeout: 60_000 }, () => {
  const verdict = simulateAlarms(SMALL)
  expect(brokenPromises(verdict)).toEqual([])
  expect(verdict.checks).toBeGreaterThan(280_000)
  expect(verdict.due).toBeGreaterThan(200)
  expect(verdict.slowest).toBeLessThan(110)
  expect(verdict.falseAlarms).toBe(0)
  // A beginning, an end and a reminder each; of those with 25 names also that they are more than ten.
  expect(verdict.notices).toBeLessThanOrEqual(20 * 3 + 10)
})

test.each(Object.entries(MUTANTS))('a damping that %s is found out', { timeout: 60_000 }, (_, { policy, breaks }) => {
  expect(brokenPromises(simulateAlarms(SMALL, policy))).toContain(breaks)
})

test('incidents that take in no other domain are found out', { timeout: 60_000 }, () => {
  const verdict = simulateAlarms(SMALL, damp, (incident, news, member) =>
    withNews(news === 'outage' ? null : incident, news, member),
  )
  expect(brokenPromises(verdict)).toContain('none told twice')
})
