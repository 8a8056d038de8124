import type { Notifier } from '@domainctl/core'
import { type NotifierRuntime, notifierRuntime } from '../manifest.ts'
import { manifest } from './manifest.ts'

/** Options of {@link createTeamsNotifier}. */
export interface TeamsNotifierOptions {
  /** URL of the workflow; a secret. */
  url: string
}

/**
 * By a workflow of Microsoft Teams. Connects to nothing before the first message.
 * @throws `CONFIG_INVALID`
 */
export function createTeamsNotifier(options: TeamsNotifierOptions, runtime?: Partial<NotifierRuntime>): Notifier {
  return manifest.create({ ...options }, notifierRuntime(runtime))
}

export { manifest }
