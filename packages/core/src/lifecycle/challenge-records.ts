import type { Zone } from '../contracts/dns-provider.ts'
import type { Order, WrittenRecord } from '../domain/model.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { makeId, providerFor, type Services } from './services.ts'
import type { Step } from './step.ts'

/** Seconds; challenge records live for a minute, and nobody should remember them for longer. */
const CHALLENGE_TTL = 60

/** Cleaning up has a deadline of its own, in ms: it must happen after an abort, too. */
const CLEAN_UP_MS = 20_000

/** Where the challenge record of a name is written: at the end of the CNAMEs, in a zone of this provider. */
export interface ChallengePlace {
  name: string
  provider: string
  zone: Zone
}

/**
 * Finds where a challenge record goes, by following CNAMEs from where the CA looks (delegation is nothing else) and by
 * asking the provider for the zone. Writes nothing; done before an order is opened, it finds what would make it fail.
 */
export async function locateChallenge({ services, domain, signal }: Step, challengeName: string): Promise<ChallengePlace> {
  const name = await (await services.dns()).followCname(challengeName, { signal })
  const provider = providerFor(services, name) ?? domain.provider
  const zone = await services.provider(provider).findZone(name, { signal })
  if (zone) return { name, provider, zone }
  const led = name === challengeName ? '' : ` (to which ${challengeName} leads)`
  throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', `The provider ${provider} has no zone for ${name}${led}.`, {
    hint: 'Check which zones its credential may see, or choose another provider for this zone in the configuration (zones).',
  })
}

/** The records that an order's pending authorizations need. Nothing is written yet. */
export async function planChallengeRecords(
  step: Step,
  order: Order,
  places: ReadonlyMap<string, ChallengePlace>,
): Promise<WrittenRecord[]> {
  const { services, domain } = step
  const pending = order.authorizations.filter(({ status }) => status === 'pending')
  return Promise.all(
    pending.map(async ({ challengeName, txtValue }): Promise<WrittenRecord> => {
      const place = places.get(challengeName) ?? (await locateChallenge(step, challengeName))
      return {
        ...place,
        id: makeId(services),
        tenant: domain.tenant,
        domainId: domain.id,
        orderId: order.id,
        purpose: 'challenge',
        type: 'TXT',
        value: txtValue,
        ttl: Math.max(CHALLENGE_TTL, services.provider(place.provider).capabilities.minTtl),
        state: 'planned',
        createdAt: services.runtime.clock.now(),
      }
    }),
  )
}

/** Writes planned records at their providers. Safe to repeat. Answers each with what became of it: `present` or `asked`. */
export async function writeRecords(step: Step, records: readonly WrittenRecord[]): Promise<WrittenRecord[]> {
  const { services, signal } = step
  const written = await Promise.allSettled(
    records.map(async (record): Promise<WrittenRecord> => {
      const provider = services.provider(record.provider)
      const change = await provider.addValues(record.zone, rrsetOf(record), { signal })
      if (change.status === 'pending') await provider.waitForSync?.(change, { signal })
      return { ...record, state: change.status === 'by-hand' ? 'asked' : 'present' }
    }),
  )
  const failed = written.find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
  return written.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
}

/** The record as it is about to be taken away; what a person made stays that person's. */
export function leaving(record: WrittenRecord): WrittenRecord {
  return record.state === 'asked' ? record : { ...record, state: 'removing' }
}

/** What became of records that were to be taken away. */
export interface RemovedRecords {
  removed: WrittenRecord[]
  /** Why the first one that is still there could not be removed. */
  failure?: DomainctlError
  warnings: string[]
}

/**
 * Takes away records that domainctl wrote, and only those: a value that another order needs, too, stays at the provider
 * until that one has ended. What cannot be removed now stays in the journal, and is a warning.
 */
export async function removeRecords(step: Step, records: readonly WrittenRecord[]): Promise<RemovedRecords> {
  if (records.length === 0) return { removed: [], warnings: [] }
  const signal = AbortSignal.timeout(CLEAN_UP_MS)
  // Of two orders that share a value, the one that says so last removes it: neither counts the other any more.
  const parting = records.map(leaving)
  if (parting.some((record, i) => record.state !== records[i]?.state)) await step.commit({ recordsWritten: parting })
  const outcomes = await Promise.all(parting.map((record) => removeRecord(step.services, record, signal)))
  const removed = parting.filter((_, i) => outcomes[i] === null)
  const byHand = removed.filter(({ state }) => state === 'asked')
  if (removed.length > 0) {
    const events = removed.map(({ name, type, value, state }) =>
      step.event(state === 'asked' ? 'record.released' : 'record.removed', `${type} ${name}`, { value }),
    )
    await step.commit({ recordsRemoved: removed.map(({ id }) => id), events })
  }
  const failures = outcomes.filter((failure) => failure !== null)
  const [failure] = failures
  const warnings = [
    ...failures.map(({ message }) => message),
    ...byHand.map(({ name, value }) => `You may now remove the TXT record ${name} "${value}".`),
  ]
  return { removed, warnings, ...(failure && { failure }) }
}

/** Takes away what ended orders of this domain could not (their provider did not answer then). Answers warnings. */
export async function removeLeftovers(step: Step): Promise<string[]> {
  const { store } = step.services
  const written = await store.recordsOf(step.domain.id)
  if (written.length === 0) return []
  const open = await store.openOrder(step.domain.id)
  const left = written.filter(({ purpose, orderId }) => purpose === 'challenge' && orderId !== open?.id)
  return (await removeRecords(step, left)).warnings
}

/** Null when the record is gone; a record that a person made is left to that person. */
async function removeRecord(services: Services, record: WrittenRecord, signal: AbortSignal): Promise<DomainctlError | null> {
  if (record.state === 'asked') return null
  try {
    const others = await services.store.recordsAt(record.name, record.type)
    const isShared = others.some(({ id, value, state }) => id !== record.id && value === record.value && state !== 'removing')
    if (!isShared) await services.provider(record.provider).removeValues(record.zone, rrsetOf(record), { signal })
    return null
  } catch (thrown) {
    const error = toDomainctlError(thrown)
    services.runtime.logger.log('warn', 'record not removed', { name: record.name, type: record.type, error: error.message })
    return new DomainctlError(
      error.code,
      `The ${record.type} record ${record.name} could not be removed; it is kept in mind. ${error.message}`,
      {
        hint: error.hint,
        actor: error.actor,
        cause: error,
      },
    )
  }
}

function rrsetOf({ name, value, ttl }: WrittenRecord) {
  return { name, type: 'TXT' as const, ttl, values: [value] }
}
