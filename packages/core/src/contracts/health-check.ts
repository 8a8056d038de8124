import type { HealthMeasurement } from '../domain/health/measurement.ts'
import type { HealthObservation } from '../domain/health/observation.ts'
import type { DomainReport } from '../domain/report.ts'
import type { DomainctlError } from '../errors.ts'

/** What one check of the health of a name has seen, and what it means. */
export interface HealthCheck {
  /** The name as it is stored. */
  name: string
  /** Null when the state has none of that name. */
  domain: DomainReport | null
  /** What it means; small enough to be kept. */
  observation: HealthObservation
  /** All of it, address by address. */
  measurement: HealthMeasurement
  /** `HEALTH_BROKEN` or `HEALTH_INCONCLUSIVE`; absent: healthy. */
  error?: DomainctlError
}
