import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { anchorsOf, linksOf, type Page, pages, ROOT } from './markdown.ts'

/** Why a link leads nowhere; null: it leads somewhere. What others serve is not asked, since it may be away for a while. */
function faultOf(target: string, page: Page): string | null {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return faultOfUrl(target)
  const [path = '', anchor] = target.split('#', 2)
  const file = path === '' ? join(ROOT, page.path) : join(ROOT, dirname(page.path), decodeURIComponent(path))
  const isOutside = relative(ROOT, file).startsWith('..')
  if (target === '' || path.startsWith('/') || isOutside) return 'leads out of the repository'
  if (path !== '' && !existsSync(file)) return 'there is no such file'
  if (anchor === undefined) return null
  if (path !== '' && (statSync(file).isDirectory() || !file.endsWith('.md')))
    return /^L\d+/.test(anchor) ? null : 'only pages have anchors'
  const text = path === '' ? page.text : readFileSync(file, 'utf8')
  return anchorsOf({ path: file, text }).has(anchor) ? null : 'the page has no such heading'
}

function faultOfUrl(target: string): string | null {
  if (target.startsWith('mailto:')) return /^mailto:[^@\s]+@[^@\s]+$/.test(target) ? null : 'is no address'
  if (!URL.canParse(target)) return 'is no URL'
  return /^https?:$/.test(new URL(target).protocol) ? null : 'is neither https nor mailto'
}

it('every link of every page leads somewhere', () => {
  const all = pages().flatMap((page) => linksOf(page).map((link) => ({ ...link, fault: faultOf(link.target, page) })))
  expect(all.length).toBeGreaterThan(200)
  expect(all.flatMap(({ at, target, fault }) => (fault === null ? [] : [`${at}: ${target} ${fault}`]))).toEqual([])
})

it.each([
  ['[a](none.md)', 'no such file'],
  ['[a](README.md#none)', 'no such heading'],
  ['[a](#none)', 'no such heading'],
  ['[a](../../etc/passwd)', 'out of the repository'],
  ['[a](/docs/errors.md)', 'out of the repository'],
  ['[a](docs#x)', 'only pages'],
  ['[a](https://)', 'is no URL'],
  ['[a](ftp://example.com/)', 'neither https'],
  ['<img src="none.svg">', 'no such file'],
  ['[a]: none.md', 'no such file'],
])('of %s says that it leads nowhere', (text, fault) => {
  const page = { path: 'page.md', text }
  expect(linksOf(page).map(({ target }) => faultOf(target, page))).toEqual([expect.stringContaining(fault)])
})

it('knows the anchors that GitHub makes', () => {
  const text = '# Two `words`, one [link](x.md)\n## A\n## A\n```sh\n# none\n```\n### `state_of-it` & more\n'
  expect([...anchorsOf({ path: 'a.md', text })]).toEqual(['two-words-one-link', 'a', 'a-1', 'state_of-it--more'])
})
