import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const readyWithinMs = 20_000
const pollMs = 20
const stopWithinMs = 5_000
const tailLines = 25

/** A fault of the lab itself (not of domainctl): what failed, and the tail of the log of the server concerned. */
export class LabError extends Error {
  override readonly name = 'LabError'
}

/** A server of the lab: one process, that dies with the process that started it. */
export interface Daemon {
  readonly pid: number
  /** Everything that the server wrote to stdout and stderr so far. */
  log(): Promise<string>
  /** Ends this process and waits for it. Throws LabError when it had ended by itself before. */
  stop(): Promise<void>
}

export interface DaemonOptions {
  /** For messages and the name of the log file. */
  name: string
  command: string
  args: readonly string[]
  /** Working directory; the log is written to `<directory>/<name>.log`. */
  directory: string
  env?: Readonly<Record<string, string>>
  /** Asked again until it answers true; a rejection counts as "not yet". */
  ready(): Promise<boolean>
}

/** Starts a server and waits until it is ready. Throws LabError with the tail of its log when it ends or is not ready in time. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const logFile = join(options.directory, `${options.name}.log`)
  const file = await open(logFile, 'a', 0o600)
  // setpriv: the kernel ends the server when this process dies, however it dies. detached: Ctrl-C at a terminal
  // is sent to the whole process group, and the servers have to outlive the work that it interrupts.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', options.command, ...options.args], {
    cwd: options.directory,
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['ignore', file.fd, file.fd],
    detached: true,
  })
  try {
    await once(child, 'spawn')
  } catch (cause) {
    throw new LabError(`${options.name} could not be started: is util-linux (setpriv) installed?`, { cause })
  } finally {
    await file.close()
  }
  const log = () => readFile(logFile, 'utf8')
  const failure = async (what: string) => new LabError(`${options.name} ${what}. The end of its log:\n${tail(await log())}`)
  try {
    await untilReady(child, options.ready, failure)
  } catch (error) {
    await end(child)
    throw error
  }
  return {
    pid: child.pid ?? 0,
    log,
    stop: async () => {
      if (ended(child)) throw await failure(`had ended by itself (${child.exitCode ?? child.signalCode})`)
      await end(child)
    },
  }
}

async function untilReady(child: ChildProcess, ready: () => Promise<boolean>, failure: (what: string) => Promise<LabError>) {
  const deadline = performance.now() + readyWithinMs
  for (;;) {
    if (ended(child)) throw await failure(`ended at its start (${child.exitCode ?? child.signalCode})`)
    if (await ready().catch(() => false)) return
    if (performance.now() > deadline) throw await failure(`was not ready within ${readyWithinMs / 1000} s`)
    await sleep(pollMs)
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (ended(child)) return
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  const impatient = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
  await exit
  clearTimeout(impatient)
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function tail(log: string): string {
  return log.trimEnd().split('\n').slice(-tailLines).join('\n')
}

/** A new directory (0700) that is removed when `resources` are disposed of. */
export async function temporaryDirectory(resources: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-lab-'))
  resources.defer(() => rm(directory, { recursive: true, force: true }))
  return directory
}
