import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { DomainctlError } from '@domainctl/core'
import type { Io } from '../../io.ts'
import { printable, shortened } from '../../output/text.ts'

/** A command that could not be started, with the exit code that shells give it. */
export interface NotStarted {
  code: 126 | 127
  error: DomainctlError
}

/**
 * Runs a program on this command's own standard streams, and passes signals on to it.
 * @returns its exit code, 128 + n when signal n ended it
 */
export async function runChild(
  [file, ...args]: readonly [string, ...string[]],
  o: { cwd: string; env: NodeJS.ProcessEnv; takeSignals: Io['takeSignals'] },
): Promise<number | NotStarted> {
  if (file === '') return notStarted(file, Object.assign(new Error('no name'), { code: 'ENOENT' }))
  const child = spawn(file, args, { cwd: o.cwd, env: o.env, stdio: 'inherit' })
  let asked = false
  const release = o.takeSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
    // The terminal gives Ctrl-C to the whole process group; what it means is for the child to say.
    if (signal === 'SIGINT') return
    child.kill(asked ? 'SIGKILL' : signal)
    asked = true
  })
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    return signal === null ? (code ?? 1) : 128 + constants.signals[signal]
  } catch (error) {
    return notStarted(file, error)
  } finally {
    release()
  }
}

function notStarted(file: string, cause: unknown): NotStarted {
  const { code, message } = cause as NodeJS.ErrnoException
  const name = file === '' ? '""' : printable(shortened(file))
  if (code === 'ENOENT') {
    const hint = /\s/.test(file)
      ? 'Give the command and its arguments as separate words, or run a shell: -- sh -c "…".'
      : 'Check its spelling and PATH.'
    return { code: 127, error: new DomainctlError('USAGE', `The command ${name} was not found.`, { hint, cause }) }
  }
  const why = code === 'EACCES' ? 'it is not executable' : (code ?? message)
  const hint = 'Make it executable (chmod +x), or name its interpreter: -- sh FILE.'
  return { code: 126, error: new DomainctlError('USAGE', `The command ${name} cannot be run: ${why}.`, { hint, cause }) }
}
