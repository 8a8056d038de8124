import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linksOf } from './link.ts'

const url = 'https://ca.test/certificate/1'
const links = (link: string, relation = 'alternate') => linksOf({ url, headers: { link } }, relation)

describe('linksOf', () => {
  it('finds the targets of a relation, in their order (RFC 8288)', () => {
    const header = '<https://ca.test/directory>;rel="index", </certificate/1/1>;rel="alternate", <2>; title="x, y"; rel=alternate'
    expect(links(header)).toEqual(['https://ca.test/certificate/1/1', 'https://ca.test/certificate/2'])
    expect(links(header, 'index')).toEqual(['https://ca.test/directory'])
    expect(links('<https://other.test/1>; REL="first Alternate"')).toEqual(['https://other.test/1'])
  })

  it('finds none where there is none', () => {
    expect(linksOf({ url, headers: {} }, 'alternate')).toEqual([])
    for (const header of ['', '<>', '<https://>;rel="alternate"', '</1>', '</1>;rel="alternates"', 'alternate']) {
      expect(links(header), header).toEqual([])
    }
  })

  it('answers any header', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(links(header).every((link) => URL.canParse(link))).toBe(true)
      }),
    )
  })
})

it('reads a header of blanks as fast as it is long', { timeout: 5_000 }, () => {
  const link = `<https://a.example/>;rel=${' '.repeat(15_000)}"x"y, <https://b.example/>;rel =${' '.repeat(500)}"up x" `
  expect(linksOf({ headers: { link }, url: 'https://a.example/' }, 'up')).toEqual(['https://b.example/'])
})
