/** Chances of a test that can be taken again: the same seed gives the same ones, in the order of asking. */
export interface Chances {
  /** From 0 up to 1. */
  next(): number
  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number
  /** Whether something of this probability happens. */
  happens(probability: number): boolean
  oneOf<T>(list: readonly T[]): T
}

/** Mulberry32, a generator of 32 bits of state: enough to spread the moments of a test. */
export function seeded(seed: number): Chances {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    happens: (probability) => next() < probability,
    oneOf(list) {
      const one = list[Math.floor(next() * list.length)]
      if (one === undefined) throw new Error('there is nothing to choose from')
      return one
    },
  }
}
