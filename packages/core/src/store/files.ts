import { accessSync, chmodSync, closeSync, constants, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileError } from './state-errors.ts'

/**
 * Makes sure that the state's file is there, can be written, and is nobody else's to read: a missing folder is made 0700,
 * the file 0600. SQLite gives the files that it makes beside it (`-wal`, `-shm`) the same rights.
 *
 * A file that is there already is never opened here: closing it would drop the locks that another connection of this
 * process holds on it (https://www.sqlite.org/howtocorrupt.html §2.2). For the same reason nothing here is asynchronous.
 * @throws DomainctlError `STATE_READ_ONLY`, `STATE_FULL`, `STATE_UNREADABLE`
 */
export function prepareStateFile(path: string): void {
  try {
    makeFolder(dirname(path))
    const made = unless('EEXIST', () => closeSync(openSync(path, 'wx', 0o600)))
    if (!made) restrict(path)
    accessSync(path, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw fileError(error, path)
  }
}

/**
 * Makes a folder and those above it. Node's own `recursive` never returns where a folder cannot be made though the one
 * above it is there, as in /proc.
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  unless('EEXIST', () => mkdirSync(path, { mode: 0o700 }))
}

/** Takes the rights of others away. */
function restrict(path: string): void {
  const stat = statSync(path)
  if (!stat.isFile()) throw new Error('it is not a file')
  if ((stat.mode & 0o077) === 0) return
  chmodSync(path, 0o600)
  for (const suffix of ['-wal', '-shm']) unless('ENOENT', () => chmodSync(path + suffix, 0o600))
}

/** Whether `work` was done; false when it failed with `code`. */
function unless(code: string, work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return false
    throw error
  }
}
