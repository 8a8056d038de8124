import type { VerbOptions } from '../contracts/domainctl.ts'
import { transition } from '../domain/machine.ts'
import type { WrittenRecord } from '../domain/model.ts'
import { type NeededRecord, neededRecords } from '../domain/records.ts'
import { removeRecords } from './challenge-records.ts'
import type { Services } from './services.ts'
import { step } from './step.ts'

/** Quarantine: so long nobody else can claim a name that was removed (requirements L8), in ms. */
const QUARANTINE = 7 * 24 * 60 * 60 * 1000

/**
 * Takes the records that domainctl wrote away and the domain out of service. Records that could not be removed stay in
 * the journal, and repeating `remove` tries them again.
 * @throws what the provider said when records are left: the domain is not removed then
 */
export async function remove(
  services: Services,
  name: string,
  o: VerbOptions,
): Promise<{ removed: WrittenRecord[]; leftToOthers: NeededRecord[]; warnings: string[] }> {
  return step(services, name, o, async (current) => {
    const { store, runtime } = services
    const { id } = current.domain
    const written = await store.recordsOf(id)
    current.report('removing records')
    const { removed, warnings, failure } = await removeRecords(current, written)
    if (failure) throw failure
    current.signal.throwIfAborted()
    const open = await store.openOrder(id)
    const now = runtime.clock.now()
    const leftToOthers = neededRecords(current.domain).filter(({ state }) => state === 'ok')
    await current.commit({
      ...(open && { order: { ...open, state: 'invalid' as const, updatedAt: now } }),
      domain: { ...transition(current.domain, 'removed', now), nextActionAt: new Date(now.getTime() + QUARANTINE) },
      events: [current.event('domain.removed', `${removed.length} record(s) taken away`)],
    })
    return { removed, leftToOthers, warnings }
  })
}
