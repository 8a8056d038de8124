import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE = join('docs', 'providers', 'writing.md')

/**
 * docs/providers/writing.md with its code as it stands in the example, so that what is shown is what is tested. Before each
 * block a comment says what it is: `<!-- FILE -->` for a whole file of examples/dns-provider, `<!-- FILE: TEXT -->` for
 * what begins with the line that begins with TEXT, with all that is indented below it and the bracket that closes it.
 */
export function generateWriting(root: string): { path: string; content: string }[] {
  const page = readFileSync(join(root, PAGE), 'utf8')
  const content = page.replace(
    /(<!-- (\S+?)(?:: (.+?))? -->\n```(\w+)\n)(?:[\s\S]*?\n)??```/g,
    (_, before: string, file: string, start: string | undefined) => {
      const source = readFileSync(join(root, 'examples', 'dns-provider', file), 'utf8').trimEnd()
      return `${before}${start === undefined ? source : excerpt(source, start, file)}\n\`\`\``
    },
  )
  return [{ path: PAGE.replaceAll('\\', '/'), content }]
}

function excerpt(source: string, start: string, file: string): string {
  const lines = source.split('\n')
  const first = lines.findIndex((line) => line.trimStart().startsWith(start))
  if (first < 0) throw new Error(`examples/dns-provider/${file} has nothing that begins with ${start}`)
  const depth = depthOf(lines[first] ?? '')
  let end = first + 1
  do {
    while (end < lines.length && depthOf(lines[end] ?? '') > depth) end++
    if (/^\s*[\])}]/.test(lines[end] ?? '')) end++
    // What closes the parameters may open the body.
  } while (/^\s*[\])}].*[{([]$/.test(lines[end - 1] ?? ''))
  const block = lines.slice(first, end).map((line) => line.slice(depth))
  return block.join('\n').trimEnd()
}

/** How far a line is indented; an empty one ends nothing. */
function depthOf(line: string): number {
  return line.trim() === '' ? Number.POSITIVE_INFINITY : line.length - line.trimStart().length
}
