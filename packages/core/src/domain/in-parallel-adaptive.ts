import { type EndedWork, firstWidth, WIDTH_BOUNDS, type WidthBounds, widthAfter } from './adaptive-width.ts'

/**
 * Does `work` for every item, as many at a time as proves good: a few at first, more while that takes them no longer, half as
 * many when one of them was limited. Items are begun in their order.
 * @param work answers how it ended, null when that says nothing of the others, such as where there was nothing to do; once one
 *   rejects no more are begun, and what it rejects with is thrown when those under way have ended
 */
export async function inParallelAdaptive<T>(
  items: Iterable<T>,
  work: (item: T, index: number) => Promise<EndedWork | null>,
  bounds: WidthBounds = WIDTH_BOUNDS,
): Promise<void> {
  const entries = [...items].entries()
  const failures: unknown[] = []
  let width = firstWidth(bounds)
  let underWay = 0
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()

  function begin(): void {
    while (underWay < width.width && failures.length === 0) {
      const next = entries.next()
      if (next.done) break
      const [index, item] = next.value
      underWay++
      void one(item, index)
    }
    if (underWay === 0) end()
  }

  async function one(item: T, index: number): Promise<void> {
    try {
      const how = await work(item, index)
      if (how) width = widthAfter(width, how, bounds)
    } catch (error) {
      failures.push(error)
    }
    underWay--
    begin()
  }

  begin()
  await ended
  if (failures.length > 0) throw failures[0]
}
