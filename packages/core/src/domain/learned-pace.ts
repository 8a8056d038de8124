/** How fast a CA takes requests of one kind, as far as its refusals have told. Times in ms. */
export interface LearnedPace {
  /** 0: as fast as one likes; it has refused none. */
  readonly everyMs: number
  /** When the next may be sent, since 1970. */
  readonly nextAt: number
  /** Requests that were answered since `since`. */
  readonly answered: number
  readonly since: number
  /** The last refusal; those of requests that were sent before it tell nothing new. */
  readonly refusedAt: number
  /** It was refused before anything was answered: what goes through is still to be found out. */
  readonly isGuess: boolean
}

export const FREE_PACE: LearnedPace = { everyMs: 0, nextAt: 0, answered: 0, since: 0, refusedAt: 0, isGuess: false }

/** The slowest pace: a CA that does not even take that is down rather than busy. */
const SLOWEST = 1_000
/** Ten a second, where nothing has been answered before the refusal. */
const GUESS = 100
/** So much of what went through before a refusal is tried after it. */
const CUT = 0.8
/** How much faster each answer makes it, near to what was refused and far from it. */
const GROWTH = { known: 0.995, guessed: 0.96 }
/** A pace faster than this is none. */
const FREE_BELOW = 1
/** Of fewer answers nobody can tell a rate. */
const LEAST_SEEN = 5
/** A rate is that of a few seconds. */
const WINDOW = 4_000

/** After an answer that is no refusal: a little faster. */
export function paceAfterAnswer(pace: LearnedPace, now: number): LearnedPace {
  const everyMs = pace.everyMs * (pace.isGuess ? GROWTH.guessed : GROWTH.known)
  const isOld = now - pace.since > WINDOW
  return {
    ...pace,
    everyMs: everyMs < FREE_BELOW ? 0 : everyMs,
    // Half of the old window goes on counting, so that there is always a rate.
    ...(pace.since === 0 ? { since: now, answered: 1 } : isOld ? halved(pace, now) : { answered: pace.answered + 1 }),
  }
}

function halved({ answered, since }: LearnedPace, now: number): Pick<LearnedPace, 'answered' | 'since'> {
  return { answered: (answered + 1) / 2, since: (since + now) / 2 }
}

/**
 * After a refusal until `until`: from then on a little slower than what went through, once for all that were under way.
 * `sentAt` is when the refused request was sent.
 */
export function paceAfterRefusal(pace: LearnedPace, o: { sentAt: number; now: number; until: number }): LearnedPace {
  if (o.sentAt <= pace.refusedAt) return pace
  const seen = o.now - pace.since
  // A second at least: what went through in less was a burst.
  const isGuess = pace.answered < LEAST_SEEN
  const observed = isGuess ? GUESS : Math.max(seen, 1_000) / pace.answered
  const everyMs = Math.min(Math.max(observed, pace.everyMs) / CUT, SLOWEST)
  return { everyMs, nextAt: o.until, answered: 0, since: o.until, refusedAt: o.now, isGuess }
}
