import { follow } from '../domain/follow.ts'
import { DomainctlError } from '../errors.ts'
import type { Services } from './services.ts'

/** Longer than any target of ours takes with settings that make sense: a command may have an hour. */
const LONGEST = 2 * 60 * 60_000
/** A target that was told to end has so long to do that: its commands are asked first, then made to. */
const GRACE = 30_000

/** Why a signal ends whose work has ended. */
const ENDED = new Error('the target has ended')

/**
 * What a target comes to. One that does not end by itself is told to after a time, and one that does not heed its signal holds
 * nobody up: it may come from others, and the lease of the domain would never be given back.
 * @throws `DEPLOY_FAILED` when the time is over; the signal's reason; whatever `work` throws
 */
export async function targetWithin<T>(
  { runtime: { clock } }: Pick<Services, 'runtime'>,
  target: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const over = follow(signal)
  const { promise: left, reject } = Promise.withResolvers<never>()
  const stops = [clock.every(LONGEST, () => over.end(endless(target)))]
  const told = () => void stops.push(clock.every(GRACE, () => reject(over.signal.reason)))
  over.signal.addEventListener('abort', told, { once: true })
  try {
    // What is thrown before there is a promise has to be heard as well.
    return await Promise.race([left, (async () => work(over.signal))()])
  } catch (error) {
    // What it says of its end is no news.
    throw over.signal.aborted && !signal.aborted ? over.signal.reason : error
  } finally {
    over.signal.removeEventListener('abort', told)
    for (const stop of stops) stop()
    over.end(ENDED)
  }
}

function endless(target: string): DomainctlError {
  return new DomainctlError('DEPLOY_FAILED', `The target ${target} has not ended within ${LONGEST / 3_600_000} hours.`, {
    hint: 'It was told to end, and may still be at it: see what holds it up. It is tried again by itself.',
  })
}
