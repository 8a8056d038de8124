import { type DeployTarget, systemClock, systemRandom } from '@domainctl/core'
import type { z } from 'zod'
import type { ProviderRuntime } from '../../manifest.ts'
import { manifest } from './manifest.ts'

export { manifest }

/** Options of {@link createTraefikTarget}, as the configuration has them. */
export type TraefikTargetOptions = z.input<typeof manifest.schema>

/** A target that writes files for the file provider of Traefik. @throws `CONFIG_INVALID` */
export function createTraefikTarget(options: TraefikTargetOptions, runtime?: ProviderRuntime): DeployTarget {
  return manifest.create(options, runtime ?? { clock: systemClock(), random: systemRandom() })
}
