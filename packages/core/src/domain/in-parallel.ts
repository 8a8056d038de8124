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
  const all = [...items]
  const entries = all.entries()
  const worker = async () => {
    for (const [index, item] of entries) {
      try {
        results[index] = await work(item, index)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  // Mostly there is one item, and this is done several times for each domain: nobody is started who has nothing to do.
  const workers = Math.min(Math.max(1, concurrency), all.length)
  await Promise.all(Array.from({ length: workers }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
