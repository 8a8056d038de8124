/** Time, injected: nothing in core reads the system clock or starts a timer by itself. */
export interface Clock {
  now(): Date
  /** Resolves after `ms` milliseconds; rejects with the signal's reason (an `AbortError`) when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `task` every `ms` milliseconds until the function that it returns is called; keeps no process alive. */
  every(ms: number, task: () => void): () => void
}

/** Randomness, injected. */
export interface Random {
  /** Cryptographically strong bytes. */
  bytes(length: number): Uint8Array
}

/** How much a line of the log matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Structured log. Fields never contain secrets: callers log names, never values of credentials or keys. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Record<string, unknown>): void
}

/** Who holds a lease, and whether a holder is known to be gone (a process of this machine that ended). */
export interface ProcessIdentity {
  /** Unique for this process. */
  readonly owner: string
  /** True only when `owner` certainly does not run any more; false when unknown. */
  isGone(owner: string): boolean
}

/** What of the machine the engine uses, all of it replaceable. */
export interface Runtime {
  clock: Clock
  random: Random
  logger: Logger
  process: ProcessIdentity
}
