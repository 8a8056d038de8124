import { type Check, reasonOf } from '@domainctl/core'
import { when } from '../time.ts'
import { describeAnswers, recordOf, standingOf } from './check.ts'
import { headlineOf, nameOf } from './headlines.ts'
import type { Paint } from './paint.ts'
import { cut, steady, within } from './prose.ts'
import { whatToDo } from './what-to-do.ts'

/** How findings are told. */
export interface Telling {
  paint: Paint
  now: Date
  /** Of the terminal; none when there is none. */
  columns?: number | undefined
  /** Also tell what every server said, and explain what is only good to know. */
  verbose: boolean
}

/** Left of a finding's own lines, and of what stands right of their labels. */
const INDENT = 4
const LABEL = 8

/**
 * Findings of one kind as one: what is wrong, what to do, who, until when, and why; what the servers said comes last.
 * @param who left out where it is said for all findings at once
 */
export function findingLines(alike: readonly Check[], o: Telling & { number: number; who?: string | undefined }): string[] {
  const [check] = alike
  if (!check) return []
  const width = columnsFor(o) - INDENT - LABEL
  const prose = (texts: readonly string[]) => texts.flatMap((text) => within(text, width))
  const same = alike.slice(1).filter(({ record }) => record.name === check.record.name)
  const told = o.verbose ? alike : [check, ...same]
  return [
    ...title(alike, o),
    ...labelled('do', whatToDo(alike, width)),
    ...labelled('who', prose(o.who === undefined ? [] : [o.who])),
    ...labelled('when', prose(lateOf(alike, o))),
    ...labelled('why', prose([...new Set(told.map(whyOf))])),
    ...labelled('also', prose(same.map((other) => `${other.purpose}: ${recordOf(other)}`))),
    ...(o.verbose ? labelled('seen', prose(alike.flatMap(({ seen }) => describeAnswers(seen)))) : []),
    ...faintLine(alike, o),
  ]
}

const LONGEST_WHY = 2000

/** Why, without what to do about it. */
export function whyOf(check: Check): string {
  return cut(steady(reasonOf(check)), LONGEST_WHY)
}

/** How wide the lines may be. */
export function columnsFor({ columns = Number.POSITIVE_INFINITY }: Telling): number {
  return columns
}

function title(alike: readonly Check[], o: Telling & { number: number }): string[] {
  const [check] = alike
  if (!check) return []
  const others = [...new Set(alike.map(nameOf))].filter((name) => name !== nameOf(check))
  const same = others.length > 0 ? ` The same for ${others.slice(0, 3).join(', ')}${more(others.length - 3)}.` : ''
  const [first = '', ...rest] = within(steady(`${headlineOf(check, o.now)}${same}`), columnsFor(o) - INDENT)
  const indent = ' '.repeat(INDENT)
  return [`${`${o.number}.`.padEnd(INDENT)}${o.paint('strong', first)}`, ...rest.map((line) => indent + o.paint('strong', line))]
}

function more(count: number): string {
  return count > 0 ? ` and ${count} more` : ''
}

function lateOf(alike: readonly Check[], { now }: Telling): string[] {
  const times = alike.flatMap(({ lookAgainAt }) => (lookAgainAt === undefined ? [] : [new Date(lookAgainAt)]))
  const late = times.toSorted((a, b) => b.getTime() - a.getTime())[0]
  return late && late > now ? [`It should be over ${when(late, now)}.`] : []
}

/** The code, and what the first of them was judged by. */
function faintLine(alike: readonly Check[], o: Telling): string[] {
  const [check] = alike
  if (!check) return []
  const codes = [...new Set(alike.flatMap(({ problem }) => problem ?? []))].join(', ')
  const weight = standingOf(check) === 'warning' ? ', a warning: nothing stops because of it' : ''
  // The screen is for people who cannot do anything with the address of a server or a TTL.
  const seen = check.seen.map(({ server, rcode, values }) => ({ server: server.replace(/ \([^)]*\)$/, ''), rcode, values }))
  const said = o.verbose || seen.length === 0 ? '' : ` · ${describeAnswers(seen).join('; ').replaceAll(' (NXDOMAIN)', '')}`
  return [' '.repeat(INDENT) + o.paint('faint', cut(steady(`${codes}${weight}${said}`), columnsFor(o) - INDENT))]
}

function labelled(label: string, lines: readonly string[]): string[] {
  const indent = ' '.repeat(INDENT)
  return lines.map((line, i) => `${indent}${(i === 0 ? label : '').padEnd(LABEL)}${line}`)
}
