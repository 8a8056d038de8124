import type { Readable } from 'node:stream'

/** A stream that text is written to; a terminal has `isTTY` and `columns`. */
export type OutputStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

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
}
