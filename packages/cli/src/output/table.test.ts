import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { elided } from './elide.ts'
import { table } from './table.ts'
import { widthOf } from './text.ts'

describe('elided', () => {
  it.each([
    ['shop.of-a-customer.example.com', 15, 'middle', 'shop.of…ple.com'],
    ['shop.of-a-customer.example.com', 15, 'end', 'shop.of-a-cust…'],
    ['short.example', 13, 'middle', 'short.example'],
    ['日本語日本語.example', 12, 'middle', '日本語…ample'],
    ['bu\u0308cher-und-mehr.example', 7, 'middle', 'bu\u0308c…ple'],
    ['\u001b[31mCA_RATE_LIMITED\u001b[39m', 8, 'end', '\u001b[31mCA_RATE…\u001b[39m'],
  ] as const)('%j in %i columns, cut in the %s', (text, most, where, shown) => expect(elided(text, most, where)).toBe(shown))

  it('never takes more columns than there are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 2, max: 40 }),
        fc.constantFrom('middle', 'end'),
        (text, most, where) => {
          const plain = text.replaceAll(/\p{Cc}/gu, '')
          expect(widthOf(elided(plain, most, where))).toBeLessThanOrEqual(most)
        },
      ),
    )
  })
})

describe('a table that fits', () => {
  const HEADING = ['NAME', 'PROVIDER', 'PROBLEM']
  const ROWS = [
    ['a-long-name.of-some-customer.example.com', 'cloudflare', 'CA_RATE_LIMITED_AND_MORE'],
    ['日本語.example', 'manual', ''],
  ]
  const fit = (columns?: number) =>
    table(HEADING, ROWS, { columns, leaveOut: ['PROVIDER'], shorten: { NAME: 'middle', PROBLEM: 'end' } })

  it('has everything where there is no limit', () => expect(fit()).toEqual(table(HEADING, ROWS)))

  it.each([200, 80, 50, 40, 30])('takes no more than %i columns', (columns) => {
    const lines = fit(columns)
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns)
  })

  it('shortens before it leaves out', () => {
    expect(fit(60).join('\n')).toMatchInlineSnapshot(`
      "NAME                      PROVIDER    PROBLEM
      a-long-name.…example.com  cloudflare  CA_RATE_LIMITED_AND_M…
      日本語.example            manual"
    `)
    expect(fit(30)[0]).not.toContain('PROVIDER')
  })

  it('shows no column that nothing stands in, but without a limit', () => {
    const rows = [['a.example', '-', '']]
    const o = { leaveOut: ['PROVIDER', 'PROBLEM'] }
    expect(table(HEADING, rows, { ...o, columns: 200 })[0]).toBe('NAME')
    expect(table(HEADING, rows, o)[0]).toBe('NAME       PROVIDER  PROBLEM')
  })
})
