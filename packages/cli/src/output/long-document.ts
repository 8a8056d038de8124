import { once } from 'node:events'
import type { OutputStream } from '../io.ts'
import { jsonText } from './json-text.ts'

/** A JSON document with a list that is written while it is still being made, so that it never is in memory as a whole. */
export interface LongDocument {
  /**
   * The item at this place of the list, counted from 0; items may come in any order, each place once. What cannot be written
   * yet is kept as text. Resolves when the reader has taken what could be written: who waits for it makes no more than is
   * read.
   */
  put(place: number, item: unknown): Promise<void>
  /** Ends the list, which has to have no gaps, and the document, with the properties of `rest` after the list. */
  end(rest: object): Promise<void>
}

/** A document as `jsonText({ [key]: list, ...rest }, 2)` would make it, letter for letter. */
export function longDocument(stdout: OutputStream, key: string): LongDocument {
  const head = jsonText({ [key]: [0] }, 2).slice(0, -'\n    0\n  ]\n}'.length)
  const tail = '\n  ]\n}'
  const early = new Map<number, string>()
  let next = 0
  let writing: Promise<void> = Promise.resolve()

  async function writeNext(): Promise<void> {
    for (let piece = early.get(next); piece !== undefined; piece = early.get(next)) {
      early.delete(next)
      const before = next === 0 ? head : ','
      next += 1
      await writeAll(stdout, before + piece)
    }
  }

  return {
    put(place, item) {
      // Made within a list of its own it has the blanks that it needs before each line.
      early.set(place, jsonText({ [key]: [item] }, 2).slice(head.length, -tail.length))
      writing = writing.then(writeNext)
      return writing
    },
    async end(rest) {
      await writing
      const closed = next === 0 ? `${head}]` : '\n  ]'
      await writeAll(stdout, `${closed},${jsonText(rest, 2).slice(1)}\n`)
    },
  }
}

/** Writes a text, and resolves when more of it can be taken; what a reader that has gone means is told elsewhere. */
export async function writeAll(stdout: OutputStream, text: string): Promise<void> {
  if (stdout.write(text) || stdout.destroyed) return
  const over = new AbortController()
  // From a reader that has gone nothing drains any more; what that means is told elsewhere, and no work stops for it.
  const ended = ['drain', 'close', 'error'].map((event) => once(stdout, event, over).catch(() => undefined))
  await Promise.race(ended)
  over.abort()
}
