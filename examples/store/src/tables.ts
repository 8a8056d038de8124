/** What one write has done so far, so that all of it can be taken back. */
export class Transactions {
  #undo: (() => void)[] = []

  /** Does all of `work` or nothing. It is synchronous: within one process nothing else happens in between. */
  write<T>(work: () => T): T {
    this.#undo = []
    try {
      return work()
    } catch (error) {
      for (const undo of this.#undo.reverse()) undo()
      throw error
    }
  }

  /** Notes how to take back what is about to be done. */
  note(undo: () => void): void {
    this.#undo.push(undo)
  }
}

/** Rows by key. What goes in and what comes out is copied: nobody changes a row but by `set`. */
export class Table<T> {
  readonly #rows = new Map<string, T>()
  readonly #transactions: Transactions

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  get(key: string): T | undefined {
    return structuredClone(this.#rows.get(key))
  }

  set(key: string, row: T): void {
    this.#keep(key)
    this.#rows.set(key, structuredClone(row))
  }

  delete(key: string): void {
    this.#keep(key)
    this.#rows.delete(key)
  }

  /** Rows that meet a condition, which changes nothing of them, in any order. */
  filter(condition: (row: T) => boolean): T[] {
    return structuredClone([...this.#rows.values()].filter(condition))
  }

  find(condition: (row: T) => boolean): T | undefined {
    return structuredClone([...this.#rows.values()].find(condition))
  }

  #keep(key: string): void {
    const before = this.#rows.get(key)
    this.#transactions.note(() => {
      if (before === undefined) this.#rows.delete(key)
      else this.#rows.set(key, before)
    })
  }
}

/** For `sort`: by each of the keys in turn; text by its bytes, as databases do it that know no language. */
export function by<T>(...keys: ((row: T) => string | number | Date)[]): (a: T, b: T) => number {
  return (a, b) => {
    for (const key of keys) {
      const order = compare(key(a), key(b))
      if (order !== 0) return order
    }
    return 0
  }
}

/** The same, the other way round. */
export function byLatest<T>(...keys: ((row: T) => string | number | Date)[]): (a: T, b: T) => number {
  const order = by(...keys)
  return (a, b) => order(b, a)
}

function compare(a: string | number | Date, b: string | number | Date): number {
  return typeof a === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(String(b))) : Number(a) - Number(b)
}
