import { expect, it } from 'vitest'
import { isInMaintenance } from './maintenance.ts'

const from = new Date('2026-01-01T00:00:00Z')
const to = new Date('2026-01-01T02:00:00Z')
const shop = { name: 'shop.example', labels: { customer: 'acme', tier: 'gold' } }

it.each([
  ['of all', {}, true],
  ['of its name', { names: ['other.example', 'shop.example'] }, true],
  ['of another name', { names: ['other.example'] }, false],
  ['of its labels', { labels: { customer: 'acme', tier: 'gold' } }, true],
  ['of a label with another value', { labels: { customer: 'acme', tier: 'silver' } }, false],
  ['of a label that every object has', { labels: { constructor: 'x' } }, false],
  ['of its name and a label of others', { names: ['shop.example'], labels: { customer: 'b' } }, false],
])('a window %s', (_, window, is) => {
  expect(isInMaintenance([{ from, to, ...window }], shop, from)).toBe(is)
})

it('ends before its end', () => {
  const at = (ms: number) => isInMaintenance([{ from, to }], shop, new Date(ms))
  expect([at(from.getTime() - 1), at(from.getTime()), at(to.getTime() - 1), at(to.getTime())]).toEqual([false, true, true, false])
})
