import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import type { Io } from '../../io.ts'
import { quote } from '../../quote.ts'
import { ANOTHER_FOLDER } from './scratch.ts'

/** Where programs are on systems whose PATH is not set. */
const USUAL_PATH = '/usr/local/bin:/usr/bin:/bin'

/**
 * Makes a folder with a `domainctl` that runs this very command, so that scripts find it however this one was started.
 * @returns the environment with this folder first on PATH
 * @throws DomainctlError `OUTPUT_UNWRITABLE`
 */
export async function withOwnCommand(env: NodeJS.ProcessEnv, self: Io['self'], scratch: string): Promise<NodeJS.ProcessEnv> {
  const folder = join(scratch, 'bin')
  const windows = process.platform === 'win32'
  const script = join(folder, windows ? 'domainctl.cmd' : 'domainctl')
  const words = self.map((word) => (windows ? `"${word}"` : quote(word))).join(' ')
  try {
    await mkdir(folder, { mode: 0o700 })
    await writeFile(script, windows ? `@${words} %*\r\n` : `#!/bin/sh\nexec ${words} "$@"\n`)
    await chmod(script, 0o700)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new DomainctlError('OUTPUT_UNWRITABLE', `The sandbox cannot write ${script}: ${code ?? message}.`, {
      hint: ANOTHER_FOLDER,
      cause,
    })
  }
  // Windows spells it Path, and has it once only.
  const key = Object.keys(env).find((name) => windows && name.toUpperCase() === 'PATH') ?? 'PATH'
  return { ...env, [key]: `${folder}${delimiter}${env[key] || USUAL_PATH}` }
}
