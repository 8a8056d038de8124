import { constants } from 'node:fs'
import { access, link, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { DomainctlError, endStateKeyRotation, rotateStateKey, type StateKeyRotation, systemRandom } from '@domainctl/core'
import { at, codeOf, syncFolder, writeSynced } from '@domainctl/providers/file-set'
import { shownState } from '../config/shown-state.ts'
import type { Context } from '../context.ts'
import { mark } from '../output/marks.ts'
import type { Paint } from '../output/paint.ts'
import { startProgress } from '../output/progress.ts'
import { quote } from '../quote.ts'

export interface RotateKeyFlags {
  newKeyFile?: string
  finish?: boolean
  abandon?: boolean
}

const KEY_BYTES = 32

/** `state rotate-key`: gives the state another encryption key, while others work on it. */
export async function stateRotateKey(context: Context, flags: RotateKeyFlags): Promise<number> {
  const { io, output, config } = context
  const { finish = false, abandon = false, newKeyFile } = flags
  if ([finish, abandon, newKeyFile !== undefined].filter(Boolean).length > 1) {
    throw new DomainctlError('USAGE', '--new-key-file, --finish and --abandon are three different things.', { hint: 'Give one.' })
  }
  const { state, encryptionKey } = config.settings
  const name = shownState(state)
  const progress = await startProgress(io, output, 1)
  const common = {
    state,
    who: `cli:${io.user}`,
    signal: io.signal,
    ...(encryptionKey !== undefined && { encryptionKey }),
    onProgress: (values: number) => progress.update({ name, message: `${values} secrets sealed anew` }),
  }
  try {
    if (finish || abandon) {
      const ended = await endStateKeyRotation({ ...common, keep: finish ? 'new' : 'old' })
      if (output.json) output.document(ended)
      else
        output.print(`${mark(output.paint, 'ok')} ${name} opens with the key ${ended.key} alone.`, ...damaged(ended.unreadable))
      return 0
    }
    const file = newKeyFile === undefined ? null : resolve(io.cwd, newKeyFile)
    const made = file !== null && (await makeMissing(file))
    if (file !== null) await keepOnDisk(file)
    const done = await rotateStateKey({ ...common, ...(file !== null && { newKey: await readable(file) }) })
    if (output.json) output.document({ ...done, newKeyFile: file })
    else output.print(...said(done, { name, file, made, paint: output.paint }))
    return 0
  } finally {
    progress.stop()
  }
}

/**
 * Makes a new key in a file that is not there yet; whether it did. One that is there is taken as it is. The file appears whole or not
 * at all, and of two that make it at once one does.
 */
async function makeMissing(file: string): Promise<boolean> {
  if (await isThere(file)) return false
  const random = systemRandom()
  const unfinished = `${file}.new-${Buffer.from(random.bytes(6)).toString('hex')}`
  try {
    await at(file, writeSynced(unfinished, `${Buffer.from(random.bytes(KEY_BYTES)).toString('hex')}\n`, 0o600))
    await at(file, giveName(unfinished, file))
  } finally {
    await rm(unfinished, { force: true })
  }
  return true
}

/**
 * Whoever wrote it, a moment ago perhaps: a power cut must not take the key away that secrets are about to be sealed with. With the
 * names of the folders above it, as far up as this user may have made them.
 */
async function keepOnDisk(file: string): Promise<void> {
  const place = await realpath(file).catch(() => null)
  if (place === null) return
  const handle = await open(place, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(() => null)
  // A pipe is on no disk, and what cannot be read is told by whoever reads it.
  if (!handle) return
  try {
    if (!(await handle.stat()).isFile()) return
    await at(file, handle.sync())
  } finally {
    await handle.close()
  }
  for (let folder = dirname(place); await mayBeOurs(folder); folder = dirname(folder)) {
    // fsync(2): EINVAL says that there is nothing that could be written to a disk.
    await at(folder, syncFolder(folder).catch(unless('EINVAL')))
    if (dirname(folder) === folder) return
  }
}

function unless(code: string): (error: unknown) => void {
  return (error) => {
    if (codeOf(error) !== code) throw error
  }
}

async function mayBeOurs(folder: string): Promise<boolean> {
  return access(folder, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
}

async function giveName(unfinished: string, file: string): Promise<void> {
  try {
    await link(unfinished, file)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    // A file system without hard links has no such step.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(String(codeOf(error)))) throw error
    if (!(await isThere(file))) await rename(unfinished, file)
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    },
  )
}

function said(
  { from, to, resealed, unreadable, finished, oldKeyFile }: StateKeyRotation,
  { name, file, made, paint }: { name: string; file: string | null; made: boolean; paint: Paint },
): string[] {
  const secrets = `${resealed} ${resealed === 1 ? 'secret was' : 'secrets were'} sealed anew`
  if (finished) {
    return [
      `${mark(paint, 'ok')} ${name} has a new key (${to}); ${secrets}. The old one (${from}) opens it no more.`,
      ...damaged(unreadable),
      ...(oldKeyFile === null ? [] : [`Backups made before open with the old key: ${oldKeyFile}. Delete it together with them.`]),
    ]
  }
  return [
    `${mark(paint, 'ok')} ${name} opens with both keys now (old ${from}, new ${to}); ${secrets}.${made ? ` The new key is in ${file}, and nowhere else.` : ''}`,
    ...damaged(unreadable),
    `Next: give the new key to every process (DOMAINCTL_ENCRYPTION_KEY_FILE=${quote(file ?? '')}), then end it with that key: domainctl state rotate-key --finish`,
    'Backups made before open with the old key alone: keep it as long as them.',
  ]
}

function damaged(unreadable: number): string[] {
  if (unreadable === 0) return []
  const secrets = unreadable === 1 ? '1 secret is' : `${unreadable} secrets are`
  return [`${secrets} damaged and stayed as ${unreadable === 1 ? 'it is' : 'they are'}: domainctl state verify tells which.`]
}

async function readable(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DomainctlError('STATE_KEY_INVALID', `The key file ${file} cannot be read (${String(codeOf(cause))}).`, {
      hint: 'Name a file with 32 bytes in hex or base64, or one that is not there: it is made.',
      cause,
    })
  })
}
