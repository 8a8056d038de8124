import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { Socket } from 'node:net'
import { type Clock, systemClock } from '@domainctl/core'

/** Larger than any key or token. */
const MOST_OCTETS = 64 * 1024

/** How long one waits for whoever writes into a pipe: `<(…)` may be a command that asks for a password. */
const LONGEST_WAIT_MS = 60_000

/**
 * The text of a file, or of a pipe up to its end. Neither a device without an end nor a pipe into which nobody writes holds
 * the command up.
 * @throws Error that says why it cannot be read, that of the system or one of its own
 */
export async function readSmallFile(path: string, clock: Clock = systemClock()): Promise<string> {
  return (await readSmallOctets(path, 'secret', clock)).toString('utf8')
}

/** As {@link readSmallFile}, for octets that are to be a `what`, in the words of an error. */
export async function readSmallOctets(path: string, what: string, clock: Clock = systemClock()): Promise<Buffer> {
  // A pipe without a writer would otherwise keep a thread, and with it the process, until somebody opens its other end.
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  let isPassedOn = false
  try {
    const status = fstatSync(fd)
    if (status.isFIFO()) {
      isPassedOn = true
      return await readPipe(fd, what, clock)
    }
    if (!status.isFile()) throw new Error('it is neither a file nor a pipe')
    const buffer = Buffer.alloc(MOST_OCTETS + 1)
    let length = 0
    for (let read = 1; read > 0 && length < buffer.length; length += read)
      read = readSync(fd, buffer, length, buffer.length - length, null)
    return small(buffer.subarray(0, length), what)
  } finally {
    if (!isPassedOn) closeSync(fd)
  }
}

/** By the event loop, which knows a pipe whose writer is still to come from one whose writer has gone. */
async function readPipe(fd: number, what: string, clock: Clock): Promise<Buffer> {
  const socket = new Socket({ fd, readable: true, writable: false })
  const done = new AbortController()
  const late = clock.sleep(LONGEST_WAIT_MS, done.signal).then(
    () => socket.destroy(new Error('nobody has written into the pipe, and closed it, for a minute')),
    () => undefined,
  )
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of socket) {
      chunks.push(chunk)
      length += chunk.length
      if (length > MOST_OCTETS) break
    }
    return small(Buffer.concat(chunks), what)
  } finally {
    done.abort()
    socket.destroy()
    await late
  }
}

function small(octets: Buffer, what: string): Buffer {
  if (octets.length > MOST_OCTETS) throw new Error(`it is larger than 64 KiB, which no ${what} is`)
  return octets
}
