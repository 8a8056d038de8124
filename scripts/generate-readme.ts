import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The README with its example as it stands in `examples/`, so that what is shown is what is tested. */
export function generateReadme(root: string): { path: string; content: string }[] {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const example = readFileSync(join(root, 'examples', 'issue.ts'), 'utf8').replace(/^\/\/.*\n/, '')
  const block = /(examples\/issue\.ts\) is the whole program:\n\n```ts\n)[\s\S]*?(```)/
  if (!block.test(readme)) throw new Error('README.md has no place for examples/issue.ts')
  return [{ path: 'README.md', content: readme.replace(block, (_, before: string, after: string) => before + example + after) }]
}
