/** Edits of one key that are wanted in one turn of the event loop are made together; each caller hears what became of its own. */
export type Gathering<I> = (key: string, item: I, signal: AbortSignal) => Promise<void>

interface Member<I> {
  item: I
  signal: AbortSignal
  resolve(): void
  reject(error: unknown): void
}

/**
 * Nobody waits for others longer than that turn. A caller whose signal aborts is answered when its group is done: the request
 * may be on its way, and what has to come after it must not come before.
 *
 * @param most of one group
 * @param work answers with one outcome for each item, in their order, or rejects for all of them; its signal aborts when all
 *   callers have gone
 */
export function gathering<I>(
  most: number,
  work: (items: readonly I[], signal: AbortSignal) => Promise<readonly PromiseSettledResult<unknown>[]>,
): Gathering<I> {
  const open = new Map<string, Member<I>[]>()

  async function make(group: readonly Member<I>[]): Promise<void> {
    const members = group.filter(({ signal }) => !signal.aborted)
    for (const { signal, reject } of group) if (signal.aborted) reject(signal.reason)
    if (members.length === 0) return
    const { signal, leave } = nobodyWaits(members)
    const items = members.map(({ item }) => item)
    try {
      const outcomes = await work(items, signal)
      for (const [i, { resolve, reject }] of members.entries()) {
        const outcome = outcomes[i]
        if (outcome?.status === 'fulfilled') resolve()
        else reject(outcome?.reason ?? new Error('an edit without an outcome'))
      }
    } catch (thrown) {
      for (const member of members) member.reject(member.signal.aborted ? member.signal.reason : thrown)
    } finally {
      leave()
    }
  }

  return (key, item, signal) => {
    signal.throwIfAborted()
    return new Promise<void>((resolve, reject) => {
      const member = { item, signal, resolve, reject }
      const group = open.get(key)
      if (group !== undefined && group.length < most) return void group.push(member)
      const started = [member]
      open.set(key, started)
      setImmediate(() => {
        if (open.get(key) === started) open.delete(key)
        void make(started)
      })
    })
  }
}

function nobodyWaits(members: readonly Pick<Member<unknown>, 'signal'>[]): { signal: AbortSignal; leave(): void } {
  const controller = new AbortController()
  const look = (): void => {
    if (members.every(({ signal }) => signal.aborted)) controller.abort(members[0]?.signal.reason)
  }
  for (const { signal } of members) signal.addEventListener('abort', look)
  return {
    signal: controller.signal,
    leave() {
      for (const { signal } of members) signal.removeEventListener('abort', look)
    },
  }
}
