/**
 * Does `work` for every item, at most `concurrency` at a time, and answers in the order of the items. When some fail
 * the others still finish; then it rejects with the first failure, so `work` should answer with its own outcome.
 */
export async function inParallel<T, R>(
  items: Iterable<T>,
  concurrency: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[] = []
  const entries = [...items].entries()
  const worker = async () => {
    for (const [index, item] of entries) {
      try {
        results[index] = await work(item, index)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
