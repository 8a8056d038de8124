import { type DeployTarget, systemClock, systemRandom } from '@domainctl/core'
import type { z } from 'zod'
import type { ProviderRuntime } from '../../manifest.ts'
import { manifest } from './manifest.ts'

export { manifest }

/** Options of {@link createNginxTarget}, as the configuration has them. */
export type NginxTargetOptions = z.input<typeof manifest.schema>

/** A target that writes files for nginx, checks its configuration and reloads it. @throws `CONFIG_INVALID` */
export function createNginxTarget(options: NginxTargetOptions, runtime?: ProviderRuntime): DeployTarget {
  return manifest.create(options, runtime ?? { clock: systemClock(), random: systemRandom() })
}
