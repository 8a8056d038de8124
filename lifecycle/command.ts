import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { checkOutput } from '../packages/cli/src/schema/checked-output.test.support.ts'
import type { World } from './world.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))

/** How a command ended, and what it had to say. */
export interface Finished {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** What has been started, and how it ends. */
export interface Started {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
}

/** The command in a folder of its own, as somebody types it there. */
export interface Shell extends AsyncDisposable {
  readonly directory: string
  domainctl(...args: string[]): Promise<Finished>
  /** Started, and left to the caller. */
  start(...args: string[]): Started
}

/** Makes the folder, with a state of its own; `env` goes before what the world sets. */
export async function openShell(world: Pick<World, 'env' | 'newState'>, env: Record<string, string> = {}): Promise<Shell> {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-shell-'))
  const state = await world.newState?.()
  const place = state && { DOMAINCTL_STATE: state.state, DOMAINCTL_ENCRYPTION_KEY: state.encryptionKey }
  const start = (...args: string[]) => {
    const settings = { ...place, HOME: directory, DOMAINCTL_ACCEPT_TOS: '1', DOMAINCTL_PROVIDER: 'rfc2136', ...env }
    return startProgram(bin, args, { directory, env: { ...world.env, ...settings } })
  }
  return {
    directory,
    start,
    domainctl: (...args) => start(...args).finished,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

/** Runs a program by this Node, in a folder, with PATH and this environment alone. */
export function startProgram(
  program: string,
  args: readonly string[],
  { directory, env }: { directory: string; env: Readonly<Record<string, string>> },
): Started {
  const child = spawn(process.execPath, [program, ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const finished = finish(child)
  return { child, finished: program === bin ? finished.then((ended) => asPublished(args, ended)) : finished }
}

/** What it printed as JSON has to be as docs/schema says; of a process that was killed nothing can be said. */
function asPublished(args: readonly string[], ended: Finished): Finished {
  if (ended.signal === null) checkOutput(args, ended.stdout)
  return ended
}

async function finish(child: ChildProcess): Promise<Finished> {
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the command was started without pipes')
  const [[code, signal], out, err] = await Promise.all([
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
    text(stdout),
    text(stderr),
  ])
  return { code, signal, stdout: out, stderr: err }
}
