/** Ends something that was opened. */
export type Close = () => Promise<void>

/**
 * Opens several things one after the other. When one of them fails, those before it are closed. (Node 22 has no
 * AsyncDisposableStack yet.)
 * @param open hands each thing's end to `defer` as soon as it is open
 * @returns what `open` returns, and a function that closes all, the last one first; it may be called twice
 */
export async function openTogether<T>(open: (defer: (close: Close) => void) => Promise<T>): Promise<{ opened: T; close: Close }> {
  const closes: Close[] = []
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= closeInReverse(closes)
    return closing
  }
  try {
    return { opened: await open((end) => closes.push(end)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function closeInReverse(closes: readonly Close[]): Promise<void> {
  const failures: unknown[] = []
  for (const close of closes.toReversed()) await close().catch((failure) => failures.push(failure))
  if (failures.length > 0) throw new AggregateError(failures, 'Not all of it could be closed.')
}
