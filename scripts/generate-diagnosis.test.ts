import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { PROBLEMS } from '../packages/core/src/domain/diagnosis/problems.ts'
import { generateDiagnosis } from './generate-diagnosis.ts'

it('docs/guide/diagnosis.md is what the table of problems says', () => {
  for (const { path, content } of generateDiagnosis()) {
    expect(readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')).toBe(content)
  }
})

it('docs/guide/json.md names every problem, and none that is not there', () => {
  const guide = readFileSync(fileURLToPath(new URL('../docs/guide/json.md', import.meta.url)), 'utf8')
  const named = [...guide.matchAll(/`((?:RECORD|CNAME)_[A-Z_]+)`/g)].map(([, code]) => code)
  expect(named.sort()).toEqual(Object.keys(PROBLEMS).sort())
})
