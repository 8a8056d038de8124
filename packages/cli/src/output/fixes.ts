import { type Check, hiddenByZones } from '@domainctl/core'
import { MEANING, recordOf, type Standing, standingOf } from './check.ts'
import { columnsFor, findingLines, type Telling, whyOf } from './finding.ts'
import { headlineOf } from './headlines.ts'
import { steady, within } from './prose.ts'
import { nameServersIn, whoActs } from './who.ts'

const MOST_HIDDEN = 3

/**
 * What has to be done, numbered: first what stops all else (the zone, DNSSEC), then what is wrong with records, then
 * warnings; at the end what is only good to know. Empty when there is nothing to say.
 */
export function whatToFix(checks: readonly Check[], o: Telling): string[] {
  const of = (standing: Standing) => checks.filter((check) => standingOf(check) === standing)
  const wrong = of('wrong')
  const unseen = hiddenByZones(checks)
  const hidden = wrong.filter((check) => unseen.has(check))
  const open = wrong.filter((check) => check.purpose !== 'zone' && !unseen.has(check))
  const followers = open.flatMap((check) => {
    const leader = leaderOf(check, open)
    return leader ? [{ check, leader }] : []
  })
  const isFollower = (check: Check) => followers.some((follower) => follower.check === check)
  const told = merged([...wrong.filter(({ purpose }) => purpose === 'zone'), ...open.filter((check) => !isFollower(check))])
  const warnings = merged(of('warning').filter((check) => !unseen.has(check)))
  // Beside what has to be mended first, a warning is a line, and what is only good to know none.
  const isBrief = told.length > 0 && !o.verbose
  const findings = isBrief ? told : [...told, ...warnings]
  const numberOf = (check: Check) => findings.findIndex((alike) => alike.includes(check)) + 1
  const known = nameServersIn(checks)
  const whos = findings.map(([check]) => (check ? whoActs(check, known) : ''))
  const isForOne = whos.length > 1 && new Set(whos).size === 1
  const infos = [
    ...followers.flatMap(({ check, leader }) => {
      const [name, other] = [check, leader].map(({ record }) => record.name)
      return marked('i', `${name} follows ${other}: it is right as soon as number ${numberOf(leader)} is done.`, o)
    }),
    ...(isBrief ? warnings.flatMap(([check]) => (check ? inBrief(check, o) : [])) : []),
    ...(isBrief ? [] : of('info').flatMap((check) => goodToKnow(check, o))),
  ]
  return [
    ...(findings.length > 0 ? ['', o.paint('strong', told.length > 0 ? 'What to fix' : 'Worth a look')] : []),
    ...(isForOne ? within(`All of it is for: ${whos[0]}.`, columnsFor(o)) : []),
    ...findings.flatMap((alike, i) => ['', ...findingLines(alike, { ...o, number: i + 1, who: isForOne ? undefined : whos[i] })]),
    ...(hidden.length > 0 ? ['', ...within(hiddenLine(hidden), columnsFor(o))] : []),
    ...(infos.length > 0 ? ['', ...infos] : []),
  ]
}

/** The name that a name follows by its CNAME, so that nothing has to be done at that one. */
function leaderOf({ purpose, fix, seen, record }: Check, open: readonly Check[]): Check | undefined {
  if (purpose !== 'routing' || fix?.action !== 'wait') return undefined
  const values = seen.flatMap(({ values }) => values)
  return open.find(
    (other) => other.purpose === 'routing' && other.record.name !== record.name && values.includes(other.record.name),
  )
}

/** Findings that the same fix mends, that say the same, or that are the same for several names, are one. */
function merged(checks: readonly Check[]): Check[][] {
  const alike = [...Map.groupBy(checks, sameness).values()]
  return [...Map.groupBy(alike, ([first]) => (first ? kindOf(first) : '')).values()].map((groups) => groups.flat())
}

function sameness({ problem, explanation, fix, actor }: Check): string {
  // To wait is no fix of its own: for what one waits, the explanation says.
  if (!fix || fix.action === 'wait') return JSON.stringify([problem, actor, explanation])
  return JSON.stringify([fix.action, fix.type, fix.name, fix.value, fix.more, fix.remove])
}

function kindOf({ purpose, problem, actor, fix, zone, record, explanation }: Check): string {
  // Without a record that mends it, a zone's story is its own.
  return JSON.stringify([purpose, problem, actor, fix?.action, zone, fix ? '' : [record.name, explanation]])
}

function hiddenLine(hidden: readonly Check[]): string {
  const records = hidden.slice(0, MOST_HIDDEN).map(recordOf).join(', ')
  const more = hidden.length > MOST_HIDDEN ? ` and ${hidden.length - MOST_HIDDEN} more` : ''
  return `${hidden.length} further ${hidden.length === 1 ? 'check has' : 'checks have'} to wait for that: ${records}${more}.`
}

function inBrief(check: Check, o: Telling): string[] {
  return marked('!', `${headlineOf(check, o.now)} (a warning: ${check.problem})`, o)
}

function goodToKnow(check: Check, o: Telling): string[] {
  const { problem = '' } = check
  const why = o.verbose ? within(whyOf(check), columnsFor(o) - 4).map((line) => `    ${line}`) : []
  return [...marked('i', `${headlineOf(check, o.now)} (${problem})`, o), ...why]
}

function marked(mark: '!' | 'i', text: string, o: Telling): string[] {
  const [first = '', ...rest] = within(steady(text), columnsFor(o) - 2)
  return [`${o.paint(mark === '!' ? MEANING.warning : 'faint', mark)} ${first}`, ...rest.map((line) => `  ${line}`)]
}
