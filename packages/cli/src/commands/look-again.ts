import { DomainctlError, systemClock, toDomainctlError } from '@domainctl/core'
import type { Io } from '../io.ts'
import { formatDuration } from '../time.ts'
import { durationFlag } from '../wait.ts'

const LEAST_INTERVAL = 1_000

/**
 * Looks again and again until the signal, which is how it ends.
 * @throws what the first look fails with; later ones are told to `trouble`, since a state that is away for a while comes back
 */
export async function lookAgain(
  { signal }: Pick<Io, 'signal'>,
  pause: number,
  o: { look(): Promise<void>; trouble(error: DomainctlError): void },
): Promise<void> {
  const clock = systemClock()
  for (let round = 0; !signal.aborted; round += 1) {
    try {
      await o.look()
    } catch (thrown) {
      const error = toDomainctlError(thrown, signal)
      if (signal.aborted) break
      if (round === 0) throw error
      o.trouble(error)
    }
    await clock.sleep(pause, signal).catch(() => undefined)
  }
}

/** @throws DomainctlError `USAGE` */
export function intervalOf(text: string): number {
  const ms = durationFlag('--interval', text)
  if (ms >= LEAST_INTERVAL) return ms
  throw new DomainctlError('USAGE', `--interval ${text} is too short.`, {
    hint: `Give ${formatDuration(LEAST_INTERVAL)} at least.`,
  })
}
