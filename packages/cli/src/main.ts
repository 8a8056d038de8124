import { userInfo } from 'node:os'
import { isSea } from 'node:sea'
import { DomainctlError } from '@domainctl/core'
import { STOPPING } from './held-signals.ts'
import type { Io } from './io.ts'
import { run } from './run.ts'

/**
 * Runs the command in this process: its streams, its environment, its signals. Sets `process.exitCode`.
 * @param heldSignal gives up a signal that came before
 */
export async function main(argv: readonly string[], heldSignal: () => NodeJS.Signals | undefined): Promise<void> {
  const stopping = new AbortController()
  const stop = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) return endBy(signal, stop)
    stopping.abort()
    if (!argv.includes('--json')) process.stderr.write('Stopping; a second signal stops at once.\n')
  }
  for (const signal of STOPPING) process.on(signal, stop)
  const held = heldSignal()
  if (held !== undefined) stop(held)
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
    self: ownCommand(process, isSea()),
    takeSignals: (signals, listener) => takeSignals(signals, listener, stop),
  }
  const exitCode = await run(argv, io)
  process.exitCode ??= exitCode
}

/** What starts this command again. A single executable has its script inside; its argv[1] is the name that it was called by. */
function ownCommand({ execPath, execArgv, argv }: NodeJS.Process, single: boolean): Io['self'] {
  return single ? [execPath] : [execPath, ...execArgv, argv[1] ?? '']
}

/**
 * Ends the process by the signal itself: `process.exit` would wait for a read that a thread is blocked in. What else
 * listens puts the terminal's cursor back and then raises the signal once more.
 */
function endBy(signal: NodeJS.Signals, listener: NodeJS.SignalsListener): void {
  process.off(signal, listener)
  process.kill(process.pid, signal)
}

function takeSignals(
  signals: readonly NodeJS.Signals[],
  listener: (signal: NodeJS.Signals) => void,
  usual: NodeJS.SignalsListener,
): () => void {
  for (const signal of signals) process.on(signal, listener).off(signal, usual)
  return () => {
    for (const signal of signals) {
      if (STOPPING.includes(signal)) process.on(signal, usual)
      process.off(signal, listener)
    }
  }
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
