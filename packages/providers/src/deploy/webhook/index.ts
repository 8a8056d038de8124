import { type DeployTarget, systemClock, systemRandom } from '@domainctl/core'
import type { z } from 'zod'
import type { TargetRuntime } from '../../target-manifest.ts'
import { manifest } from './manifest.ts'

export { manifest }

/** Options of {@link createWebhookTarget}, as the configuration has them; `secret` is the secret itself. */
export type WebhookTargetOptions = z.input<typeof manifest.schema>

/**
 * A target that gets certificates and keys by a signed POST. Connects to nothing before the first certificate.
 * @param runtime `reach`: where it may connect to; public addresses alone when absent
 * @throws `CONFIG_INVALID`
 */
export function createWebhookTarget(options: WebhookTargetOptions, runtime?: Partial<TargetRuntime>): DeployTarget {
  return manifest.create(options, { clock: systemClock(), random: systemRandom(), ...runtime })
}
