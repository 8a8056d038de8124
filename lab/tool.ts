import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

export interface ToolRun {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a program that others wrote, without blocking the servers in this process; `input` goes to its standard input. */
export async function runTool(
  command: readonly [string, ...string[]],
  o: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Promise<ToolRun> {
  const [file, ...args] = command
  const child = spawn(file, args, {
    ...(o.cwd !== undefined && { cwd: o.cwd }),
    env: { PATH: process.env.PATH, LC_ALL: 'C', ...o.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  // A program may end without having read its input.
  child.stdin.on('error', () => {})
  child.stdin.end(o.input ?? '')
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, stdout, stderr }
}
