import type { RunOptions } from '../contracts/domainctl.ts'
import { attend } from '../lifecycle/attend.ts'
import type { Services } from '../lifecycle/services.ts'
import { runLoop, type WorkKind } from './loop.ts'

const WIDTH = 16
const DRAIN = 20_000

/** `run`: every kind of work there is, until it is stopped. */
export async function run(services: Services, o: RunOptions): Promise<void> {
  const { store, runtime } = services
  const domains: WorkKind = {
    kind: 'domain',
    width: o.width ?? WIDTH,
    due: (now, limit) => store.dueDomains(now, limit),
    act: (due, { signal }) => attend(services, due, { signal }),
  }
  await runLoop([domains], {
    clock: runtime.clock,
    logger: runtime.logger,
    signal: o.signal,
    once: o.once ?? false,
    drainMs: o.drainMs ?? DRAIN,
    onTick: (tick) => o.onTick?.(tick),
    onOutcome: (outcome) => o.onOutcome?.(outcome),
  })
}
