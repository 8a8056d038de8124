import type { Surroundings } from '../../context.ts'
import { printError } from '../../exit.ts'
import type { SandboxFlags } from './flags.ts'
import { withOwnCommand } from './own-command.ts'
import { withoutRealPlaces } from './real-places.ts'
import { runChild } from './run-child.ts'
import { startFromFlags } from './running.ts'

/** `sandbox exec -- CMD ARGS…`: a sandbox for as long as a command runs, and that command's exit code. */
export async function sandboxExec(
  { io, output }: Surroundings,
  [file = '', ...args]: readonly string[],
  flags: SandboxFlags,
): Promise<number> {
  const running = await startFromFlags(flags, io)
  try {
    const env = await withOwnCommand({ ...withoutRealPlaces(io.env), ...running.environment }, io.self, running.scratch)
    const ended = await runChild([file, ...args], { cwd: io.cwd, env, takeSignals: io.takeSignals })
    if (typeof ended === 'number') return ended
    printError(ended.error, io, output)
    return ended.code
  } finally {
    await running.stop()
  }
}
