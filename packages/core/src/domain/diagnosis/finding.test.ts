import fc from 'fast-check'
import { expect, it } from 'vitest'
import { explained, reasonOf } from './finding.ts'

it('the steps are in the explanation, and can be taken out of it', () => {
  const text = explained('It is wrong.', ['Do this.', 'Then that.'], ' It takes a day.')
  expect(text).toEqual({ explanation: 'It is wrong. Do this. Then that. It takes a day.', advice: ['Do this.', 'Then that.'] })
  expect(reasonOf(text)).toBe('It is wrong. It takes a day.')
  expect(reasonOf({ explanation: 'It is wrong.' })).toBe('It is wrong.')
  expect(reasonOf({ explanation: 'It is wrong.', advice: ['Of another one.'] })).toBe('It is wrong.')
})

it('without steps nothing is lost', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string({ minLength: 1 }), { maxLength: 3 }), (why, advice) => {
      const { explanation } = explained(why, advice)
      expect(explanation.startsWith(why)).toBe(true)
      expect(reasonOf({ explanation, advice }).length).toBeLessThanOrEqual(explanation.length)
      expect(reasonOf({ explanation, advice: [] })).toBe(explanation)
    }),
  )
})
