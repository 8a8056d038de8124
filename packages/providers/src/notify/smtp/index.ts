import type { Notifier } from '@domainctl/core'
import { type NotifierRuntime, notifierRuntime } from '../manifest.ts'
import { manifest } from './manifest.ts'

/** Options of {@link createSmtpNotifier}. */
export interface SmtpNotifierOptions {
  host: string
  /** 587 when absent. */
  port?: number
  /** `starttls` when absent. */
  tls?: 'starttls' | 'tls' | 'none'
  user?: string
  password?: string
  /** An address, also with a name: `Ops <ops@example.com>`. */
  from: string
  to: string | readonly string[]
  /** Absolute path of a PEM file: roots that the server is checked with, in place of Node's. */
  caFile?: string
}

/**
 * By mail. Connects to nothing before the first message, and loads nodemailer with it.
 * @throws `CONFIG_INVALID`
 */
export function createSmtpNotifier(options: SmtpNotifierOptions, runtime?: Partial<NotifierRuntime>): Notifier {
  return manifest.create({ ...options }, notifierRuntime(runtime))
}

export { manifest }
