/** A clock, as far as it is asked here. */
interface Dated {
  now(): Date
}

const known = new WeakMap<Dated, () => number>()

/**
 * Milliseconds by `clock` that never go back: one that is set back by an hour must make nothing wait or count for an hour
 * more. All who ask of one clock share what has been seen of it, so that little time is lost when it is set back. They mean
 * something only against each other.
 */
export function monotone(clock: Dated): () => number {
  const there = known.get(clock)
  if (there) return there
  let lastSeen = Number.NEGATIVE_INFINITY
  let setBack = 0
  const now = () => {
    const at = clock.now().getTime()
    if (at < lastSeen) setBack += lastSeen - at
    lastSeen = at
    return at + setBack
  }
  known.set(clock, now)
  return now
}
