import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { auditLine, boundedDetails } from './audit-line.ts'

const of = { at: new Date(0), tenant: 'default', domainId: 'd', who: 'cli:me' }

describe('a line of the audit', () => {
  it('is what was said, where nothing speaks against it', () => {
    expect(auditLine(of, 'order.created', 'https://ca.example/1', { names: ['a.example'], ca: 'https://ca.example' })).toEqual({
      ...of,
      event: 'order.created',
      message: 'https://ca.example/1',
      details: { names: ['a.example'], ca: 'https://ca.example' },
    })
    expect(auditLine(of, 'order.failed', 'no', {})).not.toHaveProperty('details')
  })

  it('shows what others sent to move the cursor, to turn the text around, or to end it early', () => {
    const { message, who } = auditLine({ ...of, who: 'cli:\u001b[2J' }, 'order.failed', 'a\nb\u0000c\u202ed\ud800')
    expect({ message, who }).toEqual({ message: 'a\\u{a}b\\u{0}c\\u{202e}d\\u{d800}', who: 'cli:\\u{1b}[2J' })
  })

  it('is bounded, and is text that every engine keeps, whatever is told', () => {
    const value = fc.anything({ maxDepth: 3, withNullPrototype: false })
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 5_000 }),
        fc.dictionary(fc.string(), fc.oneof(value, fc.array(fc.string({ minLength: 200, maxLength: 900 }), { maxLength: 90 }))),
        (message, details) => {
          const line = auditLine(of, 'order.failed', message)
          expect(line.message.length).toBeLessThanOrEqual(2_000)
          expect(line.message).not.toMatch(/\p{C}/u)
          const jsonSafe = JSON.parse(JSON.stringify(details, (_, one) => (typeof one === 'bigint' ? String(one) : one)))
          const kept = boundedDetails(jsonSafe)
          if (JSON.stringify(jsonSafe).length <= 32_768) expect(kept).toEqual(jsonSafe)
          else expect(kept).toMatchObject({ shortened: true })
          if (Object.keys(jsonSafe).length < 40) expect(JSON.stringify(kept).length).toBeLessThanOrEqual(32_768)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('keeps a hundred names of the greatest length, and cuts what is larger', () => {
    const names = Array.from({ length: 100 }, (_, i) => `${i}`.padStart(253, 'a'))
    expect(boundedDetails({ names })).toEqual({ names })
    const cut = boundedDetails({ name: 'a.example', previous: [{ values: Array.from({ length: 500 }, () => 'x'.repeat(500)) }] })
    expect(cut).toMatchObject({ name: 'a.example', shortened: true, previous: [{ values: expect.any(Array) }] })
    const deep = [...Array(20)].map(() => [...Array(20)].map(() => 'y'.repeat(400)))
    expect(boundedDetails({ name: 'a.example', deep })).toEqual({ name: 'a.example', shortened: true })
  })
})
