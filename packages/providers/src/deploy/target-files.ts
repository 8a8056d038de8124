import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Deployed, type DeployedCertificate, DomainctlError } from '@domainctl/core'
import { placePlain, placeSet } from '../file-set/file-set.ts'
import type { NewFile } from '../file-set/replace-files.ts'
import { codeOf, type FileOwner } from '../file-set/synced-files.ts'
import type { FileOptions } from './file-options.ts'

/** The folder of a domain. */
export function folderOf({ folder }: Pick<FileOptions, 'folder'>, name: string): string {
  const plain = name.replace(/^\*\./, '_wildcard.')
  // It becomes a part of a path: a name is never more than letters, digits, dashes, underscores and dots between them.
  if (!/^[\w-]+(\.[\w-]+)*$/.test(plain)) throw new Error(`${JSON.stringify(name)} is no name of a domain`)
  return folder.replaceAll('{name}', plain)
}

/**
 * Writes the files of a certificate at one moment (ADR 11), and knows how to bring back what stood there.
 * @throws DomainctlError `DEPLOY_FAILED`, with everything as it was
 */
export async function placeFiles(options: FileOptions, certificate: DeployedCertificate): Promise<Deployed> {
  const folder = folderOf(options, certificate.name)
  const place = options.plainFiles ? placePlain : placeSet
  try {
    const files = filesOf(options, certificate, await ownerOf(options))
    const before = await Promise.all(files.map(({ file }) => readStanding(join(folder, file), file)))
    if (files.every((file, i) => isSame(file, before[i]))) return { changed: false }
    await place(folder, files)
    return { changed: true, undo: () => putBack(folder, files, before, place).catch(refuse) }
  } catch (error) {
    throw refuse(error)
  }
}

async function putBack(
  folder: string,
  files: readonly NewFile[],
  before: readonly (NewFile | null)[],
  place: (folder: string, files: readonly NewFile[]) => Promise<unknown>,
): Promise<void> {
  for (const [i, { file }] of files.entries()) if (!before[i]) await rm(join(folder, file), { force: true })
  const there = before.filter((one) => one !== null)
  if (there.length > 0) await place(folder, there)
}

function filesOf(options: FileOptions, certificate: DeployedCertificate, owner: FileOwner | undefined): NewFile[] {
  const { certFile, chainFile, fullchainFile, keyFile, combinedFile } = options
  const { privateKey, chain, fullchain, name } = certificate
  const [mode, keyMode] = [Number.parseInt(options.mode, 8), Number.parseInt(options.keyMode, 8)]
  const needsKey = keyFile !== false || combinedFile !== false
  if (needsKey && privateKey === undefined) {
    throw keyElsewhere(name, 'Give such domains a target with keyFile: false, and put the key there yourself.')
  }
  const own = owner ? { owner } : {}
  const file = (name: string | false, content: string, mode: number): NewFile[] =>
    name === false ? [] : [{ file: name, content, mode, ...own }]
  return [
    // The key first: who watches the certificate finds its key there.
    ...file(keyFile, privateKey ?? '', keyMode),
    ...file(chainFile, chain, mode),
    ...file(certFile, certificate.certificate, mode),
    ...file(combinedFile, fullchain + (privateKey ?? ''), keyMode),
    ...file(fullchainFile, fullchain, mode),
  ]
}

/** The certificate was issued for a request of somebody's own. */
export function keyElsewhere(name: string, hint: string): DomainctlError {
  return new DomainctlError(
    'DEPLOY_FAILED',
    `The key of ${name} is not here: its certificate is for a request of somebody else.`,
    { hint },
  )
}

/** A file as it stands there, with its mode and owner; null: there is none. */
export async function readStanding(path: string, file: string): Promise<NewFile | null> {
  try {
    const [content, { mode, uid, gid }] = await Promise.all([readFile(path), stat(path)])
    return { file, content, mode: mode & 0o7777, owner: { uid, gid } }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** Whether content, mode and owner are what is wanted. */
export function isSame(wanted: NewFile, there: NewFile | null | undefined): boolean {
  if (!there || there.mode !== wanted.mode) return false
  const { uid = -1, gid = -1 } = wanted.owner ?? {}
  if ((uid !== -1 && uid !== there.owner?.uid) || (gid !== -1 && gid !== there.owner?.gid)) return false
  return Buffer.from(wanted.content).equals(Buffer.from(there.content))
}

/** @throws DomainctlError `DEPLOY_FAILED` for a name that nobody has */
export async function ownerOf({ owner, group }: Pick<FileOptions, 'owner' | 'group'>): Promise<FileOwner | undefined> {
  if (owner === undefined && group === undefined) return undefined
  return { uid: await idOf(owner, '/etc/passwd', 'user'), gid: await idOf(group, '/etc/group', 'group') }
}

/** Node knows no names of users; the third field of a line of these files is the number. */
async function idOf(name: string | number | undefined, file: string, what: string): Promise<number> {
  if (name === undefined) return -1
  if (typeof name === 'number' || /^\d+$/.test(name)) return Number(name)
  const line = (await readFile(file, 'utf8')).split('\n').find((one) => one.startsWith(`${name}:`))
  const id = Number(line?.split(':')[2])
  if (Number.isInteger(id)) return id
  throw new DomainctlError('DEPLOY_FAILED', `There is no ${what} ${name} in ${file}.`, {
    hint: `Give the number of the ${what} in the configuration of the target.`,
  })
}

/** What helps where the system does not let us write. */
export const WRITE_HINT =
  'Give the user that runs domainctl the right to write there, and room on the disk; then run: domainctl deploy NAME.'

/** What could not be written, as a failure of the target. @throws DomainctlError `DEPLOY_FAILED` */
export function refuse(error: unknown): never {
  if (error instanceof DomainctlError && error.code === 'DEPLOY_FAILED') throw error
  const message = error instanceof Error ? error.message : String(error)
  // What stands in the way has no cause of the system, and no right or room helps against it.
  const isInTheWay = error instanceof DomainctlError && error.cause === undefined
  throw new DomainctlError('DEPLOY_FAILED', message, {
    hint: isInTheWay
      ? 'Move it away once nothing reads it any more, or give the target another folder; then run: domainctl deploy NAME.'
      : WRITE_HINT,
    cause: error,
  })
}
