import type { Check, SeenAnswer } from '@domainctl/core'
import type { Paint } from './paint.ts'
import { printable, widthOf, wrap } from './text.ts'
import { zoneLine } from './zone-file.ts'

const INDENT = '    '
const LABEL = 10
/** Of what stands right of the label. */
const MARGIN = INDENT.length + LABEL

/**
 * One check of `verify`: what is expected, what each server shows, why, who must act, the record that mends it, and what
 * was made by mistake and has to go.
 * @param columns of the terminal; none when there is none
 */
export function describeCheck(check: Check, paint: Paint, columns = Number.POSITIVE_INFINITY): string[] {
  const { purpose, record, seen, ok, problem, explanation, fix, actor } = check
  const title = `${ok ? paint('good', '✔') : paint('bad', '✖')} ${purpose}: ${record.type} ${record.name}`
  if (ok) return [title]
  const width = columns - MARGIN
  const prose = (texts: readonly string[]) => texts.flatMap((text) => wrap(printable(text), width))
  const code = problem === undefined ? [] : [paint('bad', problem)]
  const isWide = widthOf([title, ...code].join('  ')) > columns
  return [
    ...(isWide ? [title, ...labelled('problem', code)] : [[title, ...code].join('  ')]),
    ...labelled('expected', prose(record.expected)),
    ...labelled('seen', prose(seen.length > 0 ? seen.map(describeAnswer) : ['no server was asked'])),
    ...labelled('why', prose([explanation])),
    ...labelled('who acts', [actor]),
    ...(fix
      ? labelled('fix', fix.action === 'wait' ? ['wait, then look again'] : describeRecord(fix, `${fix.action}  `, width))
      : []),
    ...labelled('remove', fix?.remove?.flatMap((stray) => describeRecord(stray, '', width)) ?? []),
  ]
}

/** `ns1.example.net (192.0.2.1): 203.0.113.7, TTL 300`, or why there is nothing. */
export function describeAnswer({ server, rcode, values, ttl }: SeenAnswer): string {
  if (values.length === 0) return `${server}: ${rcode === 'NOERROR' ? 'no such record' : rcode}`
  return `${server}: ${values.join(', ')}${ttl === undefined ? '' : `, TTL ${ttl}`}`
}

/** A record as a line of a zone file, or as the fields of a panel, one a line, where that is too wide; each is to be copied whole. */
function describeRecord(record: Parameters<typeof zoneLine>[0], verb: string, width: number): string[] {
  const line = `${verb}${printable(zoneLine(record))}`
  if (widthOf(line) <= width) return [line]
  const { type, name, value, ttl } = record
  return [
    `${verb}${type}${ttl === undefined ? '' : `, TTL ${ttl}`}`,
    `name    ${name}`,
    // What has to go may hold the very quotes and blanks that are its fault.
    `value   ${printable(ttl === undefined && type === 'TXT' ? JSON.stringify(value) : value)}`,
  ]
}

function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `${INDENT}${(i === 0 ? label : '').padEnd(LABEL)}${line}`)
}
