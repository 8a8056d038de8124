import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** One that was not written to for so long has lost its process. */
const FORSAKEN_AFTER_MS = 3_600_000

/** What each has put behind the beginning: six random bytes, and what SQLite puts behind those. */
const OWN_ENDING = /^[0-9a-f]{12}(-journal|-wal|-shm)?$/

/**
 * Removes what killed processes have left under names that begin like this, behind which each has put something of its own. Where
 * it may not, or may not even look, it stays.
 * @param o `now`: in ms; `done`: a file that one of them may have become, so that the other name of it is of no use to anybody
 */
export function removeForsaken(beginning: string, o: { now: number; done?: string }): void {
  const done = o.done === undefined ? undefined : statSync(o.done, { throwIfNoEntry: false })
  const folder = dirname(beginning)
  for (const name of namesIn(folder)) {
    if (!name.startsWith(basename(beginning)) || !OWN_ENDING.test(name.slice(basename(beginning).length))) continue
    const path = join(folder, name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found) continue
    const isDone = done !== undefined && found.ino === done.ino && found.dev === done.dev
    if (isDone || found.mtimeMs < o.now - FORSAKEN_AFTER_MS) whereAllowed(() => rmSync(path, { force: true }))
  }
}

/** Of a folder that one may write into and not read (0300) none are known. */
function namesIn(folder: string): string[] {
  return whereAllowed(() => readdirSync(folder)) ?? []
}

function whereAllowed<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
