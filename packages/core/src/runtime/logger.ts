import type { Logger } from '../contracts/runtime.ts'

/** A logger that drops every line. */
export function silentLogger(): Logger {
  return { log() {} }
}
