import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { AUDIT_EVENTS } from '../packages/core/src/domain/audit-events.ts'
import { generateAudit } from './generate-audit.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

it('the guide to the audit has a row for each event', () => {
  const [{ path, content } = { path: '', content: '' }] = generateAudit(root)
  expect(readFileSync(`${root}${path}`, 'utf8')).toBe(content)
  for (const event of Object.keys(AUDIT_EVENTS)) expect(content).toContain(`| \`${event}\` |`)
})

it('a text for the table has nothing in it that would end its cell', () => {
  for (const { about } of Object.values(AUDIT_EVENTS)) expect(about).not.toMatch(/[|\n]/)
})
