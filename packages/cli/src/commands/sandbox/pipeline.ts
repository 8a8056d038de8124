import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { pipeline as pump } from 'node:stream/promises'

/** Where a pipeline runs. */
export interface PipelineOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  /** Keep what is printed rather than print it. */
  keep: boolean
  /** Ends the commands; Ctrl-C reaches them by themselves. */
  signal: AbortSignal
}

/**
 * Runs commands, each one's output going into the next, as a shell does.
 * @returns the first exit code that is not 0, and what was printed where that was kept
 */
export async function runPipeline(
  commands: readonly (readonly [string, ...string[]])[],
  { cwd, env, keep, signal }: PipelineOptions,
): Promise<{ exitCode: number; printed: string }> {
  const printed: Buffer[] = []
  const children: ChildProcess[] = []
  const running: Promise<unknown>[] = []
  for (const [i, [file, ...args]] of commands.entries()) {
    const before = children[i - 1]?.stdout
    const last = i === commands.length - 1
    const out = keep ? 'pipe' : 'inherit'
    const stdio: SpawnOptions['stdio'] = [before ? 'pipe' : 'ignore', last ? out : 'pipe', out]
    const child = spawn(file, args, { cwd, env, stdio })
    children.push(child)
    if (before && child.stdin) running.push(pump(before, child.stdin).catch(goneEarly))
    for (const stream of keep ? [last ? child.stdout : null, child.stderr] : []) {
      stream?.on('data', (chunk: Buffer) => void printed.push(chunk))
    }
  }
  const stop = () => {
    for (const child of children) child.kill()
  }
  signal.addEventListener('abort', stop)
  try {
    const exitCodes = await Promise.all(children.map(exitCodeOf))
    await Promise.all(running)
    return { exitCode: exitCodes.find((code) => code !== 0) ?? 0, printed: Buffer.concat(printed).toString('utf8') }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** A command may end without having read its input; its exit code says whether that is a fault. */
function goneEarly(): void {}

function exitCodeOf(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]))
  return promise
}
