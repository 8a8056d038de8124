import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'

/**
 * Runs a command on this terminal and resolves with its exit code (128 + n for signal n). A signal to stop does not
 * end this process: the command gets it and this process cleans up after it.
 * @param after what it says is kept until then, for a command that runs beside another one
 */
export async function runCommand(
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  after?: Promise<unknown>,
): Promise<number> {
  const [file, ...args] = command
  const child = spawn(file, args, { env, stdio: after ? ['inherit', 'pipe', 'pipe'] : 'inherit' })
  const said = Promise.all([say(child.stdout, process.stdout, after), say(child.stderr, process.stderr, after)])
  // Ctrl-C at a terminal reaches the command by itself, as part of the same process group.
  const ignore = () => {}
  const pass = (signal: NodeJS.Signals) => child.kill(signal)
  process.on('SIGINT', ignore).on('SIGTERM', pass).on('SIGHUP', pass)
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
    await said
    return signal === null ? (code ?? 1) : 128 + constants.signals[signal]
  } finally {
    process.off('SIGINT', ignore).off('SIGTERM', pass).off('SIGHUP', pass)
  }
}

/** Reads all the time, so that the command never waits for its words to be taken. */
async function say(words: Readable | null, to: NodeJS.WriteStream, after: Promise<unknown> | undefined): Promise<void> {
  if (!words) return
  const kept: Buffer[] = []
  let isTime = false
  const flush = () => {
    isTime = true
    for (const chunk of kept.splice(0)) to.write(chunk)
  }
  const told = after?.then(flush, flush)
  for await (const chunk of words)
    if (isTime) to.write(chunk)
    else kept.push(chunk)
  await told
}
