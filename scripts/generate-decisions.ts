import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `docs/adr/README.md`: the decisions by their titles. */
export function generateDecisions(root: string): { path: string; content: string }[] {
  const folder = join(root, 'docs', 'adr')
  const rows = readdirSync(folder)
    .filter((file) => /^\d{4}-.*\.md$/.test(file))
    .sort()
    .map((file) => {
      const [, number, title] = /^# (\d+)\. (.+)$/m.exec(readFileSync(join(folder, file), 'utf8')) ?? []
      if (number === undefined) throw new Error(`docs/adr/${file} has no title such as "# 7. What was decided"`)
      return `| ${number} | [${title}](${file}) |`
    })
  return [{ path: 'docs/adr/README.md', content: `${HEAD}\n${rows.join('\n')}\n` }]
}

const HEAD = `<!-- Made by scripts/generate-decisions.ts from the titles of the pages beside it: \`npm run gen\` writes it anew. -->
# Decisions

Choices that a newcomer would question, each with its reasons and with what else there was.

| | |
|---|---|`
