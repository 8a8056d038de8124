import type { AuditLine } from '../contracts/audit.ts'
import type { EventsOptions } from '../contracts/events.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import type { Services } from './services.ts'

const PAGE = 500
const LOOKS_EVERY = 1_000
const LEAST_EVERY = 10

type EventServices = Pick<Services, 'store' | 'settings' | 'runtime'>

/** Domainctl.events. The audit loads with the first look: this file is there from the start. */
export function events(services: EventServices, o: EventsOptions = {}): AsyncIterable<AuditLine> {
  // Asked at once: what comes between the call and the first turn of the loop belongs to it.
  const start = o.after === undefined ? latest(services) : Promise.resolve(o.after)
  // The loop tells of it; who never begins one is told nothing.
  start.catch(() => undefined)
  return { [Symbol.asyncIterator]: () => follow(services, o, start) }
}

async function* follow(
  services: EventServices,
  { after: _, everyMs = LOOKS_EVERY, signal, ...query }: EventsOptions,
  start: Promise<number>,
): AsyncGenerator<AuditLine, void, undefined> {
  try {
    const { audit } = await import('./audit.ts')
    if (!(everyMs >= LEAST_EVERY)) {
      throw new DomainctlError('USAGE', `The state cannot be asked every ${everyMs} ms.`, {
        hint: `Give ${LEAST_EVERY} or more.`,
      })
    }
    let after = await start
    while (!signal?.aborted) {
      const { events: lines, next } = await audit(services, query, { after, limit: PAGE })
      for (const line of lines) {
        if (signal?.aborted) return
        yield line
        after = line.seq
      }
      if (next === null && !(await looksAgain(services, everyMs, signal))) return
    }
  } catch (error) {
    throw toDomainctlError(error, signal)
  }
}

/**
 * The last line there is. Read backward it may be told before a lower one has been committed, which would then be missed; read
 * forward, a line is told only when none with a lower number can come any more, so it is waited for there.
 */
async function latest(services: EventServices): Promise<number> {
  const { audit } = await import('./audit.ts')
  const all = { tenant: null }
  const seq = (await audit(services, all, { limit: 1 })).events[0]?.seq ?? 0
  while (seq > 0 && (await audit(services, all, { after: seq - 1, limit: 1 })).events.length === 0) {
    await services.runtime.clock.sleep(LEAST_EVERY)
  }
  return seq
}

/** False: the signal has ended it. */
async function looksAgain({ runtime }: EventServices, everyMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await runtime.clock.sleep(everyMs, signal)
    return true
  } catch (error) {
    if (signal?.aborted) return false
    throw error
  }
}
