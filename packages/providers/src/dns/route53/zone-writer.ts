import { type Change, type Clock, inParallel, type Random } from '@domainctl/core'
import type { Route53Api } from './client.ts'
import { ApiFault } from './fault.ts'
import { changed, type Edit, planOf } from './plan.ts'
import { refusal } from './refusal.ts'
import { canonicalName } from './values.ts'

/** Of one batch: far from the 1,000 values that a request may have, where sets are of the usual size. */
const MOST_EDITS = 100

/** Reads at a time, of the names of a batch. */
const READERS = 5

/** How often a batch starts anew because others changed a set between its reading and its writing. */
const MAX_ATTEMPTS = 10

interface Member {
  edit: Edit
  /** As in `add TXT records to example.com`. */
  what: string
  signal: AbortSignal
  /** The caller has its answer, or has gone. */
  settled: boolean
  /** What was there when a batch with this edit was sent for the first time: its answer may have been lost. */
  before?: Change['previous']
  resolve(change: Change): void
  reject(error: unknown): void
}

/**
 * Writes to one zone by group commit: edits that are wanted while a batch is on its way go together into the next one. So
 * two edits of one set never meet, and Route 53 never says that the batch before is not done (PriorRequestNotComplete).
 */
export interface ZoneWriter {
  /**
   * Rejects with `PROVIDER_…`, or with the signal's reason, soon after it aborts; the edit may then have been made or not.
   */
  submit(edit: Edit, what: string, signal: AbortSignal): Promise<Change>
}

export function zoneWriter(zoneId: string, api: Route53Api, { clock, random }: { clock: Clock; random: Random }): ZoneWriter {
  let queue: Member[] = []
  let running = false

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.slice(0, MOST_EDITS)
      queue = queue.slice(batch.length)
      await write(batch)
    }
    running = false
  }

  /** Never rejects: each member gets what concerns it. */
  async function write(batch: readonly Member[]): Promise<void> {
    const { signal, leave } = nobodyWaits(batch)
    try {
      await attempts(batch, signal)
    } catch (thrown) {
      for (const member of batch) member.reject(thrown instanceof ApiFault ? refusal(thrown, member.what) : thrown)
    } finally {
      leave()
    }
  }

  async function attempts(batch: readonly Member[], signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const members = batch.filter(({ settled }) => !settled)
      if (members.length === 0) return
      try {
        return await once(members, signal)
      } catch (thrown) {
        if (!(thrown instanceof ApiFault) || !thrown.isInvalidBatch) throw thrown
        if (!thrown.isStale || attempt === MAX_ATTEMPTS) {
          if (members.length === 1) throw thrown
          // All of it was refused, for the sake of one edit perhaps: each is to have an answer of its own.
          const half = Math.ceil(members.length / 2)
          await write(members.slice(0, half))
          return await write(members.slice(half))
        }
      }
      // So that writers in other processes do not meet each time.
      await clock.sleep(((random.bytes(1)[0] ?? 0) / 255) * 100 * attempt, signal)
    }
  }

  /** Reads, brings the edits together, and writes. */
  async function once(members: readonly Member[], signal: AbortSignal): Promise<void> {
    const names = new Set(members.map(({ edit }) => canonicalName(edit.rrset.name)))
    const all = names.size > 1 ? await api.fewSets(zoneId, signal) : null
    const stored =
      all?.filter(({ name }) => names.has(name)) ??
      (await inParallel(names, READERS, (name) => api.setsOf(zoneId, name, signal))).flat()
    const { changes, outcomes } = planOf(
      members.map(({ edit }) => edit),
      stored,
    )
    const planned = members.flatMap((member, i) => {
      const outcome = outcomes[i]
      if (outcome === undefined) return []
      if (!('error' in outcome)) return [{ member, outcome }]
      member.reject(outcome.error)
      return []
    })
    for (const { member, outcome } of planned) if (outcome.isWritten) member.before = outcome.previous
    const id = changes.length > 0 ? await api.change(zoneId, changes, signal) : undefined
    for (const { member, outcome } of planned) {
      const previous = outcome.isWritten || member.before === undefined ? outcome.previous : member.before
      member.resolve(changed({ ...outcome, previous }, member.edit.kind, id))
    }
  }

  return {
    submit(edit, what, signal) {
      signal.throwIfAborted()
      return new Promise((resolve, reject) => {
        const settle = (): void => {
          member.settled = true
          signal.removeEventListener('abort', abort)
        }
        const member: Member = {
          edit,
          what,
          signal,
          settled: false,
          resolve(change) {
            settle()
            resolve(change)
          },
          reject(error) {
            settle()
            reject(error)
          },
        }
        const abort = (): void => member.reject(signal.reason)
        signal.addEventListener('abort', abort)
        queue.push(member)
        if (running) return
        running = true
        setImmediate(drain)
      })
    },
  }
}

/** One caller who goes does not stop the batch for the others; when all have gone nobody waits for it. */
function nobodyWaits(members: readonly Member[]): { signal: AbortSignal; leave(): void } {
  const controller = new AbortController()
  const look = (): void => {
    const gone = members.filter(({ signal }) => signal.aborted)
    if (members.every(({ settled, signal }) => settled || signal.aborted)) controller.abort(gone[0]?.signal.reason)
  }
  for (const { signal } of members) signal.addEventListener('abort', look)
  return {
    signal: controller.signal,
    leave() {
      for (const { signal } of members) signal.removeEventListener('abort', look)
    },
  }
}
