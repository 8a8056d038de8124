import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { started } from '../../dns/client.test.support.ts'
import { contentOf, readContent } from './content.ts'
import { readName, readRecordName } from './names.ts'
import { CloudflareRefusal } from './refusal.ts'

/** What was read; undefined when it was refused. Anything else that is thrown fails the test. */
function unlessRefused<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    expect(error).toBeInstanceOf(CloudflareRefusal)
    return undefined
  }
}

const anything = fc.oneof(
  fc.string({ unit: fc.constantFrom('"', '\\', ' ', 'a', '0', '1', '9', 'é', '\n') }),
  fc.string({ unit: 'binary' }),
)

describe('text of clients', () => {
  it('is the content of a TXT, or refused', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const read = unlessRefused(() => readContent('TXT', text, 0))
        // What is shown means the same when it is written again.
        if (read) expect(readContent('TXT', read.content, 0)).toEqual(read)
      }),
      { numRuns: 1000 },
    )
  })

  it('that others wrote is shown so that it could have been written here', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (plain) => {
        const { content } = contentOf('TXT', plain)
        expect(readContent('TXT', content, 0).plain).toBe(plain)
      }),
    )
  })

  it('is a name that the name servers can hold, or refused', async () => {
    const { book } = await started()
    const label = fc.string({ unit: fc.constantFrom('a', 'B', '-', '_', '*', '1', 'ü', '.', '@', '%'), maxLength: 12 })
    const name = fc.oneof(
      label,
      anything,
      fc.array(label, { maxLength: 4 }).map((labels) => labels.join('.')),
    )
    fc.assert(
      fc.property(name, (text) => {
        const read = unlessRefused(() => readRecordName(text, 'example.test'))
        if (read === undefined) return
        expect(readName(read)).toBe(read)
        const rrset = { name: read, type: 'TXT', ttl: 60, values: ['x'] } as const
        expect(book.replace('example.test', [rrset])).toEqual({})
        book.replace('example.test', [{ ...rrset, values: [] }])
      }),
      { numRuns: 500 },
    )
  })

  it.each(['A', 'AAAA', 'CNAME', 'NS', 'MX'] as const)(
    'is a value of type %s that the name servers can hold, or refused',
    async (type) => {
      const { book } = await started()
      const likely = fc.oneof(
        fc.ipV4(),
        fc.ipV6(),
        fc.domain(),
        fc.domain().map((name) => `${name}.`),
        anything,
      )
      fc.assert(
        fc.property(likely, (text) => {
          const read = unlessRefused(() => readContent(type, text, 10))
          if (!read) return
          const rrset = { name: 'a.example.test', type, ttl: 60, values: [read.plain] }
          expect(book.replace('example.test', [rrset])).toEqual({})
          // Whether somebody else has changed it is told by comparing.
          expect(book.rrsets('example.test').find(({ name }) => name === 'a.example.test')?.values).toEqual([read.plain])
          book.replace('example.test', [{ ...rrset, values: [] }])
        }),
      )
    },
  )
})
