import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { DomainctlError } from '@domainctl/core'
import type { Io } from './io.ts'
import { INPUT_LIMIT, readInput } from './read-input.ts'

/**
 * The text of a list of names.
 * @param file `-`: standard input
 * @throws DomainctlError `USAGE` when it cannot be read or is longer than 10 MB, `INTERRUPTED` at a signal
 */
export async function readNameSource(file: string, io: Pick<Io, 'cwd' | 'stdin' | 'signal'>): Promise<string> {
  try {
    const text = await readInput(file === '-' ? io.stdin : await openSource(resolve(io.cwd, file)), io.signal)
    if (text === null) {
      throw new DomainctlError(
        'USAGE',
        `What ${shownSource(file)} holds is no list of names: it is longer than ${INPUT_LIMIT}.`,
        {
          hint: 'Check the path given with --from-file, or give the names in several files.',
        },
      )
    }
    return text
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
