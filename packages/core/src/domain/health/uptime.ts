import { CHECK_INTERVAL, type Damping } from './damping.ts'
import type { HealthOutcome } from './observation.ts'

/** `failing`: it failed and was well again before that was sure; counts as up. `unknown`: nothing was learnt. */
export type SpanState = 'ok' | 'failing' | 'broken' | 'unknown'

/** Checks in a row, of one day (UTC), that found the same. */
export interface HealthSpan {
  state: SpanState
  /** Of the first check. */
  beganAt: Date
  /** Of the last one. */
  endedAt: Date
  checks: number
  /** Of the first check that found something wrong. */
  layer?: string
  code?: string
  address?: string
  /** Of checks that have found it well: how long they took, on average and at most, in ms. */
  ms?: { mean: number; most: number }
}

export interface Uptime {
  /** Of the time that was measured; null: none was. */
  percent: number | null
  upMs: number
  downMs: number
  /** Nobody looked, or nothing was learnt. */
  unknownMs: number
}

/** A check speaks for the time until the next one, but not for longer than two intervals: then nobody was looking. */
export const HOLDS = 2 * CHECK_INTERVAL

/** What the check counts as in the history. */
export function spanState({ is }: Damping, outcome: HealthOutcome): SpanState {
  return outcome === 'inconclusive' ? 'unknown' : is
}

/** Whether a check at this time goes on with the span, or begins another one. */
export function continues(span: { state: SpanState; endedAt: Date }, state: SpanState, at: Date): boolean {
  const ended = span.endedAt.getTime()
  return span.state === state && at.getTime() >= ended && at.getTime() - ended <= HOLDS && dayOf(ended) === dayOf(at.getTime())
}

/** Up and down between two times, from the spans of that time in their order, and the one before it. */
export function uptimeOf(spans: readonly HealthSpan[], from: Date, to: Date): Uptime {
  let [upMs, downMs] = [0, 0]
  for (const [i, { state, beganAt, endedAt }] of spans.entries()) {
    const next = spans[i + 1]?.beganAt.getTime() ?? Number.POSITIVE_INFINITY
    const begin = Math.max(beganAt.getTime(), from.getTime())
    const length = Math.min(next, endedAt.getTime() + HOLDS, to.getTime()) - begin
    if (length <= 0 || state === 'unknown') continue
    if (state === 'broken') downMs += length
    else upMs += length
  }
  const measured = upMs + downMs
  const unknownMs = Math.max(0, to.getTime() - from.getTime() - measured)
  return { percent: measured === 0 ? null : (100 * upMs) / measured, upMs, downMs, unknownMs }
}

function dayOf(ms: number): number {
  return Math.floor(ms / 86_400_000)
}
