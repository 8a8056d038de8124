import type { RRsets } from '../domain/leading-records.ts'
import type { WrittenRecord } from '../domain/model.ts'
import { isIn } from './leading-spot.ts'

/**
 * So long after it was planned a write may still arrive, in ms: it waits a minute for its turn, adapters wait half a minute for
 * an answer and ask again, and what a provider has taken in it may do when the process that asked is gone.
 */
const LATE_MS = 5 * 60_000

/**
 * Rows of records that nobody has seen, and that may appear yet. The journal has these until that is over: whoever forgot them
 * would leave a record behind that nobody knows of.
 */
export function lateOf(rows: readonly WrittenRecord[], standing: RRsets, now: Date): WrittenRecord[] {
  const stood = isIn(standing)
  return rows.filter((row) => {
    const isUnseen = (row.state === 'planned' || row.state === 'late') && !stood(row)
    return isUnseen && now.getTime() - row.createdAt.getTime() < LATE_MS
  })
}

/** As the journal keeps them: they count for nobody, and what stood there before is known if they take its place after all. */
export function keptLate(late: readonly WrittenRecord[], previous: RRsets): WrittenRecord[] {
  return late.map((row, i): WrittenRecord => {
    const { previous: _, ...rest } = row
    return { ...rest, state: 'late', ...(i === 0 && previous.length > 0 && { previous: [...previous] }) }
  })
}

/** What a person has to do about these, at least one, all of one name. */
export function lateWarning(late: readonly WrittenRecord[], now: Date): string {
  const since = Math.max(...late.map(({ createdAt }) => createdAt.getTime()))
  const minutes = Math.ceil((since + LATE_MS - now.getTime()) / 60_000)
  const which = late.map(({ type, name, value }) => `${type} ${name} "${value}"`).join(' and ')
  const again = `Repeat this command in ${minutes} minute${minutes === 1 ? '' : 's'}: it takes away what has come.`
  return `${which} is not there, but the request that was to make it may still be on its way. ${again}`
}

/** Whether a row of another domain wants its record to stay. */
export function isWanted({ state }: WrittenRecord): boolean {
  return state !== 'removing' && state !== 'late'
}
