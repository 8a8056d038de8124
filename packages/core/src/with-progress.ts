import type { Progress, VerbOptions } from './contracts/verb-options.ts'

/** A verb at work: what happens on its way, and what it comes to. */
export interface Work<T> extends AsyncIterable<Progress> {
  /** What the verb answers; rejects with what it throws. */
  readonly result: Promise<T>
}

/** Kept for a reader that is slower than the work; of more, the oldest are dropped, since the latest says how things stand. */
const MOST_KEPT = 1_000

/**
 * Begins a verb and gives its progress to `for await`. The loop ends with the verb, and throws what the verb throws. Leaving the loop
 * stops nothing, which only the signal does; nor does the verb wait for the loop. Progress is told once, to one loop.
 *
 * ```ts
 * const work = withProgress((o) => domainctl.issue('shop.example.com', { ...o, signal }))
 * for await (const { name, message } of work) console.log(`${name}: ${message}`)
 * const { certificate } = await work.result
 * ```
 * @param verb is called at once, with the option `onProgress` that it is to hand on
 */
export function withProgress<T>(verb: (o: Required<Pick<VerbOptions, 'onProgress'>>) => Promise<T>): Work<T> {
  const kept: Progress[] = []
  let news = Promise.withResolvers<void>()
  let hasEnded = false
  const onProgress = (progress: Progress) => {
    kept.push(progress)
    if (kept.length > MOST_KEPT) kept.shift()
    news.resolve()
  }
  const end = () => {
    hasEnded = true
    news.resolve()
  }
  // Called at once; what it throws is of its result, too.
  const result = (async () => verb({ onProgress }))()
  // Also where nobody looks at `result`: the loop throws it.
  result.then(end, end)
  async function* progress(): AsyncGenerator<Progress, void, undefined> {
    while (true) {
      const next = kept.shift()
      if (next) {
        yield next
        continue
      }
      if (hasEnded) break
      await news.promise
      news = Promise.withResolvers()
    }
    await result
  }
  return { result, [Symbol.asyncIterator]: progress }
}
