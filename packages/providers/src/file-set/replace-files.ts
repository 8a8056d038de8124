import { randomBytes } from 'node:crypto'
import { link, lstat, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { at, type FileOwner, makeFolder, syncFolder, writeSynced } from './synced-files.ts'

/** How long ago a call has to have begun to be one that was killed, in ms, by the clock of the file system. */
const SWEPT_AFTER = 10 * 60_000

/** A file of a set that belongs together. */
export interface NewFile {
  /** Its name within the folder. */
  file: string
  content: string | Uint8Array
  /** Whatever the umask says. */
  mode: number
  /** Whose it is; absent: the user's who writes it. */
  owner?: FileOwner
}

/**
 * Replaces a set of files in the order given: all are written and synced beside their places first, so that only
 * renames remain, and when one of those fails the files before it are put back. Each single file is at all times
 * either the old one or the new one. A folder that is not there is made with 0700. What killed calls have left beside these files,
 * which may hold keys, is swept away.
 * @returns the paths
 * @throws DomainctlError `OUTPUT_UNWRITABLE` that names the path
 */
export async function replaceFiles(folder: string, files: readonly NewFile[]): Promise<string[]> {
  const suffix = randomBytes(6).toString('hex')
  const placed = files.map((file) => ({
    ...file,
    path: join(folder, file.file),
    fresh: join(folder, `.${file.file}.${suffix}.new`),
    kept: join(folder, `.${file.file}.${suffix}.old`),
  }))
  try {
    await at(folder, makeFolder(folder))
    for (const { path, fresh, content, mode, owner } of placed) await at(path, writeSynced(fresh, content, mode, owner))
    const replaced: typeof placed = []
    try {
      for (const file of placed) {
        await at(file.path, keep(file.path, file.kept))
        await at(file.path, rename(file.fresh, file.path))
        replaced.push(file)
      }
    } catch (error) {
      for (const { path, kept } of replaced) await rename(kept, path).catch(() => rm(path, { force: true }))
      throw error
    }
    await at(folder, syncFolder(folder))
    // What could not be removed now is removed by a later call.
    await sweepLeft(folder, files).catch(() => undefined)
  } finally {
    for (const { fresh, kept } of placed) for (const left of [fresh, kept]) await rm(left, { force: true }).catch(() => undefined)
  }
  return placed.map(({ path }) => path)
}

/** A second name for the file that is about to be replaced; nothing when there is none. */
async function keep(path: string, kept: string): Promise<void> {
  await link(path, kept).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** What calls that began longer ago than `age` have left beside these files: no call takes that long. */
export async function sweepLeft(folder: string, files: readonly Pick<NewFile, 'file'>[], age = SWEPT_AFTER): Promise<void> {
  const names = new Set(files.map(({ file }) => file))
  const left = (await readdir(folder)).filter((name) => names.has(/^\.(.+)\.[\da-f]{12}\.(new|old)$/.exec(name)?.[1] ?? ''))
  if (left.length === 0) return
  const { ctimeMs: now } = await stat(folder)
  for (const name of left) {
    // Of a second name the time of the last change of content is that of the file itself.
    const { ctimeMs = now } = (await lstat(join(folder, name)).catch(() => null)) ?? {}
    if (now - ctimeMs > age) await rm(join(folder, name), { force: true })
  }
}
