import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { DomainctlError } from '@domainctl/core'
import type { Io } from './io.ts'

/** Far more than any list of names; what has no end (`/dev/zero`) ends here. */
const MOST_BYTES = 10_000_000

/**
 * The text of a list of names.
 * @param file `-`: standard input
 * @throws DomainctlError `USAGE` when it cannot be read or is longer than 10 MB, `INTERRUPTED` at a signal
 */
export async function readNameSource(file: string, io: Pick<Io, 'cwd' | 'stdin' | 'signal'>): Promise<string> {
  try {
    return await readAll(file === '-' ? io.stdin : await openSource(resolve(io.cwd, file)), file, io.signal)
  } catch (cause) {
    if (cause instanceof DomainctlError) throw cause
    if (io.signal.aborted) {
      throw new DomainctlError('INTERRUPTED', 'Stopped while the names were read; nothing was done.', {
        hint: 'Run the same command again.',
        cause,
      })
    }
    const { code, message } = cause as NodeJS.ErrnoException
    throw new DomainctlError('USAGE', `The names cannot be read from ${shownSource(file)}: ${code ?? message}.`, {
      hint: 'Check the path given with --from-file.',
      cause,
    })
  }
}

/** How messages call it. */
export function shownSource(file: string): string {
  return file === '-' ? 'standard input' : file
}

/**
 * A named pipe is read as a socket is: a file stream would block a thread in `open` until somebody writes, and no
 * signal could end that.
 */
async function openSource(path: string): Promise<Readable> {
  const { createReadStream, constants, openSync } = await import('node:fs')
  if (!(await stat(path)).isFIFO()) return createReadStream(path)
  const { Socket } = await import('node:net')
  return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false })
}

async function readAll(source: Readable, file: string, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of addAbortSignal(signal, source)) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > MOST_BYTES) {
      throw new DomainctlError('USAGE', `What ${shownSource(file)} holds is no list of names: it is longer than 10 MB.`, {
        hint: 'Check the path given with --from-file, or give the names in several files.',
      })
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
