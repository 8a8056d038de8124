import type { Check, SeenAnswer } from '@domainctl/core'
import type { Paint } from './paint.ts'
import { printable } from './text.ts'
import { zoneLine } from './zone-file.ts'

/** One check of `verify`: what is expected, what each server shows, why, who must act, and the record that mends it. */
export function describeCheck(check: Check, paint: Paint): string[] {
  const { purpose, record, seen, ok, problem, explanation, fix, actor } = check
  const title = `${ok ? paint('good', '✔') : paint('bad', '✖')} ${purpose}: ${record.type} ${record.name}`
  if (ok) return [title]
  return [
    `${title}${problem === undefined ? '' : `  ${paint('bad', problem)}`}`,
    ...labelled('expected', record.expected),
    ...labelled('seen', seen.length > 0 ? seen.map(describeAnswer) : ['no server was asked']),
    ...labelled('why', [explanation]),
    ...labelled('who acts', [actor]),
    ...(fix ? labelled('fix', [fix.action === 'wait' ? 'wait, then look again' : `${fix.action}  ${zoneLine(fix)}`]) : []),
  ]
}

/** `ns1.example.net (192.0.2.1): 203.0.113.7, TTL 300`, or why there is nothing. */
export function describeAnswer({ server, rcode, values, ttl }: SeenAnswer): string {
  if (values.length === 0) return `${server}: ${rcode === 'NOERROR' ? 'no such record' : rcode}`
  return `${server}: ${values.join(', ')}${ttl === undefined ? '' : `, TTL ${ttl}`}`
}

function labelled(label: string, texts: readonly string[]): string[] {
  return texts.map((text, i) => `    ${(i === 0 ? label : '').padEnd(10)}${printable(text)}`)
}
