import { type DeployTarget, systemClock, systemRandom } from '@domainctl/core'
import type { z } from 'zod'
import type { ProviderRuntime } from '../../manifest.ts'
import { manifest } from './manifest.ts'

export { manifest }

/** Options of {@link createExecTarget}, as the configuration has them. */
export type ExecTargetOptions = z.input<typeof manifest.schema>

/** A target that runs a program. @throws `CONFIG_INVALID` */
export function createExecTarget(options: ExecTargetOptions, runtime?: ProviderRuntime): DeployTarget {
  return manifest.create(options, runtime ?? { clock: systemClock(), random: systemRandom() })
}
