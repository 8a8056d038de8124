import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CREDENTIALS, startGoDaddy } from './godaddy.test.support.ts'
import { addRecords } from './record-changes.ts'
import { readRecords } from './record-input.ts'
import { GoDaddyRefusal } from './refusal.ts'

it('whatever is written is refused, or is in the zone as it was said', async () => {
  const { dns } = await startGoDaddy()
  const text = fc.oneof(
    fc.constantFrom('TXT', 'CNAME', 'A', 'a', '@', '', '*', 'a.test', '192.0.2.1', '__proto__'),
    fc.string({ maxLength: 300 }),
  )
  const likely = (...texts: string[]) =>
    fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...texts) }, { weight: 1, arbitrary: text }, fc.jsonValue())
  const record = fc.record(
    {
      type: likely('TXT', 'CNAME', 'A'),
      name: likely('a', 'b', '@'),
      data: likely('192.0.2.1', 'a.test', 'x y'),
      ttl: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(600, 3600, 2 ** 31) }, fc.jsonValue()),
      priority: fc.nat(70_000),
    },
    { requiredKeys: ['type', 'name', 'data'] },
  )
  let written = 0
  fc.assert(
    fc.property(fc.oneof(fc.array(record, { maxLength: 3 }), fc.jsonValue()), (body) => {
      try {
        const records = readRecords('example.test', body)
        addRecords(dns.book, 'example.test', records)
        for (const { type, name, value: said } of records) expect(dns.values(name, type)).toContain(said)
        written += records.length
        const places = records.map(({ type, name }) => ({ type, name, ttl: 0, values: [] }))
        expect(dns.book.replace('example.test', places)).toEqual({})
      } catch (error) {
        if (!(error instanceof GoDaddyRefusal)) throw error
      }
    }),
    { numRuns: 500, examples: [[[{ type: 'TXT', name: 'a', data: 'x' }]]] },
  )
  expect(written).toBeGreaterThan(0)
})

it('whatever stands in a path or a header is answered, and with no fault of the sandbox', async () => {
  const { api } = await startGoDaddy()
  api.requestLimit = Number.POSITIVE_INFINITY
  const authorization = fc.oneof(
    fc.constant(`sso-key ${CREDENTIALS.apiKey}:${CREDENTIALS.apiSecret}`),
    fc.string({ unit: fc.constantFrom(...'sso-key: aB=,'), maxLength: 20 }),
  )
  const part = fc.oneof(
    fc.constantFrom('example.test', 'records', 'TXT', '%', '%zz', '%2F', '%00', '', '@', '?limit=', '?statuses=,&limit=1e3'),
    fc.string({ unit: fc.constantFrom(...'aA0._-%*@?&='), maxLength: 12 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), authorization, async (parts, header) => {
      const answer = await fetch(`${api.url}/v1/domains/${parts.join('/')}`, { headers: { authorization: header } })
      expect(answer.status).toBeLessThan(500)
      await answer.json()
    }),
  )
})
