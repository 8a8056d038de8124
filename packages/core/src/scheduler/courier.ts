import { deliverNotices } from '../lifecycle/deliver-notices.ts'
import type { Services } from '../lifecycle/services.ts'

/** How often what people are to be told is looked for, in ms. */
const TELLING = 10_000

/**
 * Sends notices beside all other work, for each channel one round after the other: one that hangs holds nothing else up. What fails
 * is planned anew by itself; a state that is away is asked again.
 * @param o `once`: at the end whatever waits for others of its kind is sent as well
 * @returns ends it, after a last round, or with that which is under way when `signal` has aborted
 */
export function startCourier(services: Services, { signal, once }: { signal: AbortSignal; once: boolean }): () => Promise<void> {
  const { channelNames = [] } = services.notifications ?? {}
  const { clock, logger } = services.runtime
  const rounds = new Map<string, Promise<void>>()
  const deliver = async (channel: string, atOnce: boolean) => {
    try {
      for (let sent = 1; sent > 0 && !signal.aborted; )
        ({ sent } = await deliverNotices(services, { signal, atOnce, channels: [channel] }))
    } catch (error) {
      if (!signal.aborted) logger.log('warn', 'notices could not be delivered', { channel, error: String(error) })
    }
    rounds.delete(channel)
  }
  const tell = () => {
    for (const channel of channelNames) if (!rounds.has(channel)) rounds.set(channel, deliver(channel, false))
  }
  const stop = channelNames.length > 0 ? clock.every(TELLING, tell) : () => undefined
  return async () => {
    stop()
    await Promise.all(rounds.values())
    await Promise.all(channelNames.map((channel) => deliver(channel, once)))
  }
}
