import { DomainctlError } from '../errors.ts'

/**
 * Questions that one call may lead to: an ordinary one needs some ten, and CAA at the end of five CNAMEs into zones with a
 * dozen addresses each less than 200. Whoever runs name servers can answer each question
 * with delegations and CNAMEs to further ones, and so let the questions be asked of others, too (NXNSAttack).
 */
export const MOST_QUESTIONS = 256

/** What is left of them. */
interface Purse {
  left: number
}

const PURSE = Symbol('purse')

/** The signal of a call goes everywhere where questions are asked for it. It has the purse itself: a WeakMap is felt here. */
type Paying = AbortSignal & { [PURSE]?: Purse }

/** Why what a call has begun is ended: one for all, since an error of its own each time costs its stack. */
const OVER = new Error('the call is over')

/** Not a DomainctlError: that a call has asked enough says nothing about the zone that it was just at. */
class PurseEmpty extends Error {}

/** Whether something failed because a call had asked enough; for another call it may be asked again. */
export function isPurseEmpty(thrown: unknown): boolean {
  return thrown instanceof PurseEmpty
}

/** Whoever asks with `to` asks for the call that `from` belongs to. */
export function sharePurse(from: Paying, to: Paying): void {
  const purse = from[PURSE]
  if (purse) to[PURSE] = purse
}

/** To be called before each question; throws when the call has asked enough. */
export function payFor(signal: Paying): void {
  const purse = signal[PURSE]
  if (!purse) return
  if (purse.left === 0) throw new PurseEmpty()
  purse.left -= 1
}

/**
 * A call about `name` that asks {@link MOST_QUESTIONS} at most.
 * @throws DomainctlError `DNS_UNREACHABLE` when these were not enough, and whatever `call` throws
 */
export async function withPurse<T>(name: string, signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const own = new AbortController()
  const paying: Paying = own.signal
  paying[PURSE] = { left: MOST_QUESTIONS }
  const onAbort = () => own.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await call(paying)
  } catch (thrown) {
    // What it has begun beside may still be under way, and is of no use any more; to abort costs too much where all is well.
    own.abort(OVER)
    throw isPurseEmpty(thrown) ? endless(name) : thrown
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function endless(name: string): DomainctlError {
  return new DomainctlError(
    'DNS_UNREACHABLE',
    `Nothing is known of ${name} after ${MOST_QUESTIONS} questions: its name servers lead on and on, to further zones and names.`,
    { hint: 'Correct the NS and CNAME records on the way, so that they lead straight to an answer.' },
  )
}
