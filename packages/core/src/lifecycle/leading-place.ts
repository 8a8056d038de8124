import type { Change, RRset, Zone } from '../contracts/dns-provider.ts'
import { cut } from '../domain/diagnosis/canonical.ts'
import { follow } from '../domain/follow.ts'
import { isSame, LEADING_TYPES, type RRsets } from '../domain/leading-records.ts'
import type { NewAuditEvent, ReplacedRRset, WrittenRecord } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { DONE } from './keep-lease.ts'
import { answerWithin } from './provider-answer.ts'
import { holdingLease } from './rrset-lease.ts'
import type { Services } from './services.ts'
import type { Step } from './step.ts'

/** Names of one domain that are read or written at a time: at a provider that lets few calls through they only wait for each other. */
export const PLACES_AT_A_TIME = 4

/**
 * How long the calls that finish one name may take, in ms: an answer that an adapter waits for in vain, and the pace of the
 * slowest provider for all names that this process changes. Of the 60 requests a minute that GoDaddy lets through the adapter
 * uses 40, and a name whose addresses are put back takes a dozen.
 */
const FINISHED_MS = 30_000
const FINISHED_EACH_MS = 20_000

/** A name in a zone of a provider, at which something leads somewhere. */
export interface LeadingPlace {
  provider: string
  zone: Zone
  name: string
}

/** Tells places apart: the same name may have stood in a zone of another provider once. */
export function placeKey({ provider, zone, name }: LeadingPlace): string {
  return `${provider} ${zone.id} ${name}`
}

/** Whether records stand at one place, by whatever credential they were made: what the lease goes by, too. */
export function isSamePlace(one: Omit<LeadingPlace, 'provider'>, other: Omit<LeadingPlace, 'provider'>): boolean {
  return one.zone.id === other.zone.id && one.name === other.name
}

/** What stands there, at the provider itself: behind a proxy, or flattened, the DNS would show something else. */
export async function standingAt(services: Services, place: LeadingPlace, signal: AbortSignal): Promise<ReplacedRRset[]> {
  const provider = services.provider(place.provider)
  const sets = await Promise.all(
    LEADING_TYPES.map(async (type): Promise<ReplacedRRset[]> => {
      const set = await provider.getRRset(place.zone, place.name, type, { signal })
      if (!set || set.values.length === 0) return []
      const { values, ttl, proxied } = set
      return [{ type, values, ttl, ...(proxied !== undefined && { proxied }) }]
    }),
  )
  return sets.flat()
}

/** By what the change of a place may be ended. */
export interface Holding {
  /** Aborts when the caller does, and when a lease is lost. */
  asked: AbortSignal
  /** Aborts when a lease is lost, and with nothing else: what was begun is finished though the caller has gone. */
  held: AbortSignal
}

/**
 * Does `change` while nobody else of ours changes what leads somewhere at this name, nor has it go by what the journal says of
 * it. One lease for all three types: whether one of them may stand there hangs on the others. Before its turn has come the
 * caller's abort ends it.
 */
export async function holdingPlace<T>(step: Step, place: LeadingPlace, change: (by: Holding) => Promise<T>): Promise<T> {
  const { services, signal, held } = step
  signal.throwIfAborted()
  const own = new AbortController()
  let giveUp = (reason: unknown) => own.abort(reason)
  const onCaller = () => giveUp(signal.reason)
  const onLost = () => own.abort(held.reason)
  signal.addEventListener('abort', onCaller, { once: true })
  held.addEventListener('abort', onLost, { once: true })
  try {
    return await holdingLease(services, { ...place, type: 'CNAME' }, own.signal, async (mine) => {
      const asked = follow(mine)
      giveUp = asked.end
      try {
        return await change({ asked: asked.signal, held: mine })
      } catch (error) {
        // A write that was given up may be on its way: so the lease is left behind.
        if (signal.aborted) own.abort(signal.reason)
        throw error
      } finally {
        asked.end(DONE)
      }
    })
  } finally {
    signal.removeEventListener('abort', onCaller)
    held.removeEventListener('abort', onLost)
  }
}

/**
 * Finishes what was begun at a place, whatever the caller does, but within its time.
 * @throws `PROVIDER_UNREACHABLE` when that is over, `LEASE_LOST`
 */
export async function finishing<T>(
  services: Services,
  { provider }: LeadingPlace,
  held: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ms = FINISHED_MS + FINISHED_EACH_MS * services.rrsetChanges.underWay
  return answerWithin(services, provider, ms, held, work)
}

/**
 * Puts `to` in the place of `from`, which is what stands there. Where the type stays this is one call; else the old goes by its
 * values, so that what others have changed meanwhile is a conflict, and not lost. Addresses of another family go last: the
 * name is never without any.
 * @returns what the provider said of each change
 * @throws `RECORD_FOREIGN` when the record was edited after it was read, with the edit left as it was; `PROVIDER_…`
 */
