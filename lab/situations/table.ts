import { ofCaches } from './of-caches.ts'
import { ofIssuing } from './of-issuing.ts'
import { ofRecords } from './of-records.ts'
import { ofRouting } from './of-routing.ts'
import { ofZones } from './of-zones.ts'
import type { Situation } from './situation.ts'

/** The situations of issue 4 in its order; docs/errors.md names the situation beside the code. */
export const situations: readonly Situation[] = [...ofRecords, ...ofRouting, ...ofZones, ...ofIssuing, ...ofCaches]
