import type { KeyLease } from '../contracts/store.ts'
import { follow } from '../domain/follow.ts'
import type { Account } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { DONE, keepLease } from './keep-lease.ts'
import { makeId, type Services } from './services.ts'

/** How long the lease lasts without a heartbeat, in ms. */
const LEASE_MS = 60_000
const HEARTBEAT_MS = 10_000
/** With so much of it left the work has to end: a request that was sent may take so long. */
const ENDS_BEFORE_MS = 35_000

/**
 * Changes an account as the only one who does. Orders go on meanwhile: they need no lease, see {@link signedByAccount}.
 * @throws `LEASE_HELD` at once when somebody else changes it, also in this process; `LEASE_LOST`; and whatever `work` throws
 */
export async function holdingAccount<T>(
  { store, runtime }: Pick<Services, 'store' | 'runtime'>,
  account: Pick<Account, 'id' | 'ca' | 'name'>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const { process, logger } = runtime
  const what = `the account ${account.name} at ${account.ca}`
  const since = runtime.clock.now()
  const lease = await store
    .claimKey(`account:${account.id}`, {
      id: makeId({ runtime }),
      owner: process.owner,
      ttlMs: LEASE_MS,
      isGone: (owner) => process.isGone(owner),
    })
    .catch((error: unknown): Promise<KeyLease> => Promise.reject(isHeld(error) ? heldByOthers(what, error) : error))
  const over = follow(signal)
  const heartbeat = keepLease(runtime, {
    since,
    ttlMs: LEASE_MS,
    what: { account: account.id },
    everyMs: HEARTBEAT_MS,
    endsBeforeMs: ENDS_BEFORE_MS,
    beat: () => store.heartbeatKey(lease, LEASE_MS),
    onEnd: (cause) => over.end(leaseLost(what, cause)),
  })
  try {
    return await work(over.signal)
  } finally {
    heartbeat.stop()
    over.end(DONE)
    // One that cannot be given back ends by itself; that must not hide what the work came to.
    await store.releaseKey(lease).catch((error: unknown) => {
      logger.log('warn', 'lease not released', { account: account.id, error: String(error) })
    })
  }
}

function isHeld(error: unknown): error is DomainctlError {
  return error instanceof DomainctlError && error.code === 'LEASE_HELD'
}

function heldByOthers(what: string, held: DomainctlError): DomainctlError {
  return new DomainctlError('LEASE_HELD', `Another process is changing ${what}.`, {
    hint: 'Wait until it has finished, then look with domainctl account list.',
    ...(held.retryAt && { retryAt: held.retryAt }),
    cause: held,
  })
}

function leaseLost(what: string, cause: unknown): DomainctlError {
  return new DomainctlError('LEASE_LOST', `The lease on ${what} could not be kept; another process may change it now.`, {
    hint: 'Run the same command again: it continues where this one stopped.',
    cause,
  })
}
