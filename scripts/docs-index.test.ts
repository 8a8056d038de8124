import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const docs = join(root, 'docs')

/** Below `docs`, as the pages of this index link to them. */
function linkedFrom(page: string): string[] {
  const text = readFileSync(join(docs, page), 'utf8')
  return [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => normalize(join(dirname(page), path)))
}

it('whoever begins at docs/README.md finds every page', () => {
  const lists = ['README.md', 'api/README.md', 'commands/README.md', 'adr/README.md']
  const found = new Set(['README.md', ...lists.flatMap(linkedFrom)])
  expect(globSync('**/*.md', { cwd: docs }).filter((page) => !found.has(page))).toEqual([])
})

it('ARCHITECTURE.md names no source file that is not there', () => {
  const named = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').matchAll(/(?<![\w*-])[\w./-]+\.ts\b/g)
  const places = ['packages/*/src', 'lab', 'lifecycle', 'scripts', 'examples', 'bench']
  const files = places.flatMap((place) => globSync(`${place}/**/*.ts`, { cwd: root }))
  const missing = [...named].map(([file]) => file).filter((file) => !files.some((path) => `/${path}`.endsWith(`/${file}`)))
  expect(missing).toEqual([])
})
