import { closeSync, fchownSync, openSync, rmSync, statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Random } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import type { Engine } from './engine.ts'
import { loadSqlite } from './sqlite.ts'
import { busyState, fileError, isSqliteBusy } from './state-errors.ts'

/** How long to wait for another process that checks. */
const PATIENCE_MS = 30_000
const PAUSE_MS = 20
/** Up to this size also the indexes are held against their tables: some five times as much work as without. */
const CHECKED_WHOLE = 64 * 1024 * 1024

/**
 * Whoever closes a state last brings its log (`-wal`) into it and removes that. A log that nobody has open is what a crash has left,
 * of a process or of the machine, and a machine that lost its power may have left pages half-written: such a state is checked
 * before it is used. To see whether others have it open, its lock is asked for; one at a time does that, and those who come
 * meanwhile wait, so that nobody gets past a check that is going to fail. Without a log all that it costs is a look for one.
 * @throws DomainctlError `STATE_CORRUPT`, `STATE_UNREADABLE`; `STATE_BUSY` when another process is checking for too long
 */
export async function checkAfterCrash(engine: Engine, runtime: { clock: Clock; random: Random }): Promise<void> {
  if (!hasLog(engine.place)) return
  const gate = await enterGate(engine, runtime)
  try {
    checkUnused(engine)
  } finally {
    gate.close()
  }
  // Not when damage was found: who waits for it and who comes anew would each take the other for one who uses the state.
  removeGate(gateOf(engine.place))
}

function gateOf(path: string): string {
  return `${path}.checking`
}

/** One that cannot be removed, since another has it open (Windows), is used again. */
function removeGate(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}

function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** A file beside the state that one at a time holds. The lock goes with the process that has it, however that ends. */
async function enterGate(engine: Engine, { clock, random }: { clock: Clock; random: Random }): Promise<DatabaseSync> {
  const { DatabaseSync } = loadSqlite()
  const file = gateOf(engine.place)
  const deadline = clock.now().getTime() + PATIENCE_MS
  for (;;) {
    makeGate(file, engine.place)
    let database: DatabaseSync | undefined
    try {
      database = new DatabaseSync(file, { timeout: 0 })
      // Its journal in memory: the lock writes nothing, and can be had on a full disk as well.
      database.exec('pragma journal_mode = memory; begin immediate')
      return database
    } catch (error) {
      database?.close()
      if (!isSqliteBusy(error)) throw engine.toError(error) ?? error
      if (clock.now().getTime() >= deadline) throw busyState(engine.place, error)
    }
    const [jitter = 0] = random.bytes(1)
    await clock.sleep(Math.ceil((PAUSE_MS * (jitter + 1)) / 256))
  }
}

/** Never opened where it is there already: closing it would let go of the lock that this process may hold on it. */
function makeGate(file: string, state: string): void {
  try {
    const made = openSync(file, 'wx', 0o600)
    try {
      // What root leaves behind must not be in the way of the one whose state it is.
      if (process.getuid?.() === 0) {
        const { uid, gid } = statSync(state)
        fchownSync(made, uid, gid)
      }
    } finally {
      closeSync(made)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return
    throw fileError(error, file)
  }
}

function checkUnused(engine: Engine): void {
  const { DatabaseSync } = loadSqlite()
  let sqlite: DatabaseSync | undefined
  try {
    sqlite = new DatabaseSync(engine.place, { timeout: 0 })
    if (!isOurs(sqlite)) {
      leaveAsItIs(sqlite, engine.place)
      return
    }
    // The lock of the whole file comes with the next write, or not at all while anybody else has it open.
    sqlite.exec('pragma locking_mode = exclusive; begin immediate; rollback')
    const fault = findFault(sqlite, statSync(engine.place).size)
    if (fault !== null) throw damagedState(engine.place, fault)
    sqlite.close()
  } catch (error) {
    if (sqlite?.isOpen) leaveAsItIs(sqlite, engine.place)
    if (isSqliteBusy(error)) return
    throw engine.toError(error) ?? error
  }
}

/** The databases of others are none of our business. */
function isOurs(sqlite: DatabaseSync): boolean {
  return sqlite.prepare("select 1 from sqlite_master where type = 'table' and name = 'schema_version'").get() !== undefined
}

/** What SQLite finds wrong first; null when nothing is. */
function findFault(sqlite: DatabaseSync, size: number): string | null {
  const check = size > CHECKED_WHOLE ? 'quick_check' : 'integrity_check'
  const found = Object.values(sqlite.prepare(`pragma ${check}(1)`).get() ?? {})[0]
  return found === 'ok' ? null : String(found)
}

/**
 * Closes a database and leaves its log where it is: it may be all that is left of the latest changes, and the next one is to look
 * again. The last to close it brings the log in, unless he may not write.
 */
function leaveAsItIs(sqlite: DatabaseSync, path: string): void {
  const { DatabaseSync } = loadSqlite()
  let last: DatabaseSync | undefined
  try {
    sqlite.exec('pragma locking_mode = normal')
    sqlite.prepare('select count(*) from sqlite_master').get()
    last = new DatabaseSync(path, { readOnly: true, timeout: 0 })
    last.prepare('select count(*) from sqlite_master').get()
  } catch {
    // So damaged that nothing of it can be read: then nothing is brought in either.
  } finally {
    sqlite.close()
    last?.close()
  }
}

function damagedState(path: string, fault: string): DomainctlError {
  return new DomainctlError('STATE_CORRUPT', `The state ${path} was not closed properly, and is damaged: ${fault}.`, {
    hint: 'Nothing was changed. Look after the disk, then restore the state from a backup (docs/guide/state.md).',
  })
}
