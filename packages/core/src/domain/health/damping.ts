import type { HealthOutcome } from './observation.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How often a domain is checked when nothing is to be made sure of (requirements H2). */
export const CHECK_INTERVAL = 15 * MINUTE
/** When it is checked again after the first failure in a row, counted from it: the last of these decides. */
export const RECHECKS = [30 * SECOND, 90 * SECOND] as const
/** So many failures in a row, none of them refuted, are an outage. */
const FAILURES = RECHECKS.length + 1
/** So many successes in a row are the end of one. */
const SUCCESSES = 2
/** Two of them closer together than this are one: what people check by hand in between proves nothing more. */
const APART = 25 * SECOND
/** A failure that was neither confirmed nor refuted in this time, since nobody looked or nothing was learnt, proves nothing any more. */
const STALE = 2 * CHECK_INTERVAL + MINUTE
/** After a check that learnt nothing; while a failure is to be made sure of, {@link RECHECKS}[0] for {@link PATIENCE}. */
const AFTER_NOTHING = 5 * MINUTE
const PATIENCE = 5 * MINUTE

/**
 * The so-manieth outage within this time is told as flapping. Nagios goes by the share of changes among the last 21 checks, which
 * presumes that checks are equally far apart; ours are not (30 s while something is made sure of, 15 min otherwise), so that the same
 * share would be now an hour and now five. Outages in a time are also what people can follow: "the third in six hours".
 */
export const FLAPPING = { outages: 3, within: 6 * HOUR, calmAfter: 2 * HOUR } as const

/** When people are reminded of an outage, counted from when they were told; then no more (requirements H5). */
export const REMINDERS = [4 * HOUR, DAY, 3 * DAY, 7 * DAY] as const

/** What is known of a domain, and what people were told of it. Plain JSON; times in ms since 1970. */
export interface Damping {
  /** `failing`: it failed, and that is being made sure of. */
  is: 'ok' | 'failing' | 'broken'
  /** In a row, while it is failing. */
  failures: number
  /** In a row, while it is broken. */
  successes: number
  /** The first failure of the row that it is failing or broken by. */
  failedAt?: number
  /** The last failure that counted. */
  lastFailedAt?: number
  /** The last success that counted, while it is broken. */
  succeededAt?: number
  /** When it last became broken, or well again. */
  turnedAt?: number
  /** What people believe; in a maintenance window it may be behind what is. */
  told: 'ok' | 'broken' | 'flapping'
  toldAt?: number
  /** How many of {@link REMINDERS} were sent. */
  reminders: number
  /** The last times that it became broken outside of maintenance. */
  outages: number[]
}

/**
 * Something that people are told: of an outage; that it is over; that it is still there; that a domain flaps, which stands for all
 * outages until it is calm; that one that flapped has come to rest broken.
 */
export type HealthNews = 'outage' | 'recovery' | 'reminder' | 'flapping' | 'stays broken'

export interface Damped {
  damping: Damping
  nextCheckAt: Date
  news?: HealthNews
}

/** The damping of a domain of which nothing is known yet. */
export function undisturbed(): Damping {
  return { is: 'ok', failures: 0, successes: 0, told: 'ok', reminders: 0, outages: [] }
}

/**
 * What an observation makes of what was known (requirements H2).
 * @param o `quiet`: a maintenance window, in which nobody is told anything; what is still so after it is told then
 */
export function damp(before: Damping, seen: { at: Date; outcome: HealthOutcome }, { quiet = false } = {}): Damped {
  const at = seen.at.getTime()
  const known = observed(before, seen.outcome, at, quiet)
  // Without having learnt anything, nothing is told either: an old truth is none.
  const told = quiet || seen.outcome === 'inconclusive' ? {} : tellingOf(known, at)
  const damping = told.news ? told.damping : known
  return { damping, nextCheckAt: new Date(nextCheck(damping, seen.outcome, at)), ...(told.news && { news: told.news }) }
}

