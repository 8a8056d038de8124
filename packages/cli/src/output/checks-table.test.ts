import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkLine, checksTable } from './checks-table.ts'
import { chained, doubled, elsewhere, healthyZone, littered, missing, old } from './examination.test.support.ts'
import { widthOf } from './text.ts'

const plain = (_: string, text: string) => text
const checks = [healthyZone, doubled, elsewhere, old, chained]

describe('checksTable', () => {
  it('has a row for each check, lined up', () => {
    expect(checksTable(checks, plain, 200)).toEqual([
      '   CHECK      RECORD                           SEEN                        RESULT',
      '✔  zone       NS example.com                   ns1.example.com and 1 more  ok',
      '✖  ownership  TXT _domainctl.shop.example.com  nothing there               RECORD_ZONE_DOUBLED',
      '✖  routing    CNAME shop.example.com           old-shop.netlify.app        ROUTING_ELSEWHERE',
      '!  routing    CNAME shop.example.com           old-shop.netlify.app        CACHE_OLD',
      '✔  routing    CNAME www.example.com            shop.example.com            ROUTING_CHAINED',
    ])
  })

  it('folds into two lines where it is wider than the terminal; of what is right one is enough', () => {
    expect(checksTable(checks, plain, 80)).toEqual([
      '✔ zone        NS example.com',
      '✖ ownership   TXT _domainctl.shop.example.com',
      '              RECORD_ZONE_DOUBLED  nothing there',
      '✖ routing     CNAME shop.example.com',
      '              ROUTING_ELSEWHERE  old-shop.netlify.app',
      '! routing     CNAME shop.example.com',
      '              CACHE_OLD  old-shop.netlify.app',
      '✔ routing     CNAME www.example.com',
      '              ROUTING_CHAINED  shop.example.com',
    ])
  })

  it('is nothing without checks', () => expect(checksTable([], plain)).toEqual([]))

  it('lines up as well in colour', () => {
    const colours = (_: string, text: string) => `\u001b[31m${text}\u001b[39m`
    const widths = (paint: typeof plain) => checksTable(checks, paint, 200).map(widthOf)
    expect(widths(colours)).toEqual(widths(plain))
  })

  it('stays in its columns whatever a server says', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constant('אבג‮‏\u001b[2J\n'),
      fc.constant('字'.repeat(9000)),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), fc.constantFrom(60, 80, 200), (values, columns) => {
        const seen = [{ server: 'ns1', rcode: 'NOERROR', values, ttl: 300 }]
        const lines = checksTable([healthyZone, { ...elsewhere, seen }, { ...littered, seen }], plain, columns)
        expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns)
        expect(lines.join('')).not.toMatch(/[\p{C}\p{M}\p{Zl}\p{Zp}\u0590-\u08ff]/u)
        expect(lines.filter((line) => /^[✔✖!] /u.test(line))).toHaveLength(3)
      }),
    )
  })
})

it('checkLine is one line for a check', () => {
  expect([healthyZone, missing].map((check) => checkLine(check, plain))).toEqual([
    '✔ zone NS example.com',
    '✖ ownership TXT _domainctl.shop.example.com: RECORD_MISSING',
  ])
})
