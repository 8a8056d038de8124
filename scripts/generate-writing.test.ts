import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { generateWriting } from './generate-writing.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(join(root, 'docs/providers/writing.md'), 'utf8')

it('shows the code of the example as it is: after a change of it, run `npm run gen`', () => {
  expect(generateWriting(root)).toEqual([{ path: 'docs/providers/writing.md', content: page }])
})

it('has no TypeScript that is not from the example', () => {
  const blocks = page.match(/^```ts$/gm) ?? []
  expect(blocks.length).toBeGreaterThan(8)
  expect(page.match(/<!-- src\/\S+(: .+)? -->\n```ts$/gm)).toHaveLength(blocks.length)
})

it('leads to files that are there', () => {
  const links = Array.from(page.matchAll(/\]\((\.\.?\/[^)#]+)\)/g), ([, link = '']) => link)
  expect(links.length).toBeGreaterThan(3)
  for (const link of links) expect(existsSync(join(root, 'docs/providers', link)), link).toBe(true)
})
