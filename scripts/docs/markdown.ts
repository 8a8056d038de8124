import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A page of the documentation. */
export interface Page {
  /** From the root of the repository. */
  path: string
  text: string
}

/** A fenced block of a page. */
export interface Block {
  /** `README.md:12`, where it begins. */
  at: string
  /** The line of its first line, counted from 1. */
  line: number
  language: string
  text: string
}

const NOT_OURS = new Set(['node_modules', '.git', '.lab', '.bin', 'dist', 'bundle', '.changeset', 'coverage'])

/** Every page of the repository that people read. */
export function pages(folder = ROOT): Page[] {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : pages(path)
      const isPage = entry.isFile() && entry.name.endsWith('.md') && entry.name !== 'CHANGELOG.md'
      return isPage ? [{ path: relative(ROOT, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }] : []
    })
}

/** The fenced blocks of a page, without the blanks that all of a block's lines begin with where it stands in a list. */
export function blocksOf({ path, text }: Page): Block[] {
  const blocks: Block[] = []
  let open: { fence: string; indent: string; block: Block; lines: string[] } | undefined
  for (const [i, line] of text.split('\n').entries()) {
    const [, indent = '', fence = '', language = ''] = /^( *)(`{3,}|~{3,})\s*([\w+-]*)/.exec(line) ?? []
    if (open && fence.startsWith(open.fence) && language === '') {
      blocks.push({ ...open.block, text: `${open.lines.join('\n')}\n` })
      open = undefined
    } else if (open) open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line)
    else if (fence !== '') open = { fence, indent, lines: [], block: { at: `${path}:${i + 1}`, line: i + 2, language, text: '' } }
  }
  if (open) throw new Error(`${open.block.at}: the block has no end.`)
  return blocks
}

/** The page with its fenced blocks empty, so that lines keep their numbers. */
export function proseOf(page: Page): string[] {
  const lines = page.text.split('\n')
  for (const { line, text } of blocksOf(page)) lines.fill('', line - 1, line - 1 + text.split('\n').length - 1)
  return lines
}

/** The anchors of a page: those that GitHub makes of its headings, and those that it sets itself. */
export function anchorsOf(page: Page): Set<string> {
  const anchors = new Set<string>()
  for (const line of proseOf(page)) {
    for (const [, id = ''] of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id)
    const heading = /^#{1,6} +(.*?) *#*$/.exec(line)?.[1]
    if (heading === undefined) continue
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let again = 1; anchors.has(anchor); again++) anchor = `${slug}-${again}`
    anchors.add(anchor)
  }
  return anchors
}

/** Where the links and pictures of a page lead. */
export function linksOf(page: Page): { at: string; target: string }[] {
  return proseOf(page).flatMap((line, i) => {
    const prose = line.replaceAll(/(`+)(?:(?!\1).)+\1/g, (code) => 'x'.repeat(code.length))
    const found = [
      ...prose.matchAll(/\]\(<?([^)\s>]*)>?(?: "[^"]*")?\)/g),
      ...prose.matchAll(/^ *\[[^\]]+\]: +(\S+)/g),
      ...prose.matchAll(/<(?:a|img)\b[^>]*\b(?:href|src)="([^"]*)"/g),
      ...prose.matchAll(/<(https?:[^>\s]*)>/g),
    ]
    return found.map(([, target = '']) => ({ at: `${page.path}:${i + 1}`, target }))
  })
}
