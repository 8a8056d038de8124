import type { AuditLine } from '../contracts/audit.ts'
import type { EventsOptions } from '../contracts/events.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import type { Services } from './services.ts'

const PAGE = 500
const LOOKS_EVERY = 1_000
const LEAST_EVERY = 10

type Following = EventsOptions & { signal: AbortSignal }
type EventServices = Pick<Services, 'store' | 'settings' | 'runtime'>

/**
 * Domainctl.events. The audit loads with the first look: this file is there from the start.
 * @param closing when the state is about to be closed
 */
export function events(services: EventServices, o: EventsOptions, closing: AbortSignal): AsyncIterable<AuditLine> {
  const signal = o.signal ? AbortSignal.any([o.signal, closing]) : closing
  // Asked at once: what comes between the call and the first turn of the loop belongs to it.
  const start = o.after === undefined ? latest(services, signal) : Promise.resolve(o.after)
  // The loop tells of it; who never begins one is told nothing.
  start.catch(() => undefined)
  return { [Symbol.asyncIterator]: () => leavable(services, { ...o, signal }, start) }
}

/**
 * The loop, which may also be left while it waits: a generator alone would keep `return` until the next line comes, and a stream made
 * of it (`Readable.from`) whose reader is gone would go on asking for ever.
 */
function leavable(services: EventServices, o: Following, start: Promise<number>): AsyncGenerator<AuditLine, void, undefined> {
  const left = new AbortController()
  const signal = AbortSignal.any([o.signal, left.signal])
  const lines = follow(services, { ...o, signal }, start)
  const { return: end, throw: fail } = lines
  return Object.assign(lines, {
    return: (value: undefined) => {
      left.abort()
      return end.call(lines, value)
    },
    // What a stream calls that is destroyed with an error.
    throw: (error: unknown) => {
      left.abort()
      return fail.call(lines, error)
    },
  })
}

async function* follow(
  services: EventServices,
  { after: _, everyMs = LOOKS_EVERY, signal, ...query }: Following,
  start: Promise<number>,
): AsyncGenerator<AuditLine, void, undefined> {
  try {
    const { audit } = await import('./audit.ts')
    if (!(everyMs >= LEAST_EVERY)) {
      throw new DomainctlError('USAGE', `The state cannot be asked every ${everyMs} ms.`, {
        hint: `Give ${LEAST_EVERY} or more.`,
      })
    }
    if (signal.aborted) return
    let after = await start
    while (!signal.aborted) {
      const { events: lines, next } = await audit(services, query, { after, limit: PAGE })
      for (const line of lines) {
        if (signal.aborted) return
        yield line
        after = line.seq
      }
      if (next === null && !(await looksAgain(services, everyMs, signal))) return
    }
  } catch (error) {
    // Once the end was asked for, what became of the last look is nobody's matter: the state may be closed already.
    if (!signal.aborted) throw toDomainctlError(error)
  }
}

/**
 * The last line there is. Read backward it may be told before a lower one has been committed, which would then be missed; read
 * forward, a line is told only when none with a lower number can come any more, so it is waited for there.
 */
async function latest(services: EventServices, signal: AbortSignal): Promise<number> {
  const { audit } = await import('./audit.ts')
  const all = { tenant: null }
  const seq = (await audit(services, all, { limit: 1 })).events[0]?.seq ?? 0
  while (seq > 0 && (await audit(services, all, { after: seq - 1, limit: 1 })).events.length === 0) {
    await services.runtime.clock.sleep(LEAST_EVERY, signal)
  }
  return seq
}

/** False: the signal has ended it. */
async function looksAgain({ runtime }: EventServices, everyMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await runtime.clock.sleep(everyMs, signal)
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
