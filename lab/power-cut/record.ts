import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Operation, operationsIn, TRACED } from './operations.ts'
import { readCalls, STRACE_FLAGS } from './strace-log.ts'

/** A run that has ended, and everything that it did. */
export interface Recording extends AsyncDisposable {
  /** Where it ran: empty before, and now as it left it. */
  readonly folder: string
  readonly operations: readonly Operation[]
}

const bin = fileURLToPath(new URL('../../packages/cli/bin/domainctl.js', import.meta.url))
const writer = fileURLToPath(new URL('../../packages/core/src/store/power-cut.test.child.ts', import.meta.url))

/**
 * Runs a script of the shell in an empty folder and records what it does there. In it `domainctl` is the built command, and
 * `writer` the program of `power-cut.test.child.ts`.
 * @throws Error with what it printed when it fails
 */
export async function record(script: string, env: Readonly<Record<string, string>> = {}): Promise<Recording> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'domainctl-power-cut-')))
  const folder = join(directory, 'run')
  await mkdir(folder)
  const log = join(directory, 'strace.log')
  const own = `domainctl() { "${process.execPath}" "${bin}" "$@"; }; writer() { "${process.execPath}" "${writer}" "$@"; }; set -e; `
  const child = spawn('strace', [...STRACE_FLAGS, '-e', `trace=${TRACED.join(',')}`, '-o', log, 'sh', '-c', own + script], {
    cwd: folder,
    // What goes through a ring is in no log of system calls.
    env: { PATH: process.env.PATH, HOME: directory, UV_USE_IO_URING: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)])
  if (code !== 0) throw new Error(`what was to be recorded ended with ${code}:\n${stdout}\n${stderr}`)
  const operations = operationsIn(readCalls(await readFile(log, 'latin1')), folder)
  await rm(log)
  return { folder, operations, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}