function observed(before: Damping, outcome: HealthOutcome, at: number, quiet: boolean): Damping {
  switch (outcome) {
    case 'inconclusive':
      return before
    case 'ok':
      return succeeded(before, at)
    case 'broken':
      return failed(before, at, quiet)
  }
}

function succeeded(before: Damping, at: number): Damping {
  const { failedAt: _, lastFailedAt: __, succeededAt, ...rest } = before
  const successes = before.successes + 1
  if (before.is === 'broken') {
    if (succeededAt !== undefined && distance(at, succeededAt) < APART) return before
    if (successes < SUCCESSES) return { ...before, successes, succeededAt: at }
  }
  return { ...rest, is: 'ok', failures: 0, successes: 0, ...(before.is === 'broken' && { turnedAt: at }) }
}

function failed(before: Damping, at: number, quiet: boolean): Damping {
  if (before.is === 'broken') {
    const { succeededAt: _, ...rest } = before
    return { ...rest, successes: 0 }
  }
  const since = distance(at, before.lastFailedAt ?? 0)
  if (before.is === 'ok' || since > STALE) return { ...before, is: 'failing', failures: 1, failedAt: at, lastFailedAt: at }
  if (since < APART) return before
  const failing = { ...before, failures: before.failures + 1, lastFailedAt: at }
  if (failing.failures < FAILURES) return failing
  const outages = quiet ? before.outages : [...before.outages, at].slice(-FLAPPING.outages)
  return { ...failing, is: 'broken', successes: 0, turnedAt: at, outages }
}

function tellingOf(known: Damping, at: number): { news: HealthNews; damping: Damping } | { news?: undefined } {
  const tell = (news: HealthNews, told: Damping['told']) => ({
    news,
    damping: { ...known, told, toldAt: at, reminders: 0 },
  })
  const isBroken = known.is === 'broken'
  switch (known.told) {
    case 'ok':
      if (!isBroken) return {}
      return flaps(known, at) ? tell('flapping', 'flapping') : tell('outage', 'broken')
    case 'broken':
      if (known.is === 'ok') return tell('recovery', 'ok')
      if (!isBroken || remindersBy(known, at) <= known.reminders) return {}
      // Counted from when they were told first: a reminder is no news. One stands for all whose time came while nobody looked.
      return { news: 'reminder', damping: { ...known, reminders: remindersBy(known, at) } }
    case 'flapping':
      if (known.is === 'failing' || distance(at, known.turnedAt ?? 0) < FLAPPING.calmAfter) return {}
      return isBroken ? tell('stays broken', 'broken') : tell('recovery', 'ok')
  }
}

function flaps({ outages }: Damping, at: number): boolean {
  return outages.filter((one) => at - one < FLAPPING.within).length >= FLAPPING.outages
}

/** How many reminders there should have been until then. */
function remindersBy({ toldAt = 0 }: Damping, at: number): number {
  return REMINDERS.filter((after) => at >= toldAt + after).length
}

function nextCheck(
  { is, failures, successes, failedAt = 0, succeededAt = 0 }: Damping,
  outcome: HealthOutcome,
  at: number,
): number {
  const [first, last] = RECHECKS
  const isUnsure = is === 'failing' || successes > 0
  if (outcome === 'inconclusive') {
    const since = distance(at, is === 'failing' ? failedAt : succeededAt)
    return at + (isUnsure && since < PATIENCE ? first : AFTER_NOTHING)
  }
  if (!isUnsure) return at + CHECK_INTERVAL
  if (is !== 'failing') return at + first
  // A check that was late does not bring the next one nearer: what is an outage has to last. Nor does a clock that was set back put it off.
  return Math.min(Math.max(failedAt + (RECHECKS[failures - 1] ?? 0), at + first), at + last)
}

/** Clocks are set back: what is of tomorrow by its time must not be the neighbour of all that is until then. */
function distance(one: number, other: number): number {
  return Math.abs(one - other)
}
