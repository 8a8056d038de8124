import { DomainctlError, type ErrorCode } from '../errors.ts'

/** Where a value stands in the state. */
export interface Cell {
  table: string
  /** The id of the row. */
  row: string
  column: string
}

/** A stored value that cannot be read back; becomes `STATE_CORRUPT`, which names the state, on its way out of the store. */
export class UnreadableValue extends Error {
  readonly cell: Cell

  constructor(cell: Cell, why: string, cause?: unknown) {
    super(`${cell.table}.${cell.column} of the row ${cell.row} ${why}`, cause === undefined ? undefined : { cause })
    this.cell = cell
  }
}

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html); the low byte of what Node puts into `errcode`.
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const NOTADB = 26
/** The shared memory beside the file could not grow, as on a full disk. */
const IOERR_SHMSIZE = IOERR | (19 << 8)

function sqliteCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null
}

/** Whether the lock of another process was in the way. */
export function isSqliteBusy(error: unknown): boolean {
  const code = sqliteCode(error)
  return code !== null && ((code & 0xff) === BUSY || (code & 0xff) === LOCKED)
}

/** What `node:sqlite` threw about the file at `path`, or null when the fault is in the statement. */
export function sqliteError(error: unknown, path: string): DomainctlError | null {
  // A number that no JavaScript number holds: none of ours.
  if (error instanceof RangeError && 'code' in error && error.code === 'ERR_OUT_OF_RANGE') return corruptState(path, error)
  const code = sqliteCode(error)
  if (code === null) return null
  if (code === IOERR_SHMSIZE) return stateError('STATE_FULL', path, error)
  switch (code & 0xff) {
    case FULL:
      return stateError('STATE_FULL', path, error)
    case READONLY:
      return stateError('STATE_READ_ONLY', path, error)
    case CORRUPT:
    case NOTADB:
    case CANTOPEN:
      return stateError('STATE_UNREADABLE', path, error)
    case IOERR:
      return failedDisk(path, error)
    default:
      if (!(error instanceof Error)) return null
      // We change no line of the audit: somebody's number stands in the way of the next one.
      if (error.message === 'malformed JSON' || error.message.endsWith('is append-only')) return corruptState(path, error)
      // Our statements fit our tables: if these are not there, somebody has been at them.
      return /^no such (table|column)|already exists$/.test(error.message) ? stateError('STATE_UNREADABLE', path, error) : null
  }
}

/** What the file system threw about `path`, the state's file or one beside it. */
export function fileError(error: unknown, path: string): DomainctlError {
  if (error instanceof DomainctlError) return error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return stateError('STATE_FULL', path, error)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return stateError('STATE_READ_ONLY', path, error)
    default:
      return stateError('STATE_UNREADABLE', path, error)
  }
}

const TEXTS = {
  STATE_FULL: [
    'The disk that holds the state is full',
    'Free some room and run the same command again: what was done at a DNS provider or a CA is in the journal, and it goes on from there.',
  ],
  STATE_READ_ONLY: [
    'The state cannot be written',
    'Give this user the right to read and write the file and its folder, or choose another state.',
  ],
  STATE_UNREADABLE: [
    'The state cannot be opened',
    'Check that this path is right and is a state of domainctl; if the file is damaged, restore it from a backup.',
  ],
} as const satisfies Partial<Record<ErrorCode, readonly [what: string, hint: string]>>

function stateError(code: keyof typeof TEXTS, path: string, cause: unknown): DomainctlError {
  const [what, hint] = TEXTS[code]
  return new DomainctlError(code, `${what}: ${path} (${cause instanceof Error ? cause.message : String(cause)}).`, {
    hint,
    cause,
  })
}

/** The system refused a read, a write or a sync, and SQLite does not tell why: to restore a backup would lose the latest. */
function failedDisk(path: string, cause: unknown): DomainctlError {
  return new DomainctlError(
    'STATE_UNREADABLE',
    `The disk could not be read or written: ${path} (${cause instanceof Error ? cause.message : String(cause)}).`,
    {
      hint: 'Look at the log of the system, the quota of this user and its limits (ulimit -f), then run the same command again: what was committed is kept.',
      cause,
    },
  )
}

/** A database that is not ours. */
export function foreignState(place: string): DomainctlError {
  return new DomainctlError(
    'STATE_UNREADABLE',
    `The database ${place} belongs to another program: it has tables, but none of domainctl.`,
    {
      hint: 'Check that this path is right; domainctl wants a database of its own.',
    },
  )
}

/** A state of an older schema, where nothing may be changed. */
export function olderState(place: string, version: number, latest: number): DomainctlError {
  return new DomainctlError(
    'STATE_READ_ONLY',
    `The state ${place} was written by an older domainctl (its schema has version ${version}, this one reads ${latest}), and what only looks at it does not change it.`,
    {
      hint: 'Run `domainctl state migrate`, or a command that writes, as a user who may write the state: it brings it up to date.',
    },
  )
}

/** A value that cannot be read back. */
export function corruptState(place: string, cause: Error): DomainctlError {
  return new DomainctlError('STATE_CORRUPT', `A value in the state ${place} cannot be read back: ${cause.message}.`, {
    hint: 'Something other than domainctl has changed the state: restore it from a backup.',
    cause,
  })
}

/** The lock could not be had in time. */
export function busyState(place: string, cause: unknown): DomainctlError {
  return new DomainctlError('STATE_BUSY', `Another process has held the lock of the state ${place} for more than 30 seconds.`, {
    hint: 'Look for a process that is stopped or hangs while it writes the state (a debugger, a backup), end it, and run the same command again.',
    cause,
  })
}

/** A copy into the state was cut short. */
export function unfinishedCopy(place: string): DomainctlError {
  return new DomainctlError('STATE_UNREADABLE', `The state ${place} is not whole: a copy into it has not ended.`, {
    hint: 'Run the same `domainctl state copy` again: it goes on where it stopped. Until then use the state that is copied.',
  })
}

/** An empty file, with what belongs to a state beside it. */
export function truncatedState(path: string, beside: string): DomainctlError {
  return new DomainctlError('STATE_UNREADABLE', `The state ${path} is empty, but ${beside} is there: something has emptied it.`, {
    hint: `Restore it from a backup. To begin anew with nothing, move ${beside} away first; do not delete a key that a backup may need.`,
  })
}
