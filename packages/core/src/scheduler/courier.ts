import { deliverNotices } from '../lifecycle/deliver-notices.ts'
import type { Services } from '../lifecycle/services.ts'

/** How often what people are to be told is looked for, in ms. */
const TELLING = 10_000

/**
 * Sends notices beside all other work, one round after the other: a channel that hangs holds nothing up. What fails is planned
 * anew by itself; a state that is away is asked again.
 * @param o `once`: at the end whatever waits for others of its kind is sent as well
 * @returns ends it, after a last round, or with that which is under way when `signal` has aborted
 */
export function startCourier(services: Services, { signal, once }: { signal: AbortSignal; once: boolean }): () => Promise<void> {
  if (!services.notifications) return async () => undefined
  const { clock, logger } = services.runtime
  let round: Promise<void> | undefined
  const deliver = async (atOnce: boolean) => {
    try {
      if (!signal.aborted) await deliverNotices(services, { signal, atOnce })
    } catch (error) {
      if (!signal.aborted) logger.log('warn', 'notices could not be delivered', { error: String(error) })
    }
    round = undefined
  }
  const stop = clock.every(TELLING, () => {
    round ??= deliver(false)
  })
  return async () => {
    stop()
    await round
    await deliver(once)
  }
}
