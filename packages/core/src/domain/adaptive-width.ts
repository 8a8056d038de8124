/** How many pieces of work are under way at a time, found out while they are done (requirements C7). Times in ms. */
export interface AdaptiveWidth {
  /** As many may be under way now: a whole number within the bounds. */
  readonly width: number
  /** Pieces that have ended since the width was last looked at, and how long they took in all. */
  readonly ended: number
  readonly spent: number
  /** How long a piece takes when few are under way: the least mean of a round, which is let forget slowly. */
  readonly base: number | null
  /** After a cut: pieces that were under way then, and end without a say. */
  readonly pardoned: number
  /** The width has been cut once: from then on it grows by ones. */
  readonly isCareful: boolean
}

/** How a piece of work ended: `limited` when somebody had no room for it, or did not answer in time. */
export interface EndedWork {
  ms: number
  limited: boolean
}

/** Between which widths it moves: pieces of work at a time. */
export interface WidthBounds {
  least: number
  most: number
}

export const WIDTH_BOUNDS: WidthBounds = { least: 1, most: 64 }

const FIRST = 8
/** Added after each round of `width` pieces, until the first cut and after it. */
const STEPS = { bold: 4, careful: 1 }
/** A round in which pieces take this many times as long as they did among few is one too wide: then more get no more done. */
const STRETCHED = 2.5
const OVERSTRETCHED = 4
const AFTER_STRETCH = 0.75
const AFTER_LIMIT = 0.5
/** What the base gives way by in each round, so that one lucky round long ago is no measure for ever. */
const FORGETTING = 1.02

/** What takes less, in ms, such as a name with nothing to do, is no measure for what takes its time. */
const LEAST_BASE = 50

/** Small, within the bounds. */
export function firstWidth({ least, most }: WidthBounds = WIDTH_BOUNDS): AdaptiveWidth {
  const width = Math.min(Math.max(FIRST, least), most)
  return { width, ended: 0, spent: 0, base: null, pardoned: 0, isCareful: false }
}

/**
 * The width after one more piece has ended: half of it at once when it was limited, once for all that were under way together;
 * a quarter less after a round that took far too long; a step more after a round that did not.
 */
export function widthAfter(now: AdaptiveWidth, { ms, limited }: EndedWork, bounds: WidthBounds = WIDTH_BOUNDS): AdaptiveWidth {
  if (now.pardoned > 0) return { ...now, pardoned: now.pardoned - 1 }
  if (limited) return cut(now, AFTER_LIMIT, now.base, bounds)
  const ended = now.ended + 1
  const spent = now.spent + ms
  if (ended < now.width) return { ...now, ended, spent }
  const mean = spent / ended
  const base = Math.max(Math.min(mean, (now.base ?? mean) * FORGETTING), LEAST_BASE)
  if (mean > base * OVERSTRETCHED) return cut(now, AFTER_STRETCH, base, bounds)
  const step = mean > base * STRETCHED ? 0 : now.isCareful ? STEPS.careful : STEPS.bold
  return { ...now, width: Math.min(now.width + step, bounds.most), ended: 0, spent: 0, base }
}

function cut(now: AdaptiveWidth, by: number, base: number | null, { least }: WidthBounds): AdaptiveWidth {
  const width = Math.max(Math.floor(now.width * by), least)
  // Those that are under way were begun at the old width, and would tell of it once more.
  return { width, ended: 0, spent: 0, base, pardoned: now.width - 1, isCareful: true }
}
