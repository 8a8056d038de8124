import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeProblem, parseProblem, problemKind } from './problem.ts'

describe('parseProblem', () => {
  it('keeps type, detail, status and sub-problems', () => {
    const read = parseProblem(
      {
        type: 'urn:ietf:params:acme:error:malformed',
        detail: 'Some of the identifiers requested were rejected',
        status: 400,
        subproblems: [
          {
            type: 'urn:ietf:params:acme:error:malformed',
            detail: 'Invalid underscore',
            identifier: { type: 'dns', value: '_example.org' },
          },
          {
            type: 'urn:ietf:params:acme:error:rejectedIdentifier',
            detail: 'Not here.',
            identifier: { type: 'dns', value: 'example.net' },
          },
        ],
      },
      500,
    )
    expect(read).toEqual({
      type: 'urn:ietf:params:acme:error:malformed',
      detail: 'Some of the identifiers requested were rejected',
      status: 400,
      subproblems: [
        { type: 'urn:ietf:params:acme:error:malformed', detail: 'Invalid underscore', identifier: '_example.org' },
        { type: 'urn:ietf:params:acme:error:rejectedIdentifier', detail: 'Not here.', identifier: 'example.net' },
      ],
    })
    expect(read && describeProblem(read)).toBe(
      'Some of the identifiers requested were rejected (malformed); _example.org: Invalid underscore (malformed); example.net: Not here (rejectedIdentifier)',
    )
  })

  it('fills in what the sender left out', () => {
    expect(parseProblem({ detail: 'no' }, 403)).toEqual({ type: 'about:blank', detail: 'no', status: 403 })
    expect(parseProblem({ type: 'urn:x', title: 'Forbidden' }, 403)).toEqual({ type: 'urn:x', detail: 'Forbidden', status: 403 })
    expect(parseProblem({ type: 'urn:x', subproblems: [1, null, {}] }, 403)?.subproblems).toEqual([
      { type: 'about:blank', detail: 'no detail given' },
    ])
  })

  it.each([undefined, null, 'text', 7, [], {}, { message: 'not found' }])('finds none in %j', (data) => {
    expect(parseProblem(data, 404)).toBeNull()
  })

  it('lets nothing through that moves a cursor, hides text or fills a screen', () => {
    const read = parseProblem({ type: 'urn:x', detail: `a\u001b[2Jb\r\nc\u202Ed${'e'.repeat(5000)}` }, 400)
    expect(read?.detail).toMatch(/^a \[2Jb c d?/)
    expect(read?.detail).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(read?.detail.length).toBeLessThan(1100)
  })

  it('reads any JSON without a fault, and keeps it short and printable', () => {
    const shape = fc.record(
      {
        type: fc.anything(),
        detail: fc.anything(),
        title: fc.anything(),
        status: fc.anything(),
        subproblems: fc.array(fc.object()),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), shape), (data) => {
        const read = parseProblem(data, 400)
        if (read === null) return
        expect(typeof read.status).toBe('number')
        expect(describeProblem(read)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
      }),
    )
  })
})

describe('problemKind', () => {
  it("is short for ACME's own types alone", () => {
    expect(problemKind({ type: 'urn:ietf:params:acme:error:rateLimited' })).toBe('rateLimited')
    expect(problemKind({ type: 'about:blank' })).toBe('about:blank')
    expect(problemKind({ type: 'https://example/urn:ietf:params:acme:error:rateLimited' })).toBe(
      'https://example/urn:ietf:params:acme:error:rateLimited',
    )
  })
})
