/** What waits in a wheel: once, for one second. */
export interface Waiting {
  /** In seconds. */
  due: number
  following: Waiting | null
}

/**
 * A queue of what is to happen in which second, as a wheel of one list for each second of a day and a half: a hundred million
 * events go through it in seconds, which a heap would sort in minutes.
 */
export class Wheel<T extends Waiting> {
  readonly #slots: (Waiting | null)[]
  readonly #length: number

  constructor(length = 1 << 17) {
    this.#length = length
    this.#slots = new Array<Waiting | null>(length).fill(null)
  }

  /** Beyond a turn of the wheel it is put back until its turn has come. */
  add(one: T, now: number): void {
    if (one.due <= now) one.due = now + 1
    this.#put(one, Math.min(one.due, now + this.#length - 1))
  }

  #put(one: Waiting, second: number): void {
    const slot = second % this.#length
    one.following = this.#slots[slot] ?? null
    this.#slots[slot] = one
  }

  /** Calls `act` with all whose second is `now`. */
  turn(now: number, act: (one: T) => void): void {
    const slot = now % this.#length
    let one = this.#slots[slot] as T | null
    this.#slots[slot] = null
    while (one) {
      const following = one.following as T | null
      if (one.due > now) this.#put(one, Math.min(one.due, now + this.#length - 1))
      else act(one)
      one = following
    }
  }
}
