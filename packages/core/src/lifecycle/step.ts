import type { Changes, DomainView } from '../contracts/store.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import type { AuditDetails, AuditEventName } from '../domain/audit-events.ts'
import { auditLine } from '../domain/audit-line.ts'
import { follow } from '../domain/follow.ts'
import type { Incident } from '../domain/health/incidents.ts'
import { incidentNotice } from '../domain/health/notices.ts'
import type { Domain, NewAuditEvent } from '../domain/model.ts'
import type { Notice } from '../domain/notice.ts'
import { DomainctlError } from '../errors.ts'
import { DONE, isLost, keepLease } from './keep-lease.ts'
import { makeId, notFound, type Services, signalOf } from './services.ts'

/** How long a lease lasts without a heartbeat. A process that hangs for longer loses the domain to another. */
const LEASE_MS = 60_000
const HEARTBEAT_MS = 15_000
/** One and a half heartbeats: whatever the timers do, the signal ends at the third that fails, and not after the lease. */
const ENDS_BEFORE_MS = 22_500

/** One piece of work on one domain, under its lease. */
export interface Step {
  readonly services: Services
  /** As it is in the state: `commit` keeps this up to date. */
  domain: Domain
  /** What is printed of the domain beside itself, as it was when the step began. */
  readonly claimed: Pick<DomainView, 'certificate' | 'records' | 'deployments'>
  /**
   * Aborts when the caller does, and before the lease is lost; of a process that was stopped for longer than that, as soon as it is
   * looked at. So it is taken from here for each thing that is asked of the outside, and not kept.
   */
  readonly signal: AbortSignal
  /** Aborts before the lease is lost, and with nothing else: for what has to be finished although the caller has gone. */
  readonly held: AbortSignal
  /** Tells the person who waits. */
  report(message: string): void
  /** A line for the audit. */
  event<E extends AuditEventName>(event: E, message: string, details?: AuditDetails<E>): NewAuditEvent
  /** Puts lines into the audit with the next commit, whichever that is: for what was done and has no commit of its own. */
  note(...events: NewAuditEvent[]): void
  /**
   * Writes all changes in one transaction, if the lease is still ours. With `release` the lease is given back in the same
   * one: the step may commit nothing more.
   * @throws `LEASE_LOST`
   */
  commit(changes: Changes, o?: { release?: boolean }): Promise<void>
  /**
   * Erases the domain, and the lease with it: the step may commit nothing more. False: it has to be kept, see `Store.eraseDomain`.
   * @throws `LEASE_LOST`
   */
  erase(events: NewAuditEvent[]): Promise<boolean>
}

/**
 * The only place that takes leases on domains: claims the one of this name as it is now, lets `act` work on it, and gives it
 * back.
 * Killed anywhere, what `act` committed stands and the next process goes on from there.
 * @throws `LEASE_HELD`, `DOMAIN_NOT_FOUND`, and whatever `act` throws
 */
export async function step<T>(services: Services, name: string, o: VerbOptions, act: (step: Step) => Promise<T>): Promise<T> {
  const { store, runtime, settings } = services
  const { owner, isGone } = runtime.process
  const callers = signalOf(o)
  callers.throwIfAborted()
  const key = { tenant: settings.tenant, name }
  const since = runtime.clock.now()
  const claimed = await store.claim(key, { owner, ttlMs: LEASE_MS, isGone: (other) => isGone(other) })
  if (!claimed) throw notFound(name)
  const { lease, domain, ...shown } = claimed
  let isHeld = true
  const noted: NewAuditEvent[] = []
  const over = follow(callers)
  const lost = new AbortController()
  const heartbeat = keepLease(runtime, {
    since,
    ttlMs: LEASE_MS,
    what: { domain: lease.domainId },
    everyMs: HEARTBEAT_MS,
    endsBeforeMs: ENDS_BEFORE_MS,
    beat: () => store.heartbeat(lease, LEASE_MS),
    onEnd: (cause) => {
      const reason = leaseLost(cause)
      lost.abort(reason)
      over.end(reason)
    },
  })
  const current: Step = {
    services,
    domain,
    claimed: shown,
    // Whatever is asked of the outside asks for its signal first.
    get signal() {
      heartbeat.check()
      return over.signal
    },
    get held() {
      heartbeat.check()
      return lost.signal
    },
    report: (message) => o.onProgress?.({ name: current.domain.name, message }),
    event: (event, message, details) => {
      const { tenant, id: domainId } = current.domain
      return auditLine({ at: runtime.clock.now(), tenant, domainId, who: settings.who }, event, message, details)
    },
    note: (...events) => void noted.push(...events),
    commit: async (changes, { release = false } = {}) => {
      const domain = changes.domain && { ...changes.domain, updatedAt: runtime.clock.now() }
      // Taken at once: what two commits are under way for is told by one of them.
      const events = [...noted.splice(0), ...(changes.events ?? [])]
      const all: Changes = {
        ...changes,
        ...(domain && { domain }),
        ...(events.length > 0 && { events }),
        ...(services.notifications && { tellOver }),
      }
      try {
        await store.commit(lease, all, { release })
      } catch (error) {
        noted.unshift(...events.slice(0, events.length - (changes.events?.length ?? 0)))
        throw error
      }
      if (domain) current.domain = domain
      if (release) isHeld = false
    },
    erase: async (events) => {
      const isErased = await store.eraseDomain(lease, events)
      if (isErased) isHeld = false
      return isErased
    },
  }
  try {
    return await act(current)
  } finally {
    heartbeat.stop()
    over.end(DONE)
    // A lease that cannot be given back ends by itself; that must not hide what the step came to.
    if (isHeld) await giveBack().catch(notReleased)
  }

  function tellOver(incident: Incident): Notice {
    const now = { at: runtime.clock.now(), outcome: 'inconclusive' } as const
    return incidentNotice('unwatched', incident, now, { id: makeId(services), domainId: current.domain.id })
  }
  async function giveBack() {
    if (noted.length > 0) await store.commit(lease, { events: noted }, { release: true })
    else await store.release(lease)
  }
  function notReleased(error: unknown) {
    if (!isLost(error)) runtime.logger.log('warn', 'lease not released', { domain: lease.domainId, error: String(error) })
  }
}

function leaseLost(cause?: unknown): DomainctlError {
  return new DomainctlError('LEASE_LOST', 'The lease on this domain could not be kept; another process may work on it now.', {
    hint: 'Run the same command again: it continues where this one stopped.',
    cause,
  })
}
