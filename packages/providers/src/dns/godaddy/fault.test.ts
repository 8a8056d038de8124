import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf, parsed, shown } from './fault.ts'
import { START } from './subject.test.fixture.ts'

const read = (status: number, text: string, headers: Record<string, string> = {}) =>
  faultOf({ status, headers: new Headers(headers) }, text, shown, START)

describe('the fault of an answer', () => {
  it('is made of whatever comes, and is safe to show', () => {
    const field = fc.oneof(
      fc.jsonValue(),
      fc.record({ path: fc.string(), code: fc.string({ unit: 'binary' }), message: fc.jsonValue() }),
    )
    const error = fc.record(
      {
        code: fc.oneof(fc.string({ unit: 'binary', maxLength: 2000 }), fc.jsonValue()),
        message: fc.oneof(fc.string({ unit: 'binary', maxLength: 2000 }), fc.jsonValue()),
        fields: fc.oneof(fc.array(field), fc.jsonValue()),
        retryAfterSec: fc.oneof(fc.double(), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      error.map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), body, (status, text) => {
        const { details, isPassing, isHidden } = read(status, text)
        expect(isPassing && isHidden).toBe(false)
        const texts = [
          details.code,
          details.message,
          ...details.fields.flatMap(({ path, code, message }) => [path, code, message]),
        ]
        for (const each of texts) {
          expect(each.length).toBeLessThanOrEqual(300)
          expect(each).not.toMatch(/[\p{Cc}\p{Cf}]/u)
        }
        if (details.retryAt !== undefined) expect(details.retryAt.getTime()).toBeGreaterThanOrEqual(START.getTime())
      }),
    )
  })

  it.each([
    ['5', undefined, 5],
    [undefined, 7, 7],
    ['5', 7, 5],
    [new Date(START.getTime() + 9_000).toUTCString(), undefined, 9],
    [new Date(START.getTime() - 9_000).toUTCString(), undefined, 0],
    ['soon', 7, 7],
    ['soon', undefined, undefined],
    [undefined, -1, undefined],
    [undefined, 1e300, undefined],
    [undefined, '7', undefined],
  ])('has its time from the header %j or the body %j: %j seconds', (header, retryAfterSec, seconds) => {
    const { details } = read(
      429,
      JSON.stringify({ code: 'X', retryAfterSec }),
      header === undefined ? {} : { 'retry-after': header },
    )
    expect(details.retryAt).toEqual(seconds === undefined ? undefined : new Date(START.getTime() + seconds * 1000))
  })

  it('has no code where the answer is no JSON', () => {
    expect(parsed('<html>')).toBeUndefined()
    expect(read(403, '<html>')).toMatchObject({ isForbidden: false, isHidden: false })
    expect(read(403, '{"code":"ACCESS_DENIED"}')).toMatchObject({ isForbidden: true, isHidden: true })
    expect(read(404, '<html>').isHidden).toBe(false)
  })
})
