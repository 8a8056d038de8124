import type { EventEmitter } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import type { Io } from './io.ts'
import { run } from './run.ts'
import { checkOutput } from './schema/checked-output.test.support.ts'

/** What a command printed and answered. */
export interface Ran {
  code: number
  stdout: string
  stderr: string
  /** stdout as the JSON document that it has to be. */
  json(): unknown
}

export interface RunOptions {
  env?: Record<string, string>
  stdin?: string | Readable
  /** Whether standard input and standard error are a terminal. */
  terminal?: boolean
  signal?: AbortSignal
  now?: Date
  self?: readonly [string, ...string[]]
  /** What stands for the process's signals. */
  signals?: EventEmitter
  /** The same of standard error. */
  onComplained?: (text: string) => void
  /** Gets what is printed on standard output, as it comes. */
  onPrinted?: (text: string) => void
}

/** An empty folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/**
 * Runs the command in this process, with a folder, an environment and streams of its own; what it prints as JSON has to be as
 * docs/schema says.
 */
export async function runIn(cwd: string, argv: string[], o: RunOptions = {}): Promise<Ran> {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const stdin = o.stdin instanceof Readable ? o.stdin : Readable.from(o.stdin === undefined ? [] : [o.stdin])
  if (o.onPrinted) stdout.setEncoding('utf8').on('data', o.onPrinted)
  if (o.onComplained) stderr.setEncoding('utf8').on('data', o.onComplained)
  const printed = textOf(stdout)
  const complained = textOf(stderr)
  const terminal = { isTTY: o.terminal ?? false }
  const io: Io = {
    stdin: Object.assign(stdin, terminal),
    stdout,
    stderr: Object.assign(stderr, terminal),
    env: o.env ?? {},
    cwd,
    user: 'tester',
    signal: o.signal ?? new AbortController().signal,
    now: () => o.now ?? new Date(),
    self: o.self ?? [process.execPath, 'no-command-of-its-own'],
    takeSignals: (signals, listener) => {
      for (const signal of signals) o.signals?.on(signal, listener)
      return () => {
        for (const signal of signals) o.signals?.off(signal, listener)
      }
    },
  }
  const code = await run(argv, io)
  checkOutput(argv, printed())
  return { code, stdout: printed(), stderr: complained(), json: () => JSON.parse(printed()) }
}

/** Reads all the time, as whoever is at the other end does: a command waits for its reader. */
function textOf(stream: PassThrough): () => string {
  const chunks: string[] = []
  stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk))
  return () => {
    // What has arrived and was not told yet is told by reading it.
    while (stream.read() !== null);
    return chunks.join('')
  }
}
