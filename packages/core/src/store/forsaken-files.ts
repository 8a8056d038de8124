import { readdirSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** One that was not written to for so long has lost its process. */
const FORSAKEN_AFTER_MS = 3_600_000

/**
 * Removes what killed processes have left under names that begin like this, behind which each has put something of its own. Where
 * it may not, it stays.
 * @param o `now`: in ms; `done`: a file that one of them may have become, so that the other name of it is of no use to anybody
 */
export function removeForsaken(beginning: string, o: { now: number; done?: string }): void {
  const done = o.done === undefined ? undefined : statSync(o.done, { throwIfNoEntry: false })
  const folder = dirname(beginning)
  for (const name of readdirSync(folder).filter((one) => one.startsWith(basename(beginning)))) {
    const path = join(folder, name)
    const found = statSync(path, { throwIfNoEntry: false })
    if (!found) continue
    const isDone = done !== undefined && found.ino === done.ino && found.dev === done.dev
    if (isDone || found.mtimeMs < o.now - FORSAKEN_AFTER_MS) removeWhereAllowed(path)
  }
}

function removeWhereAllowed(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}
