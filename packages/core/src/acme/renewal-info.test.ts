import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseRenewalInfo } from './renewal-info.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const answer = (data: unknown, headers: Record<string, string> = {}) => ({
  url: 'https://ca.test/renewal-info/a.b',
  status: 200,
  headers,
  contentType: 'application/json',
  text: '',
  data,
})
const suggestedWindow = { start: '2026-12-01T00:00:00Z', end: '2026-12-03T00:00:00.5+02:00' }

it('reads window, explanation and wish', () => {
  const explanationURL = 'https://ca.test/incident'
  expect(parseRenewalInfo(answer({ suggestedWindow, explanationURL }, { 'retry-after': '21600' }), NOW)).toEqual({
    start: new Date('2026-12-01T00:00:00Z'),
    end: new Date('2026-12-02T22:00:00.500Z'),
    explanationUrl: explanationURL,
    retryAfterMs: 21_600_000,
  })
})

it.each([
  undefined,
  null,
  [],
  {},
  { suggestedWindow: {} },
  { suggestedWindow: { start: '2026-12-01', end: '2026-12-03' } },
  { suggestedWindow: { start: 'now', end: 'later' } },
  { suggestedWindow: { start: suggestedWindow.end, end: suggestedWindow.start } },
  { suggestedWindow: { start: suggestedWindow.start, end: suggestedWindow.start } },
  { suggestedWindow: { start: '2026-13-01T00:00:00Z', end: '2026-12-03T00:00:00Z' } },
])('refuses %j', (data) => {
  expect(() => parseRenewalInfo(answer(data), NOW)).toThrow(expect.objectContaining({ code: 'CA_REFUSED' }))
})

it.each(['javascript:alert(1)', 7, 'no url', 'file:///etc/passwd'])('shows no link such as %j', (explanationURL) => {
  expect(parseRenewalInfo(answer({ suggestedWindow, explanationURL }), NOW)).not.toHaveProperty('explanationUrl')
})

it('answers or refuses, whatever is sent', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (data, retryAfter) => {
      try {
        const { start, end } = parseRenewalInfo(answer(data, { 'retry-after': retryAfter }), NOW)
        expect(end > start).toBe(true)
      } catch (error) {
        expect(error).toMatchObject({ code: 'CA_REFUSED' })
      }
    }),
  )
})
