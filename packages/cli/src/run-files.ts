import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, open, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DomainctlError } from '@domainctl/core'

/** Others read these files, whatever the umask says: a supervisor, Prometheus' node_exporter. There is nothing secret in them. */
const MODE = 0o644

/** Says by its time of change that a process lives. */
export interface LiveFile {
  touch(at: Date): Promise<void>
}

/** @throws DomainctlError `OUTPUT_UNWRITABLE`: it is better not to begin than to be taken for dead */
export async function openLiveFile(path: string): Promise<LiveFile> {
  const make = async () => {
    if (await makeEmpty(path)) return
    // The rights of a file that is there are none of our business: it, or what a link leads to, may be somebody's secret. A pipe would
    // be waited for until somebody reads it.
    await (await open(path, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0))).close()
  }
  await writable(path, make)
  // Nothing is written to it: a disk that is full must not make a process look dead.
  const touch = async (at: Date) => {
    try {
      await utimes(path, at, at)
    } catch {
      await make()
      await utimes(path, at, at)
    }
  }
  return { touch: (at) => writable(path, () => touch(at)) }
}

/** Whether it was made; false where there is one already. */
async function makeEmpty(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'wx', MODE)
    await handle.chmod(MODE).finally(() => handle.close())
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

/** Tells of files that cannot be written: once when it begins, and once more when it is over, not each time. */
export function whenUnwritable(tell: (message: string, fields: Record<string, unknown>) => void) {
  let isTold = false
  return async (work: Promise<void>): Promise<void> => {
    try {
      await work
      if (isTold) tell('it can be written again', {})
      isTold = false
    } catch (error) {
      if (!isTold) tell('a file could not be written', { error: String(error) })
      isTold = true
    }
  }
}

/**
 * Puts a text in the place of a file: whoever reads it sees the old one or the new one, whole. It need not outlast a power cut.
 * @throws DomainctlError `OUTPUT_UNWRITABLE`
 */
export async function replaceText(path: string, text: string): Promise<void> {
  // Not ending in .prom: node_exporter takes all that do.
  const fresh = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.new`)
  await writable(path, async () => {
    try {
      await writeFile(fresh, text, { mode: MODE, flag: 'wx' })
      await chmod(fresh, MODE)
      await rename(fresh, path)
    } catch (error) {
      await rm(fresh, { force: true })
      throw error
    }
  })
}

async function writable(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new DomainctlError('OUTPUT_UNWRITABLE', `${path} cannot be written: ${why}.`, {
      hint: 'Check that its folder is there, its rights and the room on the disk.',
      cause,
    })
  }
}