export async function exchange(
  services: Services,
  place: LeadingPlace,
  { from, to }: { from: RRsets; to: RRsets },
  signal: AbortSignal,
): Promise<Change[]> {
  const provider = services.provider(place.provider)
  const { name, zone } = place
  const hasType = (type: RRset['type']) => (one: ReplacedRRset) => one.type === type
  const goes = from.filter(({ type }) => !to.some(hasType(type)))
  const changes: Change[] = []
  const takeAway = async () => {
    for (const rrset of goes) changes.push(await provider.removeValues(zone, { name, ...rrset }, { signal: awake(signal) }))
  }
  const isCnameIn = [...from, ...to].some(hasType('CNAME'))
  if (isCnameIn) await takeAway()
  for (const rrset of to) {
    const before = from.find(hasType(rrset.type))
    changes.push(
      before ? await replace(before, rrset) : await provider.addValues(zone, { name, ...rrset }, { signal: awake(signal) }),
    )
  }
  if (!isCnameIn) await takeAway()
  return changes

  async function replace(before: ReplacedRRset, rrset: ReplacedRRset): Promise<Change> {
    const change = await provider.setRRset(zone, { name, ...rrset }, { signal: awake(signal) })
    if (!change.previous) return change
    const previous = { ...change.previous, type: rrset.type }
    // An answer that was lost and asked for again may tell of the new set as what was there.
    if (isSame([previous], [before]) || isSame([previous], [rrset])) return change
    // The caller may be gone, and the edit that was overwritten is somebody's all the same.
    const own = new AbortController().signal
    await answerWithin(services, place.provider, FINISHED_MS, own, (signal) => provider.setRRset(zone, previous, { signal }))
    throw editedMeanwhile(place, [previous])
  }
}

/** A provider of others may not heed a signal: the next call at least is not made. */
function awake(signal: AbortSignal): AbortSignal {
  signal.throwIfAborted()
  return signal
}

/** Resolves when the name servers of the provider serve these changes. */
export async function untilServed(
  services: Services,
  { provider: name }: LeadingPlace,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  const provider = services.provider(name)
  const pending = changes.filter(({ status }) => status === 'pending')
  await Promise.all(pending.map((change) => provider.waitForSync?.(change, { signal })))
}

/** Rows of the journal by the place that they are about. */
export function byPlace(records: readonly WrittenRecord[]): [LeadingPlace, WrittenRecord[]][] {
  const groups = Map.groupBy(records, placeKey)
  return [...groups.values()].flatMap((rows) => {
    const [first] = rows
    return first ? [[{ provider: first.provider, zone: first.zone, name: first.name }, rows]] : []
  })
}

/** What was replaced at a name, as its rows in the journal keep it. */
export function previousOf(rows: readonly WrittenRecord[]): RRsets {
  return rows.find(({ previous }) => previous !== undefined)?.previous ?? []
}

/** For the audit: what stands at a name again. */
export function restoredEvents(step: Pick<Step, 'event'>, place: LeadingPlace, rrsets: RRsets): NewAuditEvent[] {
  const { name, provider, zone } = place
  return rrsets.map(({ type, values, ttl, proxied }) => {
    const details = { type, name, values, ttl, provider, zone: zone.name, ...(proxied !== undefined && { proxied }) }
    return step.event('record.restored', `${type} ${name}`, details)
  })
}

/** For the audit: what was tried at a name and failed, with what may have been taken away there. */
export function failedEvent(step: Pick<Step, 'event'>, place: LeadingPlace, thrown: unknown, previous: RRsets): NewAuditEvent {
  const { name, provider, zone } = place
  const code = thrown instanceof DomainctlError ? thrown.code : undefined
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return step.event('record.failed', `${name}: ${message}`, {
    name,
    provider,
    zone: zone.name,
    ...(code !== undefined && { code }),
    ...(previous.length > 0 && { previous }),
  })
}

export function editedMeanwhile({ name }: LeadingPlace, standing: RRsets): DomainctlError {
  return new DomainctlError(
    'RECORD_FOREIGN',
    `${name} was changed by somebody else just now: it has ${described(standing)}, which was left as it is.`,
    { hint: 'Look at it, and repeat the command if it is still to be replaced.' },
  )
}

/** RRsets in a sentence. */
export function described(rrsets: RRsets): string {
  if (rrsets.length === 0) return 'no such record'
  return rrsets
    .map(({ type, values, ttl, proxied }) => `${type} ${cut(values.join(', '))} (TTL ${ttl}${proxied ? ', proxied' : ''})`)
    .join(' and ')
}
