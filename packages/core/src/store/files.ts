import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs'
import { basename, dirname, sep } from 'node:path'
import { removeForsaken } from './forsaken-files.ts'
import { keyFileOf } from './key.ts'
import { fileError, truncatedState } from './state-errors.ts'

/**
 * Makes sure that the state's file is there and can be written: a missing folder is made 0700, a missing file 0600. SQLite
 * gives the files that it makes beside it (`-wal`, `-shm`) the same rights. Of a file that is there nothing is changed: it may
 * be no state at all ({@link restrictStateFile}).
 *
 * A file that is there already is never opened here: closing it would drop the locks that another connection of this
 * process holds on it (https://www.sqlite.org/howtocorrupt.html §2.2). For the same reason nothing here is asynchronous.
 * @throws DomainctlError `STATE_READ_ONLY`, `STATE_FULL`, `STATE_UNREADABLE`
 */
export function prepareStateFile(path: string, file: NewStateFile): void {
  try {
    if (!existsSync(path)) assertShort(path)
    makeFolder(dirname(path))
    const made = !lstatSync(path, { throwIfNoEntry: false }) && unless('EEXIST', () => makeStateFile(path, file))
    if (!made) assertStateFile(path)
    accessSync(path, constants.R_OK | constants.W_OK)
  } catch (error) {
    throw fileError(error, path)
  }
}

/** How a state's file comes to be. */
export interface NewStateFile {
  /** Makes the name beside it, that nobody else has, of a file that is not whole yet. */
  suffix: string
  /** In ms. */
  now: number
  /** Makes a file that is there a database without tables, on the disk. */
  makeDatabase(path: string): void
}

/**
 * The file appears with its first page or not at all: an empty one beside a key is one that something has emptied
 * ({@link assertStateFile}), and must not be what a power cut, or a kill, leaves of a new one.
 */
function makeStateFile(path: string, { suffix, now, makeDatabase }: NewStateFile): void {
  const unfinished = unfinishedOf(path) + suffix
  removeForsaken(unfinishedOf(path), { now })
  closeSync(openSync(unfinished, 'wx', 0o600))
  try {
    makeDatabase(unfinished)
    // Some file systems have no links; there the name is taken at the same moment, for others to lose.
    if (!unless('EPERM', () => linkSync(unfinished, path))) closeSync(openSync(path, 'wx', 0o600))
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** Removes what a process left that was killed while it made this state, which is there now. */
export function removeUnfinished(path: string, now: number): void {
  removeForsaken(unfinishedOf(path), { now, done: path })
}

function unfinishedOf(path: string): string {
  return `${path}.making-`
}

/** SQLite takes paths of 512 bytes, and file systems names of 255; a part of both is for the files that come beside a state. */
const LONGEST_PATH = 460
const LONGEST_NAME = 200

function assertShort(path: string): void {
  const [inPath, inName] = [Buffer.byteLength(path), Buffer.byteLength(basename(path))]
  if (inPath > LONGEST_PATH) throw new Error(`its path has ${inPath} bytes, and may have ${LONGEST_PATH}`)
  if (inName > LONGEST_NAME) throw new Error(`its name has ${inName} bytes, and may have ${LONGEST_NAME}`)
}

/** What root leaves beside a state must not be in the way of the one whose state it is. */
export function giveToOwnerOf(state: string, file: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(state)
  chownSync(file, uid, gid)
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

/**
 * Writes the names of the folders above a new state to the disk. SQLite does that for those of its own files, the key file for its
 * own; but a folder that was made for them and is lost in a power cut takes them all with it. Called before anything is in the
 * state, by each process that is about to make it: whoever has made the folder may have been killed before it came to this.
 * @throws DomainctlError `STATE_FULL`, `STATE_UNREADABLE`
 */
export function syncFoldersOf(path: string): void {
  if (process.platform === 'win32') return // Knows no such call, and needs none.
  const folder = dirname(path)
  try {
    // Nobody makes a folder where it may not write.
    accessSync(folder, constants.R_OK | constants.W_OK)
  } catch {
    return
  }
  try {
    const descriptor = openSync(folder, 'r')
    try {
      // fsync(2): EINVAL says that there is nothing that could be written to a disk.
      unless('EINVAL', () => fsyncSync(descriptor))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    throw fileError(error, path)
  }
  if (dirname(folder) !== folder) syncFoldersOf(folder)
}

/**
 * Takes the rights of others away from a file that was found to be a state, and from those that SQLite has beside it.
 * @throws DomainctlError `STATE_READ_ONLY`, `STATE_UNREADABLE`
 */
export function restrictStateFile(path: string): void {
  try {
    if ((statSync(path).mode & 0o077) === 0) return
    chmodSync(path, 0o600)
    for (const suffix of ['-wal', '-shm']) unless('ENOENT', () => chmodSync(path + suffix, 0o600))
  } catch (error) {
    throw fileError(error, path)
  }
}

/**
 * The state's file for one who only looks, behind all links; null where there is none, or an empty one. Changes nothing.
 * @throws DomainctlError `STATE_READ_ONLY`, `STATE_UNREADABLE`
 */
export function findStateFile(path: string): string | null {
  try {
    if (!lstatSync(path, { throwIfNoEntry: false })) {
      // Where something on the way is no folder, the path is wrong: that is no empty state.
      accessSync(nearestThere(dirname(path)) + sep)
      return null
    }
    const file = realpathSync(path)
    assertStateFile(file)
    if (!may(constants.R_OK, file)) throw new Error('this user may not read it')
    return statSync(file).size === 0 ? null : file
  } catch (error) {
    throw fileError(error, path)
  }
}

/**
 * An empty file is taken for a new state, but not where something beside it says that there was one: to make a new one would
 * hide that all is lost, and SQLite would remove what its log still has. What belongs to a state comes after its first page, so
 * it is looked for first.
 */
function assertStateFile(path: string): void {
  const file = existsSync(path) ? realpathSync(path) : path
  const remains = [keyFileOf(file), `${file}-wal`].find((beside) => (statSync(beside, { throwIfNoEntry: false })?.size ?? 0) > 0)
  const stat = statSync(file)
  if (!stat.isFile()) throw new Error('it is not a file')
  if (stat.size === 0 && remains !== undefined) throw truncatedState(path, remains)
}

function nearestThere(path: string): string {
  return existsSync(path) ? path : nearestThere(dirname(path))
}

/** Whether SQLite can make its files beside the state's, as also reading takes that nobody has open. */
export function canBeWritten(path: string): boolean {
  return [path, dirname(path)].every((place) => may(constants.R_OK | constants.W_OK, place))
}

function may(mode: number, path: string): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
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
