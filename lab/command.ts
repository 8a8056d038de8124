import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Lab } from './lab.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))

export interface Finished {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** The command in a folder of its own, as somebody types it there. */
export interface Shell extends AsyncDisposable {
  readonly directory: string
  domainctl(...args: string[]): Promise<Finished>
  /** Started, and left to the caller. */
  start(...args: string[]): { child: ChildProcess; finished: Promise<Finished> }
}

export async function openShell(lab: Lab, env: Record<string, string> = {}): Promise<Shell> {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-shell-'))
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [bin, ...args], {
      cwd: directory,
      env: {
        PATH: process.env.PATH,
        HOME: directory,
        ...lab.env,
        DOMAINCTL_ACCEPT_TOS: '1',
        DOMAINCTL_PROVIDER: 'rfc2136',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { child, finished: finish(child) }
  }
  return {
    directory,
    start,
    domainctl: (...args) => start(...args).finished,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
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
