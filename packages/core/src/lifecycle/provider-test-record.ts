import type { Zone } from '../contracts/dns-provider.ts'
import { DomainctlError, type ErrorCode, toDomainctlError } from '../errors.ts'
import { answerWithin } from './provider-answer.ts'
import { holdingRRset } from './rrset-lease.ts'
import type { Services } from './services.ts'

/** Seconds. */
const RECORD_TTL = 60

/** What an earlier test left there goes when it is older, in ms: a younger one may be at work. */
export const STALE_AFTER = 10 * 60_000

/** Cleaning up has a deadline of its own, in ms: it must happen after an abort, too. Another process may hold the RRset for as long. */
const CLEAN_UP_MS = 80_000

/** How long after a clean-up, in ms, it is looked again for a write of which nobody knows what becomes of it. */
const LOOK_AGAIN_AFTER = 5_000

/** What a second look has to have left of the deadline, in ms. */
const LOOK_MS = 20_000

const VALUE = /^domainctl-test=(\d{1,15})-[0-9a-f]{16}$/

/** The record of a test, and where it stands. */
export interface TestRecord {
  /** Name of the configured provider. */
  provider: string
  zone: Zone
  record: { type: 'TXT'; name: string; value: string }
}

/**
 * What became of a write. `unsent`: the provider has not heard of it · `refused`: it has said no · `unknown`: it gave no answer,
 * and may still carry it out · `written`: it has it.
 */
export type Written = 'unsent' | 'refused' | 'unknown' | 'written'

/** The TXT record of this test. */
export function testRecordIn({ name }: Zone, { runtime: { clock, random } }: Pick<Services, 'runtime'>): TestRecord['record'] {
  const value = `domainctl-test=${clock.now().getTime()}-${Buffer.from(random.bytes(8)).toString('hex')}`
  return { type: 'TXT', name: `_domainctl-test.${name}`, value }
}

/**
 * Adds the value, and takes away what tests that were killed have left beside it.
 * @param o `became`: told what became of it as soon as that is known, before a failure is thrown
 * @returns how many were left there, or that a person has to write it
 */
export async function write(
  services: Services,
  { provider: named, zone, record: { name, type, value } }: TestRecord,
  o: { signal: AbortSignal; warnings: string[]; became(written: Written): void },
): Promise<{ isByHand: boolean; removed: number }> {
  const { signal, warnings, became } = o
  const provider = services.provider(named)
  let removed = 0
  const change = await holdingRRset(services, { provider: named, zone, name, type }, signal, async (own) => {
    try {
      const there = await provider.getRRset(zone, name, type, { signal: own })
      const stale = there?.values.filter((one) => isStale(one, services.runtime.clock.now())) ?? []
      if (there && stale.length > 0) await provider.removeValues(zone, { ...there, values: stale }, { signal: own })
      removed = stale.length
    } catch (thrown) {
      own.throwIfAborted()
      // Some accounts may write and not read. Whether this one may write is what comes now.
      warnings.push(`What earlier tests may have left at ${name} was not removed: ${toDomainctlError(thrown).message}`)
    }
    own.throwIfAborted()
    became('unknown')
    try {
      return await provider.addValues(zone, { name, type, ttl: RECORD_TTL, values: [value] }, { signal: own })
    } catch (thrown) {
      if (isRefusal(thrown)) became('refused')
      throw thrown
    }
  })
  became('written')
  if (change.status === 'pending') await provider.waitForSync?.(change, { signal })
  return { isByHand: change.status === 'by-hand', removed }
}

/** Whether the provider has said no, so that nothing of it is there. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof DomainctlError && REFUSALS.has(thrown.code)
}

const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'PROVIDER_AUTH',
  'PROVIDER_ZONE_NOT_FOUND',
  'PROVIDER_REFUSED',
  'PROVIDER_CONFLICT',
])

function isStale(value: string, now: Date): boolean {
  const [, madeAt] = VALUE.exec(value) ?? []
  return madeAt !== undefined && now.getTime() - Number(madeAt) > STALE_AFTER
}

/** Takes the value away. Not under the signal that may have ended the test. */
export async function remove(services: Services, at: TestRecord, ms = CLEAN_UP_MS): Promise<void> {
  const provider = services.provider(at.provider)
  const { name, type, value } = at.record
  await answerWithin(services, at.provider, ms, new AbortController().signal, async (signal) => {
    const change = await holdingRRset(services, { provider: at.provider, zone: at.zone, name, type }, signal, async (own) =>
      provider.removeValues(at.zone, { name, type, ttl: RECORD_TTL, values: [value] }, { signal: own }),
    )
    if (change.status === 'pending') await provider.waitForSync?.(change, { signal })
  })
}

/**
 * Takes the value away after a write of which nobody knows what becomes of it: a request that was given up may be carried out
 * after the clean-up. So where it has not come yet, it is looked for once more a moment later, if the deadline allows.
 * @returns whether it had come, and so is gone for good; false: it may still come
 */
export async function removeWhatCame(services: Services, at: TestRecord): Promise<boolean> {
  const { clock } = services.runtime
  const deadline = clock.now().getTime() + CLEAN_UP_MS
  if (await hadCome(services, at, CLEAN_UP_MS)) return true
  if (deadline - clock.now().getTime() < LOOK_AGAIN_AFTER + LOOK_MS) return false
  await clock.sleep(LOOK_AGAIN_AFTER)
  return hadCome(services, at, deadline - clock.now().getTime())
}

/** Removes it in any case: where it cannot be read it can be removed all the same. */
async function hadCome(services: Services, at: TestRecord, ms: number): Promise<boolean> {
  const { name, type, value } = at.record
  const deadline = services.runtime.clock.now().getTime() + ms
  const there = await answerWithin(services, at.provider, LOOK_MS, new AbortController().signal, async (signal) =>
    services.provider(at.provider).getRRset(at.zone, name, type, { signal }),
  ).catch(() => null)
  await remove(services, at, Math.max(deadline - services.runtime.clock.now().getTime(), 1))
  return there?.values.includes(value) ?? false
}
