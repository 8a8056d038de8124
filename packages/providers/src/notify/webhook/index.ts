import type { Notifier } from '@domainctl/core'
import { type NotifierRuntime, notifierRuntime } from '../manifest.ts'
import { manifest } from './manifest.ts'

/** Options of {@link createWebhookNotifier}. */
export interface WebhookNotifierOptions {
  /** Where it is posted to; taken for a secret. */
  url: string
  /** What it is signed with: 16 bytes at least. */
  secret: string
}

/**
 * By a signed POST to a URL of yours. Connects to nothing before the first message.
 * @throws `CONFIG_INVALID`
 */
export function createWebhookNotifier(options: WebhookNotifierOptions, runtime?: Partial<NotifierRuntime>): Notifier {
  return manifest.create({ ...options }, notifierRuntime(runtime))
}

export { manifest }
