import type { Zone } from '../contracts/dns-provider.ts'
import type { KeyLease } from '../contracts/store.ts'
import { follow } from '../domain/follow.ts'
import { DomainctlError } from '../errors.ts'
import { DONE, isLost, keepLease } from './keep-lease.ts'
import { makeId, type RRsetChanges, type Services } from './services.ts'

/**
 * How long a lease lasts without a heartbeat, in ms. With half of it left the change has to end: a write that an adapter
 * has sent is not given up by an abort, and adapters wait 30 s for an answer.
 */
const LEASE_MS = 60_000
const HEARTBEAT_MS = 10_000
const ENDS_BEFORE_MS = 35_000

/** How long to wait for others, in ms: a little longer than the lease of one that has died elsewhere. */
const PATIENCE_MS = 70_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000

/** What is needed of the house. */
type LeaseServices = Pick<Services, 'store' | 'runtime' | 'provider' | 'rrsetChanges'>

/** All values of one name and type, at a configured provider. */
export interface RRsetPlace {
  /** Name of the configured provider. */
  provider: string
  zone: Zone
  name: string
  type: string
}

/**
 * Makes a change of an RRset such that nobody's value is lost (requirements D3). Where the provider adds and removes values
 * one by one this is nothing but the change. Where it writes whole sets, the change is made under a lease on the RRset:
 * in this process they take turns, and other processes on the same state wait for each other.
 *
 * `change` is to contain the calls of the provider that read and write the set, and nothing that waits for longer, such as
 * for the servers. Its signal aborts when `signal` does, and before the lease could end.
 * @throws `LEASE_HELD` when another process has it for too long, the reason of `signal`, and whatever `change` throws
 */
export async function holdingRRset<T>(
  services: LeaseServices,
  at: RRsetPlace,
  signal: AbortSignal,
  change: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return services.provider(at.provider).capabilities.atomicRRset ? change(signal) : holdingLease(services, at, signal, change)
}

/**
 * As {@link holdingRRset}, and under the lease at every provider: for a change that hangs on what stands there, or on what the
 * journal has, so that it must not change in between.
 */
export async function holdingLease<T>(
  services: LeaseServices,
  at: RRsetPlace,
  signal: AbortSignal,
  change: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const { rrsetChanges } = services
  // The zone's id is the provider's own: two credentials for one zone take turns as well.
  const key = `rrset:${at.zone.id}:${at.name.toLowerCase()}:${at.type}`
  rrsetChanges.underWay += 1
  try {
    return await inTurn(rrsetChanges.turns, key, signal, async () => {
      const held = (await leftBehind(services, key)) ?? (await claim(services, key, at, signal))
      return underLease(services, held, at, signal, change)
    })
  } finally {
    rrsetChanges.underWay -= 1
  }
}

/** One after the other within this process. Who is not wanted any more goes at once, and the others keep their order. */
async function inTurn<T>(turns: RRsetChanges['turns'], key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const before = turns.get(key)
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  const all = before ? before.then(() => left) : left
  turns.set(key, all)
  void all.then(() => turns.get(key) === all && turns.delete(key))
  try {
    if (before) await orAborted(before, signal)
    return await work()
  } finally {
    leave()
  }
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason)
    signal.addEventListener('abort', aborted, { once: true })
    void promise.then(() => {
      signal.removeEventListener('abort', aborted)
      resolve()
    })
  })
}

/** A lease, and when it was asked for or last prolonged by the clock of this process. */
interface Held {
  lease: KeyLease
  since: Date
}

async function claim({ store, runtime }: LeaseServices, key: string, at: RRsetPlace, signal: AbortSignal): Promise<Held> {
  const { clock, random, process } = runtime
  const isGone = (owner: string) => process.isGone(owner)
  const deadline = clock.now().getTime() + PATIENCE_MS
  for (let longest = FIRST_PAUSE_MS; ; longest = Math.min(2 * longest, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted()
    const since = clock.now()
    try {
      return {
        lease: await store.claimKey(key, { id: makeId({ runtime }), owner: process.owner, ttlMs: LEASE_MS, isGone }),
        since,
      }
    } catch (error) {
      if (!(error instanceof DomainctlError) || error.code !== 'LEASE_HELD') throw error
      if (clock.now().getTime() >= deadline) throw heldByOthers(at, error)
    }
    const [jitter = 0] = random.bytes(1)
    await clock.sleep(Math.ceil((longest * (jitter + 1)) / 256), signal)
  }
}

async function underLease<T>(
  services: LeaseServices,
  { lease, since }: Held,
  at: RRsetPlace,
  signal: AbortSignal,
  change: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { store, runtime } = services
  const what = { name: at.name, type: at.type }
  const over = follow(signal)
  const heartbeat = keepLease(runtime, {
    since,
    ttlMs: LEASE_MS,
    what,
    everyMs: HEARTBEAT_MS,
    endsBeforeMs: ENDS_BEFORE_MS,
    beat: () => store.heartbeatKey(lease, LEASE_MS),
    onEnd: (cause) => over.end(leaseLost(at, cause)),
  })
  let isOnItsWay = false
  try {
    heartbeat.check()
    return await change(over.signal)
  } catch (error) {
    isOnItsWay = over.signal.aborted || isUnanswered(error)
    throw error
  } finally {
    heartbeat.stop()
    over.end(DONE)
    if (isOnItsWay) leave(services, lease)
    else {
      // One that cannot be given back ends by itself; that must not hide what the change came to.
      await store.releaseKey(lease).catch((error: unknown) => {
        leave(services, lease)
        runtime.logger.log('warn', 'lease not released', { ...what, error: String(error) })
      })
    }
  }
}

/** Whether a write may still be done though it failed: the provider has not said no. */
function isUnanswered(error: unknown): boolean {
  if (!(error instanceof DomainctlError)) return true
  return error.code === 'PROVIDER_UNREACHABLE' || error.code === 'PROVIDER_FAULTY'
}

/** Does not give the lease back, see {@link RRsetChanges.left}. Those that have ended are of no use any more. */
function leave({ rrsetChanges: { left }, runtime }: LeaseServices, lease: KeyLease): void {
  const now = runtime.clock.now()
  for (const [key, { until }] of left) if (until <= now) left.delete(key)
  left.set(lease.key, lease)
}

/** The lease on this key that an earlier change of this process has left, if nobody has taken it since. Only in turn. */
async function leftBehind({ rrsetChanges: { left }, store, runtime }: LeaseServices, key: string): Promise<Held | null> {
  const lease = left.get(key)
  if (!lease) return null
  const since = runtime.clock.now()
  let isOurs = true
  try {
    await store.heartbeatKey(lease, LEASE_MS)
  } catch (error) {
    // Of a state that fails it may still be ours, and would keep ourselves out.
    if (!isLost(error)) throw error
    isOurs = false
  }
  left.delete(key)
  return isOurs ? { lease, since } : null
}

function heldByOthers({ name, type }: RRsetPlace, held: DomainctlError): DomainctlError {
  return new DomainctlError('LEASE_HELD', `Another process is changing the ${type} records of ${name}.`, {
    hint: 'Wait until it has finished, then run the same command again; a process that was killed elsewhere loses its hold by time.',
    ...(held.retryAt && { retryAt: held.retryAt }),
    cause: held,
  })
}

function leaseLost({ name, type }: RRsetPlace, cause: unknown): DomainctlError {
  return new DomainctlError(
    'LEASE_LOST',
    `The lease on the ${type} records of ${name} could not be kept; another process may change them now.`,
    { hint: 'Run the same command again: it continues where this one stopped.', cause },
  )
}
