import type { VerbOptions } from '../contracts/verb-options.ts'
import { remove } from './remove.ts'
import type { Services } from './services.ts'
import { step } from './step.ts'

/**
 * The end of a removed domain (requirements L8): what it has left in the DNS is taken away, then all that the state has of it is
 * erased, keys of certificates included. The audit stays. One whose key was said to be in wrong hands is kept: that key is refused
 * for ever, and is known by it.
 * @throws `LEASE_HELD`, and what `remove` throws when records are left: the domain is kept then
 */
export async function endQuarantine(services: Services, name: string, o: VerbOptions): Promise<'erased' | 'nothing'> {
  const { store, runtime, settings } = services
  const domain = await store.getDomain(settings.tenant, name)
  if (domain?.status !== 'deleted') return 'nothing'
  const left = [...(await store.recordsOf(domain.id)), ...(await store.httpChallengesOf(domain.id))]
  // Repeated, it takes away what it could not before.
  if (left.length > 0) await remove(services, name, { ...o, onlyAgain: true })
  return step(services, name, o, async (current) => {
    const { id, status, nextActionAt } = current.domain
    // It may have been added again meanwhile, and is another one then.
    if (id !== domain.id || status !== 'deleted' || !nextActionAt) return 'nothing'
    if (left.length === 0 && nextActionAt > runtime.clock.now()) return 'nothing'
    if ((await store.recordsOf(id)).length > 0 || (await store.httpChallengesOf(id)).length > 0) return 'nothing'
    const erased = current.event('domain.erased', 'its quarantine is over')
    if (await current.erase([erased])) return 'erased'
    const { nextActionAt: _, ...kept } = current.domain
    const event = current.event('domain.kept', 'its quarantine is over; it is kept for a key that was said to be in wrong hands')
    await current.commit({ domain: kept, events: [event] }, { release: true })
    return 'nothing'
  })
}
