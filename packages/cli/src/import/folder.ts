import { readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import { readSmallOctets } from '../config/small-file.ts'

/** The folder of another client, which is only ever read. */
export interface Folder {
  /** Its path, links resolved. */
  readonly root: string
  path(...parts: string[]): string
  /** Names in a folder of it, sorted; none where there is no such folder. */
  names(...parts: string[]): Promise<string[]>
  /** The path of what is there, links resolved; null where nothing is, or where links lead out of the folder. */
  real(...parts: string[]): Promise<string | null>
  /** What is there, links followed. */
  kind(...parts: string[]): Promise<'file' | 'folder' | null>
  /**
   * The text of a file; null where there is none.
   * @throws Error that says why it is not read: it leads out of the folder, is no file, or is too large
   */
  text(...parts: string[]): Promise<string | null>
  /** Whether everybody on this machine may read the file. */
  isOpenToAll(...parts: string[]): Promise<boolean>
}

/** @throws DomainctlError `USAGE` */
export async function openFolder(path: string): Promise<Folder> {
  const root = await realpath(path).catch((cause) => {
    throw unreadable(path, cause)
  })
  await readdir(root).catch((cause) => {
    throw unreadable(path, cause)
  })

  /** Links may lead anywhere: what is not in the folder belongs to somebody else (`live/x/privkey.pem -> /etc/shadow`). */
  async function within(parts: readonly string[]): Promise<string | null> {
    const wanted = join(root, ...parts)
    const real = await realpath(wanted).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
      throw new Error(`${wanted} cannot be read: ${error.code === 'ELOOP' ? 'its links go round in a circle' : error.code}`)
    })
    if (real === null || real === root || real.startsWith(root === sep ? sep : `${root}${sep}`)) return real
    throw new Error(`${wanted} is a link that leads out of ${root}`)
  }

  async function kind(...parts: string[]): Promise<'file' | 'folder' | null> {
    const real = await within(parts).catch(() => null)
    const found = real === null ? null : await stat(real).catch(() => null)
    if (found?.isFile()) return 'file'
    return found?.isDirectory() ? 'folder' : null
  }

  return {
    root,
    path: (...parts) => join(root, ...parts),
    real: (...parts) => within(parts).catch(() => null),
    kind,
    async names(...parts) {
      const real = await within(parts).catch(() => null)
      if (real === null) return []
      const names = await readdir(real).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
        throw unreadable(join(root, ...parts), error)
      })
      return names.sort()
    },
    async text(...parts) {
      const real = await within(parts)
      if (real === null) return null
      // A pipe or a device is not even opened.
      if (!(await stat(real)).isFile()) throw new Error(`${join(root, ...parts)} is no file`)
      return readSmallOctets(real, 'file of such a client').then(
        (octets) => octets.toString('utf8'),
        (error: NodeJS.ErrnoException) => {
          throw new Error(`${join(root, ...parts)} cannot be read: ${error.code ?? error.message}`)
        },
      )
    },
    async isOpenToAll(...parts) {
      const real = await within(parts).catch(() => null)
      if (real === null) return false
      const { mode } = await stat(real)
      return process.platform !== 'win32' && (mode & 0o004) !== 0 && (await isReachable(real))
    },
  }
}

/** That others may read a file says nothing while they cannot get to it: certbot keeps `archive` and `live` at 0700. */
async function isReachable(file: string): Promise<boolean> {
  for (let folder = resolve(file, '..'); ; folder = resolve(folder, '..')) {
    if (((await stat(folder)).mode & 0o001) === 0) return false
    if (folder === resolve(folder, '..')) return true
  }
}

function unreadable(path: string, cause: unknown): DomainctlError {
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown'
  const why = { ENOENT: 'is not there', ENOTDIR: 'is no folder', EACCES: 'may not be read by this user' }[code] ?? code
  return new DomainctlError('USAGE', `The folder ${path} cannot be imported from: it ${why}.`, {
    hint:
      code === 'EACCES' ? 'Run the command as the user of that client, such as root.' : 'Give the folder of the other client.',
    cause,
  })
}

/**
 * The folders below one, `deepest` levels down, each once: a link to a folder above would make them as many as there are ways around.
 */
export async function* foldersBelow(folder: Folder, top: string, deepest: number): AsyncGenerator<string[]> {
  const seen = new Set<string>()
  async function* below(parts: string[]): AsyncGenerator<string[]> {
    const real = await folder.real(top, ...parts)
    if (real === null || seen.has(real)) return
    seen.add(real)
    if (parts.length > 0) yield parts
    if (parts.length === deepest) return
    for (const name of await folder.names(top, ...parts))
      if ((await folder.kind(top, ...parts, name)) === 'folder') yield* below([...parts, name])
  }
  yield* below([])
}

/** Both, or why not. */
export async function readPair(
  folder: Folder,
  { chain: chainAt, key: keyAt }: { chain: string[]; key: string[] },
): Promise<{ chain: string; privateKey: string }> {
  const [chain, privateKey] = [await textOf(folder, chainAt), await textOf(folder, keyAt)]
  return { chain, privateKey }
}

async function textOf(folder: Folder, parts: string[]): Promise<string> {
  const text = await folder.text(...parts)
  if (text === null) throw new Error(`${folder.path(...parts)} is not there`)
  return text
}

/** What is to be said of a key that others on this machine can read. */
export async function openKeyWarnings(folder: Folder, ...parts: string[]): Promise<string[]> {
  if (!(await folder.isOpenToAll(...parts))) return []
  return [
    `${folder.path(...parts)} can be read by everybody on this machine: get a new key once it is imported (domainctl renew NAME --force).`,
  ]
}
