import type { Readable } from 'node:stream'

/** A stream that text is written to; a terminal has `isTTY`, `columns` and `rows`. */
export type OutputStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number; destroyed?: boolean }

/** All that the command takes from the process it runs in. Tests pass their own. */
export interface Io {
  stdin: Readable & { isTTY?: boolean }
  stdout: OutputStream
  stderr: OutputStream
  env: Readonly<Record<string, string | undefined>>
  /** The working directory: relative paths and the configuration file are looked up in it. */
  cwd: string
  /** Name of the person at work, for the audit. */
  user: string
  /** Aborted by the first SIGINT or SIGTERM. */
  signal: AbortSignal
  now(): Date
  /** How this very command is started as a child: a program and its first arguments. */
  self: readonly [string, ...string[]]
  /** Gives signals to a command that has children: none of them aborts `signal` until the function is called. */
  takeSignals(signals: readonly NodeJS.Signals[], listener: (signal: NodeJS.Signals) => void): () => void
}
