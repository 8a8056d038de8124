import { spawn } from 'node:child_process'
import type { Clock } from '@domainctl/core'

/** What is kept of what a command says: its end. */
const MOST_OUTPUT = 16 * 1024
/** What of it an error tells. */
const MOST_TOLD = 600
/** Between the request to end and the end by force, in ms. */
const GRACE = 2_000
/** What holds the pipes open after the command has ended (a daemon that it started) is not waited for. */
const LAST_WORDS = 200

/** A program with all that it gets. */
export interface Command {
  argv: readonly string[]
  env: Readonly<Record<string, string>>
  cwd?: string
  timeoutMs: number
}

/** How a command ended. */
export interface Ended {
  ok: boolean
  /** For people: `it ended with 1 and said "…"`. */
  how: string
}

/**
 * Runs a program without a shell, in a process group of its own. At the time-out, and when the signal aborts, the whole group is
 * asked to end and then made to.
 * @param o `clean`: what is said is shown through it. `started` is told the number of the process group, and awaited at the end. @throws the signal's reason
 */
export async function runCommand(
  { argv, env, cwd, timeoutMs }: Command,
  {
    clock,
    signal,
    clean = (text) => text,
    started,
    kill = process.kill,
  }: {
    clock: Clock
    signal: AbortSignal
    clean?: (text: string) => string
    started?: (group: number) => Promise<void>
    /** How a process group is told; as `process.kill`. */
    kill?: Kill
  },
): Promise<Ended> {
  signal.throwIfAborted()
  const [program = '', ...args] = argv
  const start = () => spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let child: ReturnType<typeof start>
  try {
    child = start()
  } catch (error) {
    // Some reasons Node throws (ENOMEM, E2BIG), of others it tells by an event.
    return { ok: false, how: notStarted(error) }
  }
  let output = Buffer.alloc(0)
  const keep = (chunk: Buffer) => {
    output = Buffer.concat([output, chunk]).subarray(-MOST_OUTPUT)
  }
  // Where there is no room for another file (EMFILE), there are no pipes.
  const pipes = [child.stdout, child.stderr].filter(Boolean)
  for (const pipe of pipes) pipe.on('data', keep)
  const over = new AbortController()
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  child.once('error', (error) => resolve(notStarted(error)))
  child.once('exit', (code, by) => resolve(code === null ? `it was ended by ${by}` : code === 0 ? '' : `it ended with ${code}`))
  const closed = new Promise<void>((done) => child.once('close', () => done()))
  let late = false
  let isOthers = false
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= endGroup(child.pid, { clock, over: over.signal, kill }).catch(() => {
      // What sudo has started is another user's: as it cannot be ended, nobody waits for it either.
      isOthers = true
      child.unref()
      resolve('')
    })
  }
  signal.addEventListener('abort', stop, { once: true })
  clock.sleep(timeoutMs, over.signal).then(
    () => {
      late = true
      stop()
    },
    () => undefined,
  )
  // Not awaited before the end: a command that could not be noted runs all the same.
  const noted = child.pid === undefined ? undefined : started?.(child.pid).catch(() => undefined)
  const how = await ended
  await noted
  over.abort()
  signal.removeEventListener('abort', stop)
  await stopping
  // The leader has ended; what it has left behind of its group after a time-out or an abort must not go on.
  if (stopping && !isOthers) signalGroup(child.pid, 'SIGKILL', kill)
  const waiting = new AbortController()
  await Promise.race([closed, clock.sleep(LAST_WORDS, waiting.signal).catch(() => undefined)])
  waiting.abort()
  for (const pipe of pipes) pipe.destroy()
  signal.throwIfAborted()
  if (how === '' && !late) return { ok: true, how: 'it ended well' }
  const said = shown(clean(output.toString('utf8')))
  const ending = late
    ? `it took longer than ${timeoutMs / 1000} s${isOthers ? ', goes on as this user may not end it,' : ''}`
    : how
  return { ok: false, how: said === '' ? `${ending} and said nothing` : `${ending} and said "${said}"` }
}

function notStarted(error: unknown): string {
  const why = error instanceof Error && 'code' in error ? error.code : error
  return `it could not be started (${why})`
}

type Kill = (pid: number, signal: NodeJS.Signals) => void

/** @throws what the system says where the group is another user's */
async function endGroup(
  pid: number | undefined,
  { clock, over, kill }: { clock: Clock; over: AbortSignal; kill: Kill },
): Promise<void> {
  signalGroup(pid, 'SIGTERM', kill)
  await clock.sleep(GRACE, over).catch(() => undefined)
  signalGroup(pid, 'SIGKILL', kill)
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals, kill: Kill): void {
  if (pid === undefined) return
  try {
    kill(-pid, signal)
  } catch (error) {
    // The group has ended already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** The end of a text that somebody else wrote, in one line, safe for a terminal. */
function shown(text: string): string {
  const line = text
    .trim()
    .replace(/\s*\n\s*/g, ' | ')
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
  return line.length > MOST_TOLD ? `…${line.slice(-MOST_TOLD)}` : line
}
