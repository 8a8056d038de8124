import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { CURRENT, keepStanding, look, SET } from './file-set-standing.ts'
import { type NewFile, replaceFiles } from './replace-files.ts'
import { at, codeOf, makeFolder, syncFolder, writeSynced } from './synced-files.ts'

/**
 * How much older than the new set one has to be to be swept away, in ms, by the clock of the file system. A younger one may be
 * that of an export that runs beside this one, or be read by somebody right now.
 */
const SWEPT_AFTER = 10 * 60_000

export interface PlacedSet {
  /** Of the files, in the order given. */
  paths: string[]
  /** Where what stood there before is now, when it was no set of ours. */
  before?: string
}

/**
 * Replaces a set of files that belong together at one moment (ADR 11): the set is written and synced in a folder of its own, and
 * then one rename switches the link through which all files of the folder lead. Killed anywhere, also by a power cut, the old set
 * is there or the new one, and the next call clears up. Of two calls at once, one counts as a whole. What is no set of ours and
 * has the name of one of the files is kept, and its path answered. Where there are no symbolic links (Windows, FAT), the files
 * are replaced one by one.
 * @param files in the order in which who watches them hears of them
 * @throws DomainctlError `OUTPUT_UNWRITABLE`, before anything has changed
 */
export async function placeSet(folder: string, files: readonly NewFile[]): Promise<PlacedSet> {
  await at(folder, makeFolder(folder))
  const generation = `${CURRENT}-${randomBytes(6).toString('hex')}`
  const place = join(folder, generation)
  let switched: Switched
  try {
    await at(folder, mkdir(place, { mode: 0o700 }))
    if (!(await canLink(place))) {
      await rm(place, { recursive: true })
      return { paths: await replaceFiles(folder, files) }
    }
    for (const { file, content, mode, owner } of files)
      await at(join(place, file), writeSynced(join(place, file), content, mode, owner))
    await at(place, syncFolder(place))
    // Before the link: POSIX does not say that of two names in a folder the earlier one comes to the disk first.
    await at(folder, syncFolder(folder))
    switched = await at(folder, switchTo(folder, generation, files))
  } catch (error) {
    await rm(place, { recursive: true, force: true }).catch(() => undefined)
    throw error
  }
  // Each anew, though it says the same: who watches a file by its name hears of that.
  for (const { file } of files) await at(join(folder, file), putLink(folder, generation, file, `${CURRENT}/${file}`))
  await at(folder, syncFolder(folder))
  await at(folder, sweep(folder, generation, switched.last))
  return {
    paths: files.map(({ file }) => join(folder, file)),
    ...(switched.before !== undefined && { before: join(folder, switched.before) }),
  }
}

/**
 * The same by plain files in the folder, replaced one by one: for what copies folders without following links. Who reads in
 * between, and what a power cut leaves, is a mixed set. Takes the place of what placeSet made.
 * @returns the paths. @throws DomainctlError `OUTPUT_UNWRITABLE`
 */
export async function placePlain(folder: string, files: readonly NewFile[]): Promise<string[]> {
  await at(folder, makeFolder(folder))
  const { current } = await at(folder, look(folder, files))
  const paths = await replaceFiles(folder, files)
  if (current !== undefined && SET.test(current)) {
    await at(folder, rm(join(folder, CURRENT), { force: true }))
    await at(folder, rm(join(folder, current), { recursive: true, force: true }))
  }
  return paths
}

/** @returns what the link led to before, and where what stood there is kept */
async function switchTo(folder: string, generation: string, files: readonly NewFile[]): Promise<Switched> {
  for (;;) {
    const standing = await look(folder, files)
    const last = standing.current === undefined ? {} : { last: standing.current }
    await openLike(folder, join(folder, generation))
    if (standing.files.every(({ inode }) => inode === undefined)) {
      await putLink(folder, generation, CURRENT, generation)
      return last
    }
    const before = `.domainctl-before-${randomBytes(6).toString('hex')}`
    await keepStanding(folder, before, standing)
    await openLike(folder, join(folder, before))
    // Another export may have been quicker; what was kept is not what stands there then.
    if (!isDeepStrictEqual(standing, await look(folder, files))) {
      await rm(join(folder, before), { recursive: true })
      continue
    }
    await syncFolder(join(folder, before))
    // The files go over into the keeping of the link one by one, with what they hold now: nobody sees a difference.
    await putLink(folder, generation, CURRENT, before)
    // After a power cut no file may lead to a link that is not there.
    await syncFolder(folder)
    for (const { file, inode } of standing.files) {
      if (inode !== undefined) await putLink(folder, generation, file, `${CURRENT}/${file}`)
    }
    await syncFolder(folder)
    await putLink(folder, generation, CURRENT, generation)
    return { ...last, before }
  }
}

interface Switched {
  last?: string
  before?: string
}

/** Who may read the folder may go into the set; what its files allow is said by their own modes. */
async function openLike(folder: string, set: string): Promise<void> {
  const { mode, uid, gid } = await stat(folder)
  // Else a group that may go into the folder could not go into the set. Where this is nobody's to do, its own group has to be enough.
  await chown(set, uid, gid).catch(() => undefined)
  await chmod(set, 0o700 | (mode & 0o055))
}

/** Puts a link into the folder, in place of what stands there. It is made within the set, which is swept away when it is lost. */
async function putLink(folder: string, generation: string, name: string, target: string): Promise<void> {
  const fresh = join(folder, generation, `.${name}.link`)
  await rm(fresh, { force: true })
  await symlink(target, fresh)
  await rename(fresh, join(folder, name))
}

/** Whether links can be made and replaced there. */
async function canLink(place: string): Promise<boolean> {
  // A link to a folder is not replaced by a rename there, and making one is a privilege.
  if (process.platform === 'win32') return false
  try {
    await symlink('.', join(place, '.link'))
    await rm(join(place, '.link'))
    return true
  } catch (error) {
    if (['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL'].includes(String(codeOf(error)))) return false
    throw error
  }
}

/** Sets that nobody needs any more: of earlier exports, and of those that were killed. What cannot be removed is left for the next. */
async function sweep(folder: string, generation: string, last: string | undefined): Promise<void> {
  const { mtimeMs: now } = await stat(join(folder, generation))
  for (const name of await readdir(folder)) {
    if (!SET.test(name) || name === generation || name === last) continue
    const path = join(folder, name)
    try {
      // In between, another export may have made it the current one; that is seldom younger than this, and then stays.
      if (now - (await stat(path)).mtimeMs < SWEPT_AFTER || (await readlink(join(folder, CURRENT))) === name) continue
      await rm(path, { recursive: true })
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EACCES' && codeOf(error) !== 'EPERM') throw error
    }
  }
}
