import { expect, it } from 'vitest'
import type { Finding } from '../../domain/diagnosis/finding.ts'
import { reasonOf } from '../../domain/diagnosis/finding.ts'
import { toCheck } from './look.ts'

const now = new Date('2026-01-02T03:04:05Z')
const record = { type: 'TXT' as const, name: '_domainctl.example.test', expected: ['domainctl=1'] }
const hostile = 'a\u202e\u001b[2J\u2028b'

it('makes what people read safe, and leaves what has to be removed as it is', () => {
  const finding: Finding = {
    state: 'wrong',
    problem: 'RECORD_WRONG',
    explanation: `It is ${hostile}. Remove ${hostile}.`,
    advice: [`Remove ${hostile}.`],
    action: 'change',
    actor: 'customer',
    remove: [{ type: 'TXT', name: record.name, value: hostile }],
  }
  const check = toCheck({ purpose: 'ownership', record }, finding, { seen: [], now })
  expect(`${check.explanation}${check.advice?.join('')}`).toMatch(/^\P{C}+$/u)
  expect(check.explanation).toContain('\\u{202e}\\u{1b}[2J\\u{2028}')
  expect(reasonOf(check)).toBe('It is a\\u{202e}\\u{1b}[2J\\u{2028}b.')
  expect(check.fix?.remove).toEqual(finding.remove)
})
