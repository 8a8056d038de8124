import type { Certificate } from '../domain/model.ts'
import { levelled, type PlannedRenewal, roomBefore, type Share, SLOTS } from '../domain/renewal-spread.ts'
import type { Services } from './services.ts'

/** Numbers from 0 to less than 1, from the injected randomness. */
export function shareOf({ runtime }: Pick<Services, 'runtime'>): Share {
  return () => Buffer.from(runtime.random.bytes(4)).readUInt32BE() / 2 ** 32
}

/** The plan with all others of the state in view: brought forward where too many are planned for then. One that stands, stays. */
export async function amongOthers<P extends PlannedRenewal>(
  services: Pick<Services, 'runtime' | 'store'>,
  certificate: Pick<Certificate, 'notBefore' | 'notAfter'> & Partial<PlannedRenewal>,
  plan: P,
): Promise<P> {
  if (certificate.renewAt?.getTime() === plan.renewAt.getTime()) return plan
  const room = roomBefore(certificate, plan, services.runtime.clock.now())
  if (!room) return plan
  const plans = await services.store.plannedRenewals(room.from, room.to, SLOTS)
  return { ...plan, ...levelled(plan, room, plans, shareOf(services)) }
}
