import { link, open, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DomainctlError } from '@domainctl/core'

/**
 * Writes a file whole or not at all. Without `replace` it never takes the place of one that is there, also of one that came while
 * this was written.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export async function writeNewFile(named: string, content: string, { replace }: { replace: boolean }): Promise<void> {
  // What a link leads to is what is replaced: the link is how the file is found here.
  const path = replace ? await realpath(named).catch(() => named) : named
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.new`)
  try {
    const handle = await open(beside, 'wx', 0o644)
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    // A link fails where the name is taken, which a rename does not.
    if (replace) await rename(beside, path)
    else await link(beside, path)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') throw alreadyThere(basename(path))
    throw new DomainctlError('CONFIG_INVALID', `The configuration ${path} cannot be written: ${code ?? message}.`, {
      hint: 'Check the folder and its rights, or name another place with --config.',
      cause,
    })
  } finally {
    await rm(beside, { force: true })
  }
}

export function alreadyThere(shown: string, why = '--force replaces it.'): DomainctlError {
  return new DomainctlError('USAGE', `There is a configuration already: ${shown}.`, {
    hint: `domainctl config check says whether it is right, domainctl config show what it makes. ${why}`,
  })
}
