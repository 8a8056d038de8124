import { expect, it } from 'vitest'
import type { CaBudget } from '../contracts/standing.ts'
import { countedText } from '../domain/budget-text.ts'
import { countMetrics } from './metrics.ts'

const NOW = new Date('2026-11-22T10:00:00Z')
const budget = (kind: CaBudget['kind'], subject: string, left: number): CaBudget => ({
  ca: 'https://ca.test/directory',
  kind,
  subject,
  counted: countedText({ kind, subject }),
  left,
  count: 5,
  windowMs: 1000,
  nextAt: NOW,
})

it('has no series twice, which would have all of it refused: what is told by the same words is told once, by what is left at least', () => {
  const budgets = [
    budget('duplicates', 'a.test,b.test', 4),
    budget('duplicates', 'a.test,c.test', 1),
    budget('duplicates', 'a.test', 3),
    budget('failures', 'account-1 a.test', 0),
    budget('failures', 'account-2 a.test', 2),
  ]
  const overview = { statuses: [], due: 0, expiring: [] }
  const text = countMetrics(NOW).text({ now: NOW, overview, budgets, running: 0, lastTickAt: NOW })
  const series = text.split('\n').flatMap((line) => (line === '' || line.startsWith('#') ? [] : [line.replace(/ \S+$/, '')]))
  expect(new Set(series).size).toBe(series.length)
  expect(text.match(/^domainctl_ca_budget_left.*/gm)?.map((line) => line.replace(/.*subject=/, ''))).toEqual([
    '"certificates for exactly a.test and 1 more"} 1',
    '"certificates for exactly a.test"} 3',
    '"failed validations of a.test"} 0',
  ])
})
