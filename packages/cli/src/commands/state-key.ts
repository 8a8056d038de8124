import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { DomainctlError, endStateKeyRotation, rotateStateKey, type StateKeyRotation, systemRandom } from '@domainctl/core'
import { shownState } from '../config/shown-state.ts'
import type { Context } from '../context.ts'
import { startProgress } from '../output/progress.ts'
import { quote } from '../quote.ts'
import { at, codeOf, syncFolder, writeSynced } from '../synced-files.ts'

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
      else output.print(`${output.paint('good', '✔')} ${name} opens with the key ${ended.key} alone.`)
      return 0
    }
    const file = newKeyFile === undefined ? null : resolve(io.cwd, newKeyFile)
    const made = file !== null && (await makeMissing(file))
    const done = await rotateStateKey({ ...common, ...(file !== null && { newKey: await readable(file) }) })
    if (output.json) output.document({ ...done, newKeyFile: file })
    else output.print(...said(done, { name, file, made, paint: (text) => output.paint('good', text) }))
    return 0
  } finally {
    progress.stop()
  }
}

/** Makes a new key in a file that is not there yet; whether it did. One that is there is taken as it is. */
async function makeMissing(file: string): Promise<boolean> {
  const isThere = await stat(file).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    },
  )
  if (isThere) return false
  await at(file, writeSynced(file, `${Buffer.from(systemRandom().bytes(KEY_BYTES)).toString('hex')}\n`, 0o600))
  await at(file, syncFolder(dirname(file)))
  return true
}

function said(
  { from, to, resealed, finished, oldKeyFile }: StateKeyRotation,
  { name, file, made, paint }: { name: string; file: string | null; made: boolean; paint(text: string): string },
): string[] {
  const secrets = `${resealed} ${resealed === 1 ? 'secret was' : 'secrets were'} sealed anew`
  if (finished) {
    return [
      `${paint('✔')} ${name} has a new key (${to}); ${secrets}. The old one (${from}) opens it no more.`,
      ...(oldKeyFile === null ? [] : [`Backups made before open with the old key: ${oldKeyFile}. Delete it together with them.`]),
    ]
  }
  return [
    `${paint('✔')} ${name} opens with both keys now (old ${from}, new ${to}); ${secrets}.${made ? ` The new key is in ${file}, and nowhere else.` : ''}`,
    `Next: give the new key to every process (DOMAINCTL_ENCRYPTION_KEY_FILE=${quote(file ?? '')}), then end it with that key: domainctl state rotate-key --finish`,
    'Backups made before open with the old key alone: keep it as long as them.',
  ]
}

async function readable(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DomainctlError('STATE_KEY_INVALID', `The key file ${file} cannot be read (${String(codeOf(cause))}).`, {
      hint: 'Name a file with 32 bytes in hex or base64, or one that is not there: it is made.',
      cause,
    })
  })
}
