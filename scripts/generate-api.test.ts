import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { generateApi, readApi } from './generate-api.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

describe.each(readApi(root))('what @domainctl/$name gives out', ({ exports }) => {
  it('is described, all of it', () => {
    expect(exports.filter(({ about }) => about === '').map(({ name }) => name)).toEqual([])
  })

  it('speaks of nothing that cannot be imported', () => {
    const hidden = exports.flatMap(({ name, hidden }) => hidden.map((type) => `${type}, of ${name}`))
    expect(hidden).toEqual([])
  })
})

describe('the reference', () => {
  const pages = generateApi(root)

  it('has a place for each export, which the contents lead to', () => {
    const contents = pages[0]?.content ?? ''
    const links = [...contents.matchAll(/^\| \[`(\w+)`\]\((\S+)#(\S+)\)/gm)].map(([, name = '', file = '', anchor = '']) => ({
      name,
      file,
      anchor,
    }))
    expect(links.length).toBe(readApi(root).flatMap(({ exports }) => exports).length)
    for (const { name, file, anchor } of links) {
      const headings = pages.find(({ path }) => path === `docs/api/${file}`)?.content.match(/^## .+$/gm) ?? []
      expect(headings, name).toContain(`## ${name}`)
      expect(anchor).toBe(name.toLowerCase())
    }
  })

  it('is in pages that one can read', () => {
    for (const { path, content } of pages) expect(content.length, path).toBeLessThan(60_000)
  })
})
