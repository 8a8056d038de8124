import { userInfo } from 'node:os'
import { DomainctlError } from '@domainctl/core'
import type { Io } from './io.ts'
import { run } from './run.ts'

/** Runs the command in this process: its streams, its environment, its signals. Sets `process.exitCode`. */
export async function main(argv: readonly string[]): Promise<void> {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(130)
      stopping.abort()
      if (!argv.includes('--json')) process.stderr.write('Stopping; a second signal stops at once.\n')
    })
  }
  for (const stream of [process.stdout, process.stderr]) stream.on('error', outputFailed)
  const io: Io = {
    // Opened only when it is read: that alone costs some milliseconds.
    get stdin() {
      return process.stdin
    },
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    get cwd() {
      return workingDirectory()
    },
    user: userName(),
    signal: stopping.signal,
    now: () => new Date(),
  }
  const exitCode = await run(argv, io)
  process.exitCode ??= exitCode
}

/** Whoever read the output has gone: the work goes on. That it cannot be written is told where that is possible. */
function outputFailed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return
  process.exitCode = 2
  process.stderr.write(`✖ The output cannot be written: ${error.code ?? error.message}.\n  Free room, or send it elsewhere.\n`)
}

function workingDirectory(): string {
  try {
    return process.cwd()
  } catch (cause) {
    throw new DomainctlError('USAGE', 'The working directory is not there any more.', {
      hint: 'Change to one that is there.',
      cause,
    })
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A container may run as a user that no name belongs to.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
