import type { Check, SeenAnswer } from '@domainctl/core'
import { type Mark, mark } from './marks.ts'
import type { Meaning, Paint } from './paint.ts'
import { cut, steady } from './prose.ts'

/** How a check stands: `warning` and `info` beside what is right. */
export type Standing = 'right' | 'info' | 'warning' | 'wrong'

export function standingOf({ ok, severity }: Pick<Check, 'ok' | 'severity'>): Standing {
  if (!ok || severity === 'error') return 'wrong'
  return severity ?? 'right'
}

const MARKS = { right: 'ok', info: 'ok', warning: 'warn', wrong: 'fail' } as const satisfies Record<Standing, Mark>

/** The colour of each. */
export const MEANING = { right: 'good', info: 'good', warning: 'waiting', wrong: 'bad' } as const satisfies Record<
  Standing,
  Meaning
>

/** The mark of a check, one column wide. */
export function markOf(check: Pick<Check, 'ok' | 'severity'>, paint: Paint): string {
  return mark(paint, MARKS[standingOf(check)])
}

/** `TXT _domainctl.shop.example.com`. */
export function recordOf({ record }: Pick<Check, 'record'>): string {
  return `${record.type} ${steady(record.name)}`
}

/** `ns1.example.net (192.0.2.1): 203.0.113.7, TTL 300`, or why there is nothing. */
export function describeAnswer(answer: SeenAnswer): string {
  return `${serverOf(answer)}: ${contentOf([answer])}`
}

/** Servers that are named where several say the same, and different answers that are told. */
const MOST_SERVERS = 3
const MOST_ANSWERS = 6

/** The same for many servers; what several of them say is said once. */
export function describeAnswers(answers: readonly SeenAnswer[]): string[] {
  const groups = [...Map.groupBy(answers, ({ rcode, values }) => JSON.stringify([rcode, [...values].sort()])).values()]
  const lines = groups.slice(0, MOST_ANSWERS).map((alike) => {
    const named = alike.slice(0, MOST_SERVERS).map(serverOf)
    const others = alike.length - named.length
    return `${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}: ${contentOf(alike)}`
  })
  return groups.length > MOST_ANSWERS ? [...lines, `and ${groups.length - MOST_ANSWERS} other answers`] : lines
}

/** What is seen, in a few words of at most `most` columns. */
export function seenInShort({ seen, state, purpose }: Pick<Check, 'seen' | 'state' | 'purpose'>, most: number): string {
  const usable = seen.filter(({ rcode }) => ANSWERS.includes(rcode) || rcode.startsWith('HTTP '))
  if (usable.length === 0) return seen.length > 0 || state === 'unknown' ? 'no answer' : ''
  const different = new Set(usable.map(({ values }) => JSON.stringify([...values].sort())))
  if (different.size > 1) return 'not the same at every server'
  const [answer] = usable
  const [first, ...others] = answer?.values ?? []
  if (first === undefined) return withoutValue(purpose, answer?.rcode ?? '', usable.length)
  const more = others.length > 0 ? ` and ${others.length} more` : ''
  return `${cut(steady(first), Math.max(most - more.length, 1))}${more}`
}

/** What an answer without values says: over HTTP, and of a zone, that is no lack of anything. */
function withoutValue(purpose: Check['purpose'], rcode: string, servers: number): string {
  if (rcode.startsWith('HTTP ')) return rcode
  return purpose === 'zone' && rcode === 'NOERROR'
    ? `${servers} ${servers === 1 ? 'server answers' : 'servers answer'}`
    : 'nothing there'
}

/** With these a server says what there is, or that there is nothing. */
const ANSWERS: readonly string[] = ['NOERROR', 'NXDOMAIN']

const MOST_VALUES = 4
const LONGEST_VALUE = 160

const LONGEST_SERVER = 100

function serverOf({ server }: SeenAnswer): string {
  return cut(steady(server), LONGEST_SERVER)
}

/** What servers say that all say the same. */
function contentOf(alike: readonly SeenAnswer[]): string {
  const [{ rcode, values } = { rcode: '', values: [] }] = alike
  if (values.length === 0) {
    if (rcode === 'NOERROR') return 'no such record'
    return rcode === 'NXDOMAIN' ? 'no such name (NXDOMAIN)' : steady(rcode)
  }
  const shown = values.slice(0, MOST_VALUES).map((value) => cut(steady(value), LONGEST_VALUE))
  const others = values.length - shown.length
  return `${shown.join(', ')}${others > 0 ? ` and ${others} more` : ''}${ttlOf(alike)}`
}

function ttlOf(alike: readonly SeenAnswer[]): string {
  const ttls = alike.flatMap(({ ttl }) => (ttl === undefined ? [] : [ttl]))
  if (ttls.length === 0) return ''
  const [least, most] = [Math.min(...ttls), Math.max(...ttls)]
  return least === most ? `, TTL ${least}` : `, TTL ${least} to ${most}`
}
