import { type DeployTarget, systemClock, systemRandom } from '@domainctl/core'
import type { z } from 'zod'
import type { ProviderRuntime } from '../../manifest.ts'
import { manifest } from './manifest.ts'

export { manifest }

/** Options of {@link createFilesTarget}, as the configuration has them. */
export type FilesTargetOptions = z.input<typeof manifest.schema>

/** A target that writes PEM files. @throws `CONFIG_INVALID` */
export function createFilesTarget(options: FilesTargetOptions, runtime?: ProviderRuntime): DeployTarget {
  return manifest.create(options, runtime ?? { clock: systemClock(), random: systemRandom() })
}
