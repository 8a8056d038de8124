import { closeSync, lstatSync, openSync, rmSync, statSync } from 'node:fs'
import { link, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Random } from '../contracts/runtime.ts'
import type { BackupFile } from '../contracts/state-work.ts'
import { DomainctlError, type ErrorCode } from '../errors.ts'
import { removeForsaken } from './forsaken-files.ts'
import { syncFolder } from './key.ts'
import { loadSqlite } from './sqlite.ts'
import { fileError, sqliteError } from './state-errors.ts'

/** In one step, however many pages: in several it would begin anew whenever somebody has written in between. */
const ALL_PAGES = 2 ** 31 - 1

export interface BackupRuntime {
  clock: Clock
  random: Random
  /** Heeded until the file gets its name. */
  signal?: AbortSignal
}

/**
 * Copies the pages of an open database, as they are at one moment, into a new file. Who works on it meanwhile is not hindered;
 * this process can do other things, too. The copy is checked, and needs no file beside it.
 * @throws DomainctlError as {@link writeBackup}; `STATE_CORRUPT` when the copy is damaged, as it is when the state is
 */
export function backupDatabase(source: DatabaseSync, from: string, to: string, runtime: BackupRuntime): Promise<BackupFile> {
  const { backup } = loadSqlite()
  return writeBackup(to, runtime, async (unfinished) => {
    try {
      await backup(source, unfinished, { rate: ALL_PAGES })
    } catch (error) {
      throw backupError(error, from, to)
    }
    return finishBackup(unfinished, { from, to })
  })
}

/**
 * Lets `fill` make a database under a name that nobody takes for a backup, and only when that is whole and on the disk gives it
 * its own name, for its owner alone. Killed anywhere, no file has that name; what is left of a killed one is removed by the
 * next for the same name, when an hour has passed.
 * @throws DomainctlError `USAGE` when there is a file of that name: it is never replaced; `STATE_FULL`, `STATE_READ_ONLY`,
 * `STATE_UNREADABLE`
 */
export async function writeBackup(
  to: string,
  { clock, random, signal }: BackupRuntime,
  fill: (unfinished: string) => Promise<number>,
): Promise<BackupFile> {
  const unfinished = `${to}.unfinished-${Buffer.from(random.bytes(6)).toString('hex')}`
  try {
    if (!statSync(dirname(to), { throwIfNoEntry: false })?.isDirectory()) throw noFolder(dirname(to))
    assertFree(to)
    removeForsaken(`${to}.unfinished-`, { now: clock.now().getTime() })
    closeSync(openSync(unfinished, 'wx', 0o600))
    const version = await fill(unfinished)
    signal?.throwIfAborted()
    await syncFile(unfinished)
    const bytes = statSync(unfinished).size
    await giveName(unfinished, to)
    await syncFolder(dirname(to))
    return { path: to, version, bytes }
  } catch (error) {
    throw isOfFiles(error) ? unwritable(fileError(error, to).code, to, error) : error
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) removeIfThere(unfinished + suffix)
  }
}

/** What has too long a name is not there. */
function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENAMETOOLONG')) throw error
  }
}

/**
 * Checks a copy, and makes it one file: also where nobody may write beside it, it can be read then.
 * @returns the version of its schema
 */
export function finishBackup(file: string, { from, to }: { from: string; to: string }): number {
  const { DatabaseSync } = loadSqlite()
  let copy: DatabaseSync | undefined
  try {
    copy = new DatabaseSync(file)
    copy.exec('pragma journal_mode = delete')
    const found = Object.values(copy.prepare('pragma quick_check(1)').get() ?? {})[0]
    if (found !== 'ok') throw damagedSource(from, String(found))
    const version = copy.prepare('select max(version) as version from schema_version').get()?.version
    return typeof version === 'number' ? version : 0
  } catch (error) {
    throw sqliteError(error, to) ?? error
  } finally {
    copy?.close()
  }
}

function isOfFiles(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function assertFree(to: string): void {
  // Also a link to nowhere is something.
  if (lstatSync(to, { throwIfNoEntry: false })) throw backupExists(to)
}

/** Takes the name only where nobody has it, in one step; a file system without hard links has no such step. */
async function giveName(unfinished: string, to: string): Promise<void> {
  try {
    await link(unfinished, to)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') throw backupExists(to)
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS') throw error
    assertFree(to)
    await rename(unfinished, to)
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** SQLite does not tell which of both files it could not write or read: what fails for want of room or rights is the copy. */
function backupError(error: unknown, from: string, to: string): unknown {
  const code = sqliteError(error, to)?.code
  return code === 'STATE_FULL' || code === 'STATE_READ_ONLY' ? unwritable(code, to, error) : (sqliteError(error, from) ?? error)
}

function unwritable(code: ErrorCode, to: string, cause: unknown): DomainctlError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new DomainctlError(code, `The backup ${to} could not be written: ${why}; the state was not changed.`, {
    hint:
      code === 'STATE_FULL'
        ? 'Free some room, or name a file on another disk.'
        : 'Give this user the right to write into that folder, or name another file.',
    cause,
  })
}

function noFolder(folder: string): DomainctlError {
  return new DomainctlError('USAGE', `There is no folder ${folder} for the backup.`, {
    hint: 'Make it first, for yourself alone.',
  })
}

function backupExists(to: string): DomainctlError {
  return new DomainctlError('USAGE', `There is a file ${to} already.`, {
    hint: 'Give another name: a backup never replaces anything.',
  })
}

function damagedSource(from: string, fault: string): DomainctlError {
  return new DomainctlError('STATE_CORRUPT', `The state ${from} is damaged: ${fault}; no backup was made.`, {
    hint: 'Look after the disk, then restore the state from an earlier backup (docs/guide/state.md).',
  })
}
