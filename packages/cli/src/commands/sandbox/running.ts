import { join } from 'node:path'
import { DomainctlError } from '@domainctl/core'
import { type Sandbox, type SandboxOptions, startSandbox } from '@domainctl/sandbox'
import type { Io } from '../../io.ts'
import { folderFlag, type SandboxFlags, sandboxOptions } from './flags.ts'
import { ANOTHER_FOLDER, makeScratch, removeScratch } from './scratch.ts'

// The bundler cuts files where one command needs what another does not. With all of theirs in reach, no cut is made
// for a sandbox's sake, and the other commands' start finds as few files as without it (2 ms of 55 for `list`).
import '../index.ts'

/** A sandbox with its files. */
export interface RunningSandbox {
  sandbox: Sandbox
  /** What a program needs to work on it. */
  environment: Record<string, string>
  /** Where the roots are. */
  folder: string
  /** A folder that is removed with the sandbox. */
  scratch: string
  stop(): Promise<void>
}

/**
 * Starts a sandbox as the flags ask for.
 * @throws DomainctlError `USAGE`, `SANDBOX_CANNOT_LISTEN`, `OUTPUT_UNWRITABLE`; `INTERRUPTED` when a signal came meanwhile
 */
export async function startFromFlags(flags: SandboxFlags, io: Io): Promise<RunningSandbox> {
  const dir = flags.dir === undefined ? undefined : folderFlag('--dir', flags.dir, io.cwd)
  const options = sandboxOptions(flags, io.cwd)
  const running = await startIn(await makeScratch(dir), dir, options)
  // A sandbox's domains must never get into a real state, be it in the working directory or in the environment.
  running.environment.DOMAINCTL_STATE = `file:${join(running.scratch, 'state.db')}`
  if (io.signal.aborted) {
    await running.stop()
    io.signal.throwIfAborted()
  }
  return running
}

/**
 * Starts a sandbox that removes `scratch` when it stops.
 * @param dir where the roots go; `scratch` when not given
 */
export async function startIn(scratch: string, dir: string | undefined, options: SandboxOptions): Promise<RunningSandbox> {
  let sandbox: Sandbox | undefined
  const folder = dir ?? scratch
  const stop = async () => {
    await sandbox?.stop()
    await removeScratch(scratch)
  }
  try {
    sandbox = await startSandbox(options)
    const environment = await sandbox.environment(folder).catch((error: unknown) => {
      if (!(error instanceof DomainctlError) || error.code !== 'OUTPUT_UNWRITABLE') throw error
      throw new DomainctlError(error.code, error.message, { hint: ANOTHER_FOLDER, cause: error.cause })
    })
    return { sandbox, environment, folder, scratch, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
