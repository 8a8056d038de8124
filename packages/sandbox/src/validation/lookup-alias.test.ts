import type { Answer } from 'dns-packet'
import { describe, expect, test } from 'vitest'
import { caa, cname, txt } from './lookup.test.support.ts'
import { type Found, followAliases } from './lookup-alias.ts'
import type { LookupAnswer } from './lookup-message.ts'

type Answers = Readonly<Record<string, { rcode?: LookupAnswer['rcode']; records: readonly Answer[] }>>

/** What is found when the server answers so, and the names that it was asked for. */
async function follow(answers: Answers): Promise<{ found: Found; asked: string[] }> {
  const asked: string[] = []
  const lookup = async ({ name }: { name: string }): Promise<LookupAnswer> => {
    asked.push(name)
    return { rcode: 'NOERROR', records: [], ...answers[name] }
  }
  const question = { server: '127.0.0.1:53', name: 'a.test', type: 'TXT' } as const
  return { found: await followAliases(lookup, question, new AbortController().signal), asked }
}

/** CNAMEs from `a.test` over `h1.test`, `h2.test` … to the name of the last hop, one in each answer. */
function chain(hops: number): Answers {
  const names = ['a.test', ...Array.from({ length: hops }, (_, at) => `h${at + 1}.test`)]
  const entries = names.map((name, at) => {
    const next = names[at + 1]
    return [name, { records: [next === undefined ? txt(name, 'end') : cname(name, next)] }] as const
  })
  return Object.fromEntries(entries)
}

describe('followAliases', () => {
  test('gives the records of the name itself', async () => {
    const { found, asked } = await follow({
      'a.test': { records: [txt('a.test', 'x'), txt('b.test', 'y'), caa('a.test', 0, 'issue', 'z')] },
    })
    expect(found).toEqual({ rcode: 'NOERROR', path: ['a.test'], records: [txt('a.test', 'x')] })
    expect(asked).toEqual(['a.test'])
  })

  test('takes a whole chain from one answer, in any order', async () => {
    const records = [txt('c.test', 'x'), cname('b.test', 'C.test'), cname('a.test', 'b.test')]
    const { found, asked } = await follow({ 'a.test': { records } })
    expect(found).toMatchObject({ path: ['a.test', 'b.test', 'c.test'], records: [txt('c.test', 'x')] })
    expect(asked).toEqual(['a.test'])
  })

  test('asks again where the answer ends', async () => {
    const { found, asked } = await follow({
      'a.test': { records: [cname('a.test', 'b.test'), cname('b.test', 'c.test')] },
      'c.test': { records: [cname('c.test', 'd.test')] },
      'd.test': { records: [txt('d.test', 'x')] },
    })
    expect(found).toMatchObject({ path: ['a.test', 'b.test', 'c.test', 'd.test'], records: [txt('d.test', 'x')] })
    expect(asked).toEqual(['a.test', 'c.test', 'd.test'])
  })

  test('believes the RCODE of a chain only for the name that was asked for', async () => {
    const { found, asked } = await follow({
      'a.test': { rcode: 'NXDOMAIN', records: [cname('a.test', 'b.test')] },
      'b.test': { records: [txt('b.test', 'x')] },
    })
    expect(found).toMatchObject({ rcode: 'NOERROR', records: [txt('b.test', 'x')] })
    expect(asked).toEqual(['a.test', 'b.test'])
  })

  test('says when the last name is not there', async () => {
    const { found } = await follow({
      'a.test': { records: [cname('a.test', 'b.test')] },
      'b.test': { rcode: 'NXDOMAIN', records: [] },
    })
    expect(found).toEqual({ rcode: 'NXDOMAIN', path: ['a.test', 'b.test'], records: [] })
  })

  test('prefers a CNAME to what stands beside it', async () => {
    const { found } = await follow({ 'a.test': { records: [txt('a.test', 'x'), cname('a.test', 'b.test')] } })
    expect(found).toMatchObject({ path: ['a.test', 'b.test'], records: [] })
  })

  test('follows 16 CNAMEs', async () => {
    const { found } = await follow(chain(16))
    expect(found).toMatchObject({ path: { length: 17 }, records: [txt('h16.test', 'end')] })
  })

  test.each<[string, Answers, string]>([
    ['17 CNAMEs', chain(17), 'More than 16 CNAMEs in a row'],
    ['a CNAME to itself', { 'a.test': { records: [cname('a.test', 'A.test')] } }, 'A CNAME loop (a.test → a.test)'],
    [
      'a loop over several answers',
      { 'a.test': { records: [cname('a.test', 'b.test')] }, 'b.test': { records: [cname('b.test', 'a.test')] } },
      'A CNAME loop (a.test → b.test → a.test)',
    ],
    [
      'two CNAMEs at one name',
      { 'a.test': { records: [cname('a.test', 'b.test'), cname('a.test', 'c.test')] } },
      'Several CNAMEs at a.test',
    ],
    [
      'a CNAME that no terminal should see',
      { 'a.test': { records: [cname('a.test', '\u001b[31m.test'), cname('\u001b[31m.test', 'a.test')] } },
      'A CNAME at a.test to a name that is no printable ASCII',
    ],
    [
      'an NXDOMAIN with records',
      { 'a.test': { rcode: 'NXDOMAIN', records: [txt('a.test', 'x')] } },
      'An NXDOMAIN that has the records',
    ],
  ])('refuses %s', async (_, answers, seen) => {
    const message = `${seen} looking up TXT for a.test at 127.0.0.1:53`
    await expect(follow(answers)).rejects.toMatchObject({ name: 'LookupFailure', message })
  })
})
