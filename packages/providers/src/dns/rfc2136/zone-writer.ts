import { DomainctlError } from '@domainctl/core'
import { encodeName } from './name.ts'
import type { Primary } from './primary.ts'
import { isPrerequisiteFailure, RCODE } from './rcode.ts'
import { sizeOf, type UpdatePart, updateOf } from './update.ts'

/** A message over TCP has at most 65535 octets; this leaves room for header, zone section and signature. */
const MAX_PARTS_SIZE = 60 * 1024

interface Member {
  part: UpdatePart
  size: number
  signal: AbortSignal
  /** The caller has its answer, or has gone. */
  settled: boolean
  resolve(rcode: number): void
  reject(error: unknown): void
}

/**
 * Writes to one zone by group commit: parts that are wanted while an UPDATE is on its way go together into the next
 * one. A server makes one UPDATE of a zone after the other and puts each to disk, so a hundred parts in one message
 * cost what a single one costs.
 */
export interface ZoneWriter {
  /**
   * The server's rcode for this part: it was made (NOERROR), or nothing of it was.
   *
   * @throws `PROVIDER_REFUSED` when the part does not fit into a message, what {@link Primary.ask} throws, or the signal's reason, soon after it aborts; the part may then have been
   * made or not.
   */
  submit(part: UpdatePart, signal: AbortSignal): Promise<number>
}

export function zoneWriter(zone: string, primary: Primary): ZoneWriter {
  // Thrown here, a zone name that cannot be encoded does not reach a batch.
  encodeName(zone)
  let queue: Member[] = []
  let running = false

  async function drain(): Promise<void> {
    while (queue.length > 0) await write(nextBatch())
    running = false
  }

  function nextBatch(): Member[] {
    let size = 0
    const end = queue.findIndex((member, i) => {
      size += member.size
      return i > 0 && size > MAX_PARTS_SIZE
    })
    const batch = end === -1 ? queue : queue.slice(0, end)
    queue = queue.slice(batch.length)
    return batch
  }

  /**
   * Sends the members in one UPDATE. The server makes all of it or nothing and does not say whose part it refused, so a
   * refused batch is halved until each has an answer of its own: one bad part among a hundred costs 14 more messages.
   */
  async function write(batch: readonly Member[]): Promise<void> {
    const members = batch.filter(({ settled }) => !settled)
    if (members.length === 0) return
    let rcode: number
    try {
      rcode = await send(members)
    } catch (error) {
      for (const member of members) member.reject(error)
      return
    }
    if (members.length === 1 || !mayConcernOneMember(rcode)) {
      for (const member of members) member.resolve(rcode)
      return
    }
    const half = Math.ceil(members.length / 2)
    await write(members.slice(0, half))
    await write(members.slice(half))
  }

  /** One caller who goes does not stop the message for the others; when all have gone nobody waits for its answer. */
  async function send(members: readonly Member[]): Promise<number> {
    const nobodyWaits = new AbortController()
    const look = (): void => {
      if (members.every(({ signal }) => signal.aborted)) nobodyWaits.abort()
    }
    for (const { signal } of members) signal.addEventListener('abort', look)
    try {
      const parts = members.map(({ part }) => part)
      return (await primary.ask(updateOf(zone, parts), nobodyWaits.signal)).rcode
    } finally {
      for (const { signal } of members) signal.removeEventListener('abort', look)
    }
  }

  return {
    submit(part, signal) {
      signal.throwIfAborted()
      const size = sizeOf(part)
      if (size > MAX_PARTS_SIZE) throw tooBig(zone)
      return new Promise((resolve, reject) => {
        const member: Member = {
          part,
          size,
          signal,
          settled: false,
          resolve(rcode) {
            member.settled = true
            signal.removeEventListener('abort', abort)
            resolve(rcode)
          },
          reject(error) {
            member.settled = true
            signal.removeEventListener('abort', abort)
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

function tooBig(zone: string): DomainctlError {
  return new DomainctlError('PROVIDER_REFUSED', `A change of the zone ${zone} does not fit into one DNS message (64 KB).`, {
    hint: 'Make it in several smaller changes.',
  })
}

/**
 * NOTAUTH and NOTIMP are about the zone and the server, whoever asks. SERVFAIL may be about the server as well, but some
 * servers say it where one record made them stumble.
 */
function mayConcernOneMember(rcode: number): boolean {
  return (
    isPrerequisiteFailure(rcode) ||
    rcode === RCODE.FORMERR ||
    rcode === RCODE.SERVFAIL ||
    rcode === RCODE.REFUSED ||
    rcode === RCODE.NOTZONE
  )
}
