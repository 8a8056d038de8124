import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { situations } from '../lab/situations/table.ts'
import { PROBLEMS } from '../packages/core/src/domain/diagnosis/problems.ts'
import { HEALTH_PROBLEMS } from '../packages/core/src/domain/health/problems.ts'
import { DomainctlError, ERRORS, type ErrorCode } from '../packages/core/src/errors.ts'
import { ADVICE } from './error-advice.ts'
import { generateErrors } from './generate-errors.ts'

const textOf = (path: string) => readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')

it('docs/errors.md is what the tables of errors, problems and situations say', () => {
  for (const { path, content } of generateErrors()) expect(textOf(path)).toBe(content)
})

it('each situation of the lab has a code that there is, and is in the row of that code', () => {
  const rows = (generateErrors()[0]?.content ?? '').split('\n').filter((line) => line.startsWith('| '))
  for (const { code, situation } of situations) {
    expect(Object.hasOwn(PROBLEMS, code) || Object.hasOwn(ERRORS, code), code).toBe(true)
    expect(rows.find((row) => row.includes(`\`${code}\``))).toContain(`${situation}.`)
  }
})

it('a text for a table has nothing in it that would end its cell', () => {
  const health = Object.values(HEALTH_PROBLEMS).flatMap(({ about, hint }) => [about, hint])
  const others = [...Object.values(PROBLEMS).map(({ about }) => about), ...situations.map(({ situation }) => situation)]
  for (const text of [...health, ...others]) expect(text).not.toMatch(/[|\n]/)
})

it('docs/guide/json.md names no code that is not there', () => {
  const named = [...textOf('docs/guide/json.md').matchAll(/`((?:[A-Z]+_)+[A-Z]+)`/g)].map(([, code = '']) => code)
  const known = [PROBLEMS, HEALTH_PROBLEMS, ERRORS].flatMap((table) => Object.keys(table))
  expect(named.filter((code) => !known.includes(code))).toEqual([])
})

it('no code of a health check is another thing elsewhere', () => {
  const others = [...Object.keys(PROBLEMS), ...Object.keys(ERRORS)]
  expect(Object.keys(HEALTH_PROBLEMS).filter((code) => others.includes(code))).toEqual([])
})

it('where an error says that it is explained, it is', () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const [path = '', anchor] = new DomainctlError(code, '', { hint: '' }).docs.split('#')
    const headings = textOf(path).matchAll(/^## (.+)$/gm)
    expect([...headings].map(([, heading = '']) => heading.toLowerCase())).toContain(anchor)
  }
})

it('the README counts what checks can find', () => {
  expect(textOf('README.md')).toContain(`[${Object.keys(PROBLEMS).length} things it can find]`)
})

it('what is found by a check can be linked to by its code', () => {
  for (const code of [...Object.keys(PROBLEMS), ...Object.keys(HEALTH_PROBLEMS)]) {
    expect(textOf('docs/errors.md').split(`<a id="${code.toLowerCase()}"></a>`)).toHaveLength(2)
  }
})

it('what to do about an error leads to pages and headings that there are', () => {
  for (const { more } of Object.values(ADVICE)) {
    const [path = '', anchor] = more?.[1].split('#') ?? ['README.md']
    const headings = textOf(`docs/${path}`).matchAll(/^#+ (.+)$/gm)
    const anchors = [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    )
    if (anchor !== undefined) expect(anchors, path).toContain(anchor)
  }
})
