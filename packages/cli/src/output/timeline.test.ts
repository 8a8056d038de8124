import { AUDIT_EVENTS, type AuditLine } from '@domainctl/core'
import { expect, it } from 'vitest'
import { widthOf } from './text.ts'
import { eventMark, timeline } from './timeline.ts'

const plain = (_: unknown, text: string) => text
const line = (seq: number, at: string, event: string, message: string): AuditLine => ({
  seq,
  // Without a zone: times are shown as local ones.
  at: new Date(at),
  tenant: 'default',
  domainId: 'id',
  domain: 'shop.example.com',
  who: 'cli:ann',
  event,
  message,
})

const LINES = [
  line(1, '2026-11-20T09:15:02', 'domain.added', 'added with the provider rfc2136'),
  line(2, '2026-11-20T09:15:09', 'order.planned', 'an order for 2 names'),
  line(
    3,
    '2026-11-20T09:17:40',
    'order.failed',
    'The CA has refused it: too many certificates were issued for this name of late.',
  ),
  line(4, '2026-11-22T00:00:01', 'certificate.stored', 'good until 2027-02-20'),
]

it('groups by day, with the time between, at 200 columns', () => {
  expect(timeline(LINES, plain, { columns: 200 }).join('\n')).toMatchInlineSnapshot(`
    "2026-11-20 Friday
      09:15:02          •  domain.added        cli:ann  added with the provider rfc2136
      09:15:09  +7 s    …  order.planned       cli:ann  an order for 2 names
      09:17:40  +3 min  ✖  order.failed        cli:ann  The CA has refused it: too many certificates were issued for this name of late.

    2026-11-22 Sunday, 2 days later
      00:00:01  +2 d    ✔  certificate.stored  cli:ann  good until 2027-02-20"
  `)
})

it('folds what is said at 80 columns, below what has no room', () => {
  const lines = timeline(LINES, plain, { columns: 80 })
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "2026-11-20 Friday
      09:15:02          •  domain.added        cli:ann
                           added with the provider rfc2136
      09:15:09  +7 s    …  order.planned       cli:ann
                           an order for 2 names
      09:17:40  +3 min  ✖  order.failed        cli:ann
                           The CA has refused it: too many certificates were issued
                           for this name of late.

    2026-11-22 Sunday, 2 days later
      00:00:01  +2 d    ✔  certificate.stored  cli:ann
                           good until 2027-02-20"
  `)
  const all = timeline(LINES, plain, { columns: 80, isOfAll: true })
  expect(all.join('\n')).toMatchInlineSnapshot(`
    "2026-11-20 Friday
      1  09:15:02          •  domain.added        shop.example.com  cli:ann
                              added with the provider rfc2136
      2  09:15:09  +7 s    …  order.planned       shop.example.com  cli:ann
                              an order for 2 names
      3  09:17:40  +3 min  ✖  order.failed        shop.example.com  cli:ann
                              The CA has refused it: too many certificates were
                              issued for this name of late.

    2026-11-22 Sunday, 2 days later
      4  00:00:01  +2 d    ✔  certificate.stored  shop.example.com  cli:ann
                              good until 2027-02-20"
  `)
  expect(Math.max(...[...lines, ...all].map(widthOf))).toBeLessThanOrEqual(80)
})

it('has nothing in time before what came before by another clock', () => {
  const [first, second] = LINES
  if (!first || !second) throw new Error('no lines')
  expect(timeline([second, first], plain).join('\n')).not.toContain('+')
})

it('knows each event that it marks', () => {
  const marks = Object.keys(AUDIT_EVENTS).map(eventMark)
  expect(new Set(marks)).toEqual(new Set(['ok', 'warn', 'fail', 'wait', 'changed']))
  expect(eventMark('of.a_later_version')).toBe('changed')
})

it('shows three lines of a long message, and all of it where that is asked for', () => {
  const words = Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ')
  const long = line(1, '2026-11-20T09:15:02', 'domain.not_ready', words)
  const shown = timeline([long], plain, { columns: 80 })
  expect(shown).toHaveLength(4)
  expect(shown.at(-1)).toMatch(/…$/)
  expect(timeline([long], plain, { columns: 80, whole: true }).join('\n')).toContain('word59')
  expect(timeline([long], plain, { columns: 40 }).every((line) => line.length <= 40)).toBe(true)
})
