// Stands for fast-check where DOMAINCTL_MORE_CASES says so: every property is tried with so many times as many cases, as far as the
// time of a test allows. What fails tells its seed.
import * as real from '../node_modules/fast-check/lib/fast-check.js'

const USUAL = 100
/** Well within the time-out of a test. */
const LONGEST_MS = 20_000

export * from '../node_modules/fast-check/lib/fast-check.js'

export const assert: typeof real.assert = ((property: never, o: real.Parameters<unknown> = {}) => {
  const numRuns = (o.numRuns ?? USUAL) * Number(process.env.DOMAINCTL_MORE_CASES)
  return real.assert(property, { ...o, numRuns, interruptAfterTimeLimit: LONGEST_MS, markInterruptAsFailure: false } as never)
}) as typeof real.assert

export default { ...real.default, assert }
