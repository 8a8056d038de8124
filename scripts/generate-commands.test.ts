import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { COMMANDS } from '../packages/cli/src/command-table.ts'
import { ENDS, GUIDES } from './command-guides.ts'
import { generateCommands } from './generate-commands.ts'

const fileOf = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const pages = generateCommands()

it('docs/commands is what the table of commands says', () => {
  for (const { path, content } of pages) expect(readFileSync(fileOf(path), 'utf8'), path).toBe(content)
})

it('every command has its options and its examples on a page', () => {
  for (const { name, options, examples } of COMMANDS) {
    const page = pages.find(({ path }) => path === `docs/commands/${name.split(' ')[0]}.md`)?.content ?? ''
    for (const { flags } of options()) expect(page, name).toContain(`| \`${flags.replaceAll('|', '\\|')}\` |`)
    for (const example of examples) expect(page, name).toContain(example)
  }
})

it('every page leads to a guide', () => {
  const words = new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? name))
  // What there is to say of it is how to set it up, which its page does.
  words.delete('completion')
  expect([...words].filter((word) => !GUIDES[word])).toEqual([])
})

it('what is said beside the table is of commands and pages that there are', () => {
  const names = COMMANDS.map(({ name }) => name)
  for (const name of Object.keys(ENDS)) expect(names).toContain(name)
  for (const [word, guides] of Object.entries(GUIDES)) {
    expect(names.map((name) => name.split(' ')[0])).toContain(word)
    for (const [, path] of guides) expect(existsSync(fileOf(`docs/${path.replace(/#.*/, '')}`)), path).toBe(true)
  }
})
