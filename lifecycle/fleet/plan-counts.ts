/** How long a count's piece of time is, in ms. */
const PIECE = 600_000

/** How many renewals are planned when, in memory, as the store's `plannedRenewals` answers it, to ten minutes. */
export class PlanCounts {
  readonly #pieces: Int32Array

  constructor(length: number) {
    this.#pieces = new Int32Array(Math.ceil(length / PIECE))
  }

  add(at: number): void {
    this.#change(at, 1)
  }

  remove(at: number): void {
    this.#change(at, -1)
  }

  #change(at: number, by: number): void {
    const piece = Math.floor(at / PIECE)
    if (piece >= 0 && piece < this.#pieces.length) this.#pieces[piece] = (this.#pieces[piece] ?? 0) + by
  }

  between(from: number, to: number, slots: number): number[] {
    const counts = new Array<number>(slots).fill(0)
    const first = Math.max(0, Math.ceil(from / PIECE))
    const last = Math.min(this.#pieces.length, Math.ceil(to / PIECE))
    for (let piece = first; piece < last; piece++) {
      const slot = Math.floor(((piece * PIECE - from) * slots) / (to - from))
      counts[slot] = (counts[slot] ?? 0) + (this.#pieces[piece] ?? 0)
    }
    return counts
  }
}
