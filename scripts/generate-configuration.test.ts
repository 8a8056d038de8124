import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { generateConfiguration } from './generate-configuration.ts'

it('docs/guide/configuration.md is what the table of settings says', () => {
  for (const { path, content } of generateConfiguration()) {
    expect(readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8')).toBe(content)
  }
})
