import { type Check, type Fix, isWithin } from '@domainctl/core'
import { when } from '../time.ts'
import { describeAnswers, MEANING, recordOf, type Standing, standingOf } from './check.ts'
import { headlineOf } from './headlines.ts'
import type { Paint } from './paint.ts'
import { cut, steady, within } from './prose.ts'
import { panelLines, recordLines } from './record-lines.ts'

/** How findings are told. */
export interface Telling {
  paint: Paint
  now: Date
  /** Of the terminal; none when there is none. */
  columns?: number | undefined
  /** Also explain what is only good to know. */
  verbose: boolean
}

/** Left of a finding's own lines, and of what stands right of their labels. */
const INDENT = 4
const LABEL = 8

/**
 * What has to be done, numbered: first what stops all else (the zone, DNSSEC), then what is wrong with records, then
 * warnings; at the end what is only good to know. Empty when there is nothing to say.
 */
export function whatToFix(checks: readonly Check[], o: Telling): string[] {
  const of = (standing: Standing) => checks.filter((check) => standingOf(check) === standing)
  const wrong = of('wrong')
  const zones = wrong.filter(({ purpose }) => purpose === 'zone')
  const isHidden = (check: Check) =>
    check.purpose !== 'zone' && check.state === 'unknown' && zones.some((zone) => isWithin(check.record.name, zone.record.name))
  const hidden = wrong.filter(isHidden)
  const told = [...zones, ...wrong.filter((check) => check.purpose !== 'zone' && !isHidden(check))]
  const findings = [...merged(told), ...merged(of('warning'))]
  const infos = of('info')
  return [
    ...(findings.length > 0 ? ['', o.paint('strong', told.length > 0 ? 'What to fix' : 'Worth a look')] : []),
    ...findings.flatMap((alike, i) => ['', ...finding(alike, i + 1, o)]),
    ...(hidden.length > 0 ? ['', ...within(hiddenLine(hidden), columnsFor(o))] : []),
    ...(infos.length > 0 ? ['', ...infos.flatMap((check) => goodToKnow(check, o))] : []),
  ]
}

/** Findings that the same fix mends, or that say the same, are one. */
function merged(checks: readonly Check[]): Check[][] {
  return [...Map.groupBy(checks, sameness).values()]
}

function sameness({ problem, explanation, fix, actor }: Check): string {
  // To wait is no fix of its own: for what one waits, the explanation says.
  if (!fix || fix.action === 'wait') return JSON.stringify([problem, actor, explanation])
  return JSON.stringify([fix.action, fix.type, fix.name, fix.value, fix.more, fix.remove])
}

function finding(alike: readonly Check[], number: number, o: Telling): string[] {
  const [check] = alike
  if (!check) return []
  const standing = standingOf(check)
  const width = columnsFor(o) - INDENT - LABEL
  const prose = (texts: readonly string[]) => texts.flatMap((text) => within(text, width))
  const late = check.lookAgainAt === undefined ? undefined : new Date(check.lookAgainAt)
  return [
    ...title(headlineOf(check), number, o),
    ...labelled('code', codesOf(alike, standing, width, o)),
    ...labelled('why', prose([...new Set(alike.map(whyOf))])),
    ...labelled('seen', prose(describeAnswers(check.seen))),
    ...labelled('also', prose(alike.slice(1).map((other) => `${other.purpose}: ${recordOf(other)}`))),
    ...labelled('who', prose([WHO[check.actor]])),
    ...labelled('do', check.fix ? whatToDo(check.fix, width) : []),
    ...labelled('when', late && late > o.now ? prose([`Waiting helps: it should be right ${when(late, o.now)}.`]) : []),
  ]
}

const LONGEST_WHY = 2000

function whyOf({ explanation }: Check): string {
  return cut(steady(explanation), LONGEST_WHY)
}

const WHO: Readonly<Record<Check['actor'], string>> = {
  customer: 'customer: the owner of the domain, at the company that manages its DNS',
  operator: 'operator: whoever runs domainctl and the servers behind it',
  provider: 'provider: the company whose name servers the domain has',
  ca: 'ca: the CA, which issues the certificates',
}

function codesOf(alike: readonly Check[], standing: Standing, width: number, { paint }: Telling): string[] {
  const codes = [...new Set(alike.flatMap(({ problem }) => (problem === undefined ? [] : [problem])))]
  return [
    ...within(codes.join(', '), width).map((line) => paint(MEANING[standing], line)),
    ...(standing === 'warning' ? within('a warning: nothing stops because of it', width) : []),
  ]
}

function title(headline: string, number: number, o: Telling): string[] {
  const [first = '', ...rest] = within(steady(headline), columnsFor(o) - INDENT)
  const indent = ' '.repeat(INDENT)
  return [`${`${number}.`.padEnd(INDENT)}${o.paint('strong', first)}`, ...rest.map((line) => indent + o.paint('strong', line))]
}

/** The records that mend it, ready to be copied, in the form of the DNS host's panel where that is known. */
function whatToDo(fix: Fix, width: number): string[] {
  const { action, type, name, value, ttl, more = [], remove = [], panel } = fix
  if (action === 'wait') return ['Wait: nothing has to be made.']
  const lines = (records: readonly Parameters<typeof recordLines>[0][]) =>
    records.flatMap((record) => recordLines(record, width - 2).map((line) => `  ${line}`))
  if (action === 'remove') {
    const gone = remove.length > 0 ? remove : [{ type, name, value }]
    return [`Remove ${gone.length === 1 ? 'this record' : 'these records'}:`, ...lines(gone)]
  }
  const wanted = [{ type, name, value, ttl }, ...more]
  const place = remove.length === 1 ? 'In its place make' : 'In their place make'
  const verb = action === 'create' ? 'Make' : remove.length > 0 ? place : 'Set'
  const what = wanted.length === 1 ? 'this record' : 'these records'
  const make = panel
    ? [
        `${verb} this record at ${panel.title}:`,
        ...panelLines(panel, width),
        ...(more.length > 0 ? ['and:', ...lines(more)] : []),
      ]
    : [`${verb} ${what}:`, ...lines(wanted)]
  if (remove.length === 0) return make
  const gone = [`Remove ${remove.length === 1 ? 'this record' : 'these records'}:`, ...lines(remove)]
  // The name cannot have both, not even for a moment: what is wrong goes first.
  return action === 'change' ? [...gone, ...make] : [...make, ...gone]
}

function hiddenLine(hidden: readonly Check[]): string {
  const records = hidden.map(recordOf).join(', ')
  return `${hidden.length} further ${hidden.length === 1 ? 'check has' : 'checks have'} to wait for that: ${records}.`
}

function goodToKnow(check: Check, o: Telling): string[] {
  const { problem = '' } = check
  const [first = '', ...rest] = within(`${steady(headlineOf(check))} (${problem})`, columnsFor(o) - 2)
  const why = o.verbose ? within(whyOf(check), columnsFor(o) - INDENT).map((line) => `    ${line}`) : []
  return [`${o.paint('faint', 'i')} ${first}`, ...rest.map((line) => `  ${line}`), ...why]
}

function labelled(label: string, lines: readonly string[]): string[] {
  const indent = ' '.repeat(INDENT)
  return lines.map((line, i) => `${indent}${(i === 0 ? label : '').padEnd(LABEL)}${line}`)
}

function columnsFor({ columns = Number.POSITIVE_INFINITY }: Telling): number {
  return columns
}
