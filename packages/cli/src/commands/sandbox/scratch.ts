import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { DomainctlError } from '@domainctl/core'

/** What to do where nothing can be written. */
export const ANOTHER_FOLDER = 'Free room, or name a folder that can be written: with --dir, or in the variable TMPDIR.'

/**
 * An empty folder that only this user can enter, for what is gone with the sandbox.
 * @param within absolute path, made when it is not there but its parent is; the system's temporary folder when not given
 * @throws DomainctlError `OUTPUT_UNWRITABLE`
 */
export async function makeScratch(within: string | undefined): Promise<string> {
  const parent = within ?? resolve(tmpdir())
  try {
    if (within !== undefined) await makeFolder(within)
    return await mkdtemp(join(parent, 'domainctl-sandbox-'))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new DomainctlError('OUTPUT_UNWRITABLE', `The sandbox can make no temporary folder in ${parent}: ${code ?? message}.`, {
      hint: ANOTHER_FOLDER,
      cause,
    })
  }
}

/** What cannot be removed is left: that is no reason to change the exit code of what was run. */
export async function removeScratch(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
}

// Not `recursive`: where nothing can be made (/proc), Node then tries again without end.
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}
