import type { DnsProvider } from '../contracts/dns-provider.ts'
import type { Order, WrittenRecord } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { makeId, providerFor, type Services } from './services.ts'
import type { Step } from './step.ts'

/** Seconds; challenge records live for a minute, and nobody should remember them for longer. */
const CHALLENGE_TTL = 60

/** Cleaning up has a deadline of its own, in ms: it must happen after an abort, too. */
const CLEAN_UP_MS = 20_000

/**
 * The records that an order's pending authorizations need, found by following CNAMEs from where the CA looks
 * (delegation is nothing else) and by asking the provider for the zone. Nothing is written yet.
 */
export async function planChallengeRecords(step: Step, order: Order): Promise<WrittenRecord[]> {
  const { services, domain, signal } = step
  const pending = order.authorizations.filter(({ status }) => status === 'pending')
  return Promise.all(
    pending.map(async ({ challengeName, txtValue }): Promise<WrittenRecord> => {
      const name = await (await services.dns()).followCname(challengeName, { signal })
      const provider = providerFor(services, name) ?? domain.provider
      const zone = await services.provider(provider).findZone(name, { signal })
      if (!zone) {
        throw new DomainctlError(
          'PROVIDER_ZONE_NOT_FOUND',
          `The provider ${provider} has no zone for ${name}${name === challengeName ? '' : ` (to which ${challengeName} leads)`}.`,
          {
            hint: 'Check which zones its credential may see, or choose another provider for this zone in the configuration (zones).',
          },
        )
      }
      return {
        id: makeId(services),
        tenant: domain.tenant,
        domainId: domain.id,
        orderId: order.id,
        purpose: 'challenge',
        provider,
        zone,
        name,
        type: 'TXT',
        value: txtValue,
        ttl: Math.max(CHALLENGE_TTL, services.provider(provider).capabilities.minTtl),
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

/**
 * Takes away records that domainctl wrote, and only those: a value that another order needs, too, stays at the provider
 * until that one has ended. What cannot be removed now stays in the journal, and is a warning.
 */
export async function removeRecords(
  step: Step,
  records: readonly WrittenRecord[],
): Promise<{ removed: WrittenRecord[]; warnings: string[] }> {
  const signal = AbortSignal.timeout(CLEAN_UP_MS)
  const outcomes = await Promise.all(records.map((record) => removeRecord(step.services, record, signal)))
  const removed = outcomes.flatMap(({ removed }) => removed ?? [])
  const warnings = outcomes.flatMap(({ warning }) => warning ?? [])
  if (removed.length > 0) {
    await step.commit({
      recordsRemoved: removed.map(({ id }) => id),
      events: removed.map(({ name, type, value, state }) =>
        step.event(state === 'asked' ? 'record.released' : 'record.removed', `${type} ${name}`, {
          value,
          ...(state === 'asked' && { note: 'made by hand, and left to the hand' }),
        }),
      ),
    })
  }
  return {
    removed,
    warnings: [
      ...warnings,
      ...removed
        .filter(({ state }) => state === 'asked')
        .map(({ name, value }) => `You may now remove the TXT record ${name} "${value}".`),
    ],
  }
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

async function removeRecord(
  services: Services,
  record: WrittenRecord,
  signal: AbortSignal,
): Promise<{ removed?: WrittenRecord; warning?: string }> {
  try {
    const others = await services.store.recordsAt(record.name, record.type)
    const shared = others.some(
      ({ id, value, orderId }) => id !== record.id && orderId !== record.orderId && value === record.value,
    )
    if (!shared && record.state !== 'asked') {
      const provider: DnsProvider = services.provider(record.provider)
      await provider.removeValues(record.zone, rrsetOf(record), { signal })
    }
    return { removed: record }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    services.runtime.logger.log('warn', 'record not removed', { name: record.name, type: record.type, error: why })
    return {
      warning: `The ${record.type} record ${record.name} could not be removed (${why}); it is in the journal and the next run tries again.`,
    }
  }
}

function rrsetOf({ name, value, ttl }: WrittenRecord) {
  return { name, type: 'TXT' as const, ttl, values: [value] }
}
