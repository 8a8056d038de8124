import { copyFile, link, lstat, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import { at, codeOf } from './synced-files.ts'

/** The link in the folder that says which set is the current one; the files of the folder lead through it. */
export const CURRENT = '.domainctl-set'
/** A set is a folder beside the link. */
export const SET = /^\.domainctl-set-[\da-f]{12}$/
const SET_OR_BEFORE = /^\.domainctl-(?:set|before)-[\da-f]{12}$/

/** What stands in a folder where a set is to be placed. */
export interface Standing {
  /** What the link leads to; absent: there is none. */
  current?: string
  files: {
    file: string
    /** Of what was not put there by placeSet, which is kept. */
    inode?: number
    /** It is there, and leads through the link. */
    isOurs: boolean
  }[]
}

/**
 * @throws DomainctlError `OUTPUT_UNWRITABLE` when something stands there that must not be replaced, or a file of the set would be
 * left without its like
 */
export async function look(folder: string, files: readonly { file: string }[]): Promise<Standing> {
  const current = await targetOf(join(folder, CURRENT))
  if (current === null || (current !== undefined && !SET_OR_BEFORE.test(current))) {
    throw inTheWay(join(folder, CURRENT), 'is not the link that domainctl makes there')
  }
  const wanted = files.map(({ file }) => file)
  for (const name of await readdir(folder)) {
    if (wanted.includes(name) || (await targetOf(join(folder, name))) !== `${CURRENT}/${name}`) continue
    // It would be of an earlier certificate then, or lead nowhere, and a server that uses it would notice when it is too late.
    throw new DomainctlError(
      'OUTPUT_UNWRITABLE',
      `${join(folder, name)} belongs to the set there, and is not written this time.`,
      {
        hint: 'Repeat the export with the options of the earlier one; or remove that file, if nothing reads it any more.',
      },
    )
  }
  const standing: Standing = { files: [], ...(current !== undefined && { current }) }
  for (const file of wanted) {
    const path = join(folder, file)
    const status = await lstat(path).catch(unlessMissing)
    if (status && !status.isFile() && !status.isSymbolicLink()) throw inTheWay(path, 'is no file')
    const isOurs = (await targetOf(path)) === `${CURRENT}/${file}`
    standing.files.push({ file, isOurs, ...(status && !isOurs && { inode: status.ino }) })
  }
  return standing
}

/** A folder `before` that holds what stands there, by the same names: so that the link can lead there without a difference. */
export async function keepStanding(folder: string, before: string, { current, files }: Standing): Promise<void> {
  await mkdir(join(folder, before), { mode: 0o700 })
  try {
    for (const { file, inode, isOurs } of files) {
      const to = join(folder, before, file)
      if (inode !== undefined) await at(join(folder, file), again(join(folder, file), to, folder))
      else if (isOurs && current !== undefined) await again(join(folder, current, file), to, folder).catch(unlessMissing)
    }
  } catch (error) {
    await rm(join(folder, before), { recursive: true, force: true }).catch(() => undefined)
    throw error
  }
}

/** The same file by a second name, with its owner and rights; a copy where the file system or its rules do not allow that. */
async function again(path: string, to: string, folder: string): Promise<void> {
  const target = await targetOf(path)
  if (typeof target === 'string') return symlink(resolve(folder, target), to)
  await link(path, to).catch(async (error) => {
    if (codeOf(error) === 'ENOENT') throw error
    await copyFile(path, to)
  })
}

/** Of a link; null for what is none, undefined where nothing is. */
async function targetOf(path: string): Promise<string | null | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    if (codeOf(error) === 'EINVAL') return null
    return unlessMissing(error)
  }
}

function unlessMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}

function inTheWay(path: string, why: string): DomainctlError {
  return new DomainctlError('OUTPUT_UNWRITABLE', `${path} ${why}.`, {
    hint: 'Choose another folder with --out, or move away what stands there.',
  })
}
