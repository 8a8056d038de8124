import type { Notifier } from '@domainctl/core'
import { type NotifierRuntime, notifierRuntime } from '../manifest.ts'
import { manifest } from './manifest.ts'

/** Options of {@link createSlackNotifier}. */
export interface SlackNotifierOptions {
  /** URL of the incoming webhook; a secret. */
  url: string
}

/**
 * By an incoming webhook of Slack. Connects to nothing before the first message.
 * @throws `CONFIG_INVALID`
 */
export function createSlackNotifier(options: SlackNotifierOptions, runtime?: Partial<NotifierRuntime>): Notifier {
  return manifest.create({ ...options }, notifierRuntime(runtime))
}

export { manifest }
