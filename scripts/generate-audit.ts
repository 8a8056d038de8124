import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AUDIT_EVENTS, type AuditEventMeaning } from '../packages/core/src/domain/audit-events.ts'

/** The guide to the audit with its table of events as they stand in `audit-events.ts`. */
export function generateAudit(root: string): { path: string; content: string }[] {
  const path = 'docs/guide/audit.md'
  const guide = readFileSync(join(root, path), 'utf8')
  const block = /(<!-- events:.*-->\n)[\s\S]*?(<!-- \/events -->)/
  if (!block.test(guide)) throw new Error(`${path} has no place for the events`)
  const rows = Object.entries<AuditEventMeaning>(AUDIT_EVENTS).map(
    ([event, { about, details }]) => `| \`${event}\` | ${about} | ${details.map((key) => `\`${key}\``).join(' ')} |`,
  )
  const table = `| event | what it says | details |\n|---|---|---|\n${rows.join('\n')}\n`
  return [{ path, content: guide.replace(block, (_, before: string, after: string) => before + table + after) }]
}
