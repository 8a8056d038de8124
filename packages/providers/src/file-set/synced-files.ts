import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DomainctlError } from '@domainctl/core'

/** Makes a folder and those above it, where they are not there; 0700. What is in them then is not lost with their names. */
// Not mkdir's own `recursive`: where a file system answers ENOENT for a new folder (/proc), Node tries for ever.
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await makeOne(path)
  }
}

async function makeOne(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 })
  await syncFolder(dirname(path)).catch((error) => {
    // Of a folder in which this user may write, but not read: there it cannot be done.
    if (codeOf(error) !== 'EACCES') throw error
  })
}

/** Of an error of the system. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/** Ids of a user and a group; -1: as they are. */
export interface FileOwner {
  uid: number
  gid: number
}

/** A new file with this mode, whatever the umask says; it is on the disk then. */
export async function writeSynced(path: string, content: string | Uint8Array, mode: number, owner?: FileOwner): Promise<void> {
  const handle = await open(path, 'wx', mode)
  try {
    // Before the mode: a change of the owner takes rights away.
    if (owner) await handle.chown(owner.uid, owner.gid)
    await handle.chmod(mode)
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the renames last (POSIX); Windows cannot open a folder and has no need to. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

/** Codes of the system that say the same of every path; the others are told as they are. */
const WHY: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EEXIST: 'something that is no folder is there',
  EPERM: 'this user may not do that there',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is no folder',
  EROFS: 'it can only be read',
}

/** Names the path when the work fails. */
export async function at<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof DomainctlError) throw cause
    const { code = cause.message } = cause
    const why = Object.hasOwn(WHY, code) ? `${WHY[code]} (${code})` : code
    throw new DomainctlError('OUTPUT_UNWRITABLE', `${path} cannot be written: ${why}.`, {
      hint: 'Check the path, its rights and the room on the disk.',
      cause,
    })
  })
}
