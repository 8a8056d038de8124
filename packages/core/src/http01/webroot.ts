import { constants } from 'node:fs'
import { access, lstat, mkdir, open, realpath, rename, rmdir, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { HttpAnswers } from '../contracts/http-answers.ts'
import type { HttpChallenge } from '../domain/http-challenge.ts'
import { DomainctlError } from '../errors.ts'

/** The folders of a webroot in which CAs look, the outer one first (RFC 8555 §8.3). */
const FOLDERS = ['.well-known', '.well-known/acme-challenge'] as const

/** Another order that ends may take the empty folder away while we write into it. */
const ATTEMPTS = 4

/** The answers as files that a web server serves. */
export function createWebroot(folder: string | undefined): Pick<HttpAnswers, 'plan' | 'write' | 'remove'> {
  // What this process has made: of orders at the same time the last one takes the folders away.
  const made = new Set<string>()

  return {
    async plan(token) {
      if (folder === undefined) return { folders: [] }
      const root = await rootOf(folder)
      const folders = FOLDERS.map((one) => join(root, one))
      const standing = await Promise.all(folders.map((one) => isFolder(one, folder)))
      const deepest = folders.findLast((_, i) => standing[i]) ?? root
      await access(deepest, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
        throw unwritable(folder, `${deepest} cannot be written`, cause)
      })
      return { file: join(root, FOLDERS[1], token), folders: folders.filter((_, i) => !standing[i]) }
    },

    async write({ file, token, keyAuthorization }) {
      if (file === undefined) return
      const root = rootOfFile(file, token)
      for (let attempt = 1; ; attempt++) {
        try {
          for (const one of FOLDERS) if (await makeFolder(join(root, one), root)) made.add(join(root, one))
          await writeWhole(file, keyAuthorization)
          return
        } catch (thrown) {
          if (codeOf(thrown) === 'ENOENT' && attempt < ATTEMPTS) continue
          throw thrown instanceof DomainctlError ? thrown : unwritable(root, `${file} cannot be written`, thrown)
        }
      }
    },

    async remove({ file, token, folders }: HttpChallenge) {
      if (file === undefined) return
      const root = rootOfFile(file, token)
      const ours = FOLDERS.map((one) => join(root, one))
      // Somebody has put a link there since: what is behind it is none of ours.
      if ((await Promise.all(ours.map(isLink))).includes(true)) return
      await unlessGone(unlink(temporaryOf(file)))
      await unlessGone(unlink(file))
      for (const one of ours.toReversed()) {
        if (!folders.includes(one) && !made.has(one)) continue
        if (await removeEmpty(one)) made.delete(one)
        // Of a run that was killed with several orders the last one that is cleaned up takes it away.
        else made.add(one)
      }
    },
  }
}

/** The webroot itself may be a link, as of a site that is deployed by moving one. */
async function rootOf(folder: string): Promise<string> {
  try {
    return await realpath(resolve(folder))
  } catch (cause) {
    throw unwritable(folder, 'there is no such folder', cause)
  }
}

/** Written down by {@link HttpAnswers.plan}, and perhaps by a run with another webroot. */
function rootOfFile(file: string, token: string): string {
  const root = dirname(dirname(dirname(file)))
  if (file !== join(root, FOLDERS[1], token)) throw new Error(`${file} is not where an answer goes`)
  return root
}

/** @throws DomainctlError when something else is there */
async function isFolder(path: string, webroot: string): Promise<boolean> {
  const there = await lstat(path).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return null
    throw unwritable(webroot, `${path} cannot be read`, thrown)
  })
  if (!there) return false
  if (there.isDirectory()) return true
  // Who can write into the webroot must not have us write somewhere else.
  throw unwritable(webroot, `${path} is ${there.isSymbolicLink() ? 'a symbolic link' : 'no folder'}`)
}

/** Whether it was not there before. Web servers run as somebody else, whatever the umask says. */
async function makeFolder(path: string, webroot: string): Promise<boolean> {
  if (await isFolder(path, webroot)) return false
  try {
    await mkdir(path)
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown
    return isFolder(path, webroot).then(() => false)
  }
  // There a folder has no mode, and cannot be opened.
  if (process.platform === 'win32') return true
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    await handle.chmod(0o755)
  } finally {
    await handle.close()
  }
  return true
}

/** A web server sees all of it or nothing. */
async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = temporaryOf(file)
  // Of a run that was killed.
  await unlessGone(unlink(temporary))
  const handle = await open(temporary, 'wx', 0o644)
  try {
    await handle.writeFile(text)
    await handle.chmod(0o644)
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}

function temporaryOf(file: string): string {
  return `${file}.domainctl`
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    (there) => there.isSymbolicLink(),
    () => false,
  )
}

/** Whether it is gone; one with something in it stays. */
async function removeEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder)
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOTEMPTY' || codeOf(thrown) === 'EEXIST') return false
    if (codeOf(thrown) !== 'ENOENT') throw thrown
  }
  return true
}

async function unlessGone(removing: Promise<void>): Promise<void> {
  try {
    await removing
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT' && codeOf(thrown) !== 'ENOTDIR') throw thrown
  }
}

function unwritable(webroot: string, why: string, cause?: unknown): DomainctlError {
  const code = codeOf(cause)
  const told = code === '' ? why : `${why} (${code})`
  return new DomainctlError('HTTP_CHALLENGE_CANNOT_SERVE', `The webroot ${webroot} cannot be used for HTTP-01: ${told}.`, {
    hint: 'Nothing was asked of the CA. Give the folder that your web server serves, and let this user write in it (--http01-webroot).',
    ...(cause !== undefined && { cause }),
  })
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}
