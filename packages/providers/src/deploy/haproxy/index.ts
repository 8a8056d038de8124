import { type DeployTarget, systemClock, systemRandom } from '@domainctl/core'
import type { z } from 'zod'
import type { ProviderRuntime } from '../../manifest.ts'
import { manifest } from './manifest.ts'

export { manifest }

/** Options of {@link createHaproxyTarget}, as the configuration has them. */
export type HaproxyTargetOptions = z.input<typeof manifest.schema>

/** A target that gives certificates to a running HAProxy, and writes the files that it starts with. @throws `CONFIG_INVALID` */
export function createHaproxyTarget(options: HaproxyTargetOptions, runtime?: ProviderRuntime): DeployTarget {
  return manifest.create(options, runtime ?? { clock: systemClock(), random: systemRandom() })
}
