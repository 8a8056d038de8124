import { follow } from '../domain/follow.ts'
import { DomainctlError } from '../errors.ts'
import type { Services } from './services.ts'

/** Why a question ends that was answered. */
const ANSWERED = new Error('the provider has answered')

/**
 * What a provider answers within `ms`. One that does not heed its signal holds nobody up: it may come from others
 * (docs/providers/writing.md).
 * @throws `PROVIDER_UNREACHABLE` when the time is over; the signal's reason; whatever `ask` throws
 */
export async function answerWithin<T>(
  { runtime }: Pick<Services, 'runtime'>,
  provider: string,
  ms: number,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const over = follow(signal)
  const ended = new Promise<never>((_, reject) => {
    over.signal.addEventListener('abort', () => reject(over.signal.reason), { once: true })
  })
  const stop = runtime.clock.every(ms, () => over.end(silent(provider, ms)))
  try {
    // What is thrown before there is a promise is an answer as well: nothing may end without anybody listening.
    return await Promise.race([ended, (async () => ask(over.signal))()])
  } finally {
    stop()
    over.end(ANSWERED)
  }
}

function silent(provider: string, ms: number): DomainctlError {
  return new DomainctlError('PROVIDER_UNREACHABLE', `The provider ${provider} did not answer within ${ms / 1000} s.`, {
    hint: 'Repeat it later; if it stays so, check the network of this machine and the state of the provider.',
  })
}
