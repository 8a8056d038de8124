import type { RunOutcome } from '@domainctl/core'
import type { Context } from '../context.ts'
import { EXIT_CODES, exitCodeOfAll, reportError } from '../exit.ts'
import { printable } from '../output/text.ts'
import { timestamp } from '../time.ts'

export interface RunFlags {
  once?: boolean
}

/** `run`: does what is due until it is stopped; with `--once` what is due now. */
export async function run(context: Context, { once = false }: RunFlags): Promise<number> {
  const { io, output, config } = context
  const failures: RunOutcome[] = []
  let done = 0
  const domainctl = await context.domainctl()
  const { concurrency } = config.settings
  await domainctl.run({
    signal: io.signal,
    once,
    ...(concurrency !== 'auto' && { width: concurrency }),
    onOutcome: (outcome) => {
      if (outcome.error) failures.push(outcome)
      else done += 1
      tell(context, outcome)
    },
  })
  if (!once) return EXIT_CODES.interrupted
  if (!output.json) output.note(`${done} done, ${failures.length} failed.`)
  return exitCodeOfAll([...failures.map(({ error }) => error), ...(done > 0 ? [undefined] : [])])
}

/** A line for each outcome, JSON or for people. */
function tell({ io, output }: Context, { kind, tenant, name, done, error }: RunOutcome): void {
  const at = io.now()
  if (output.json) {
    output.print(
      JSON.stringify({ at: at.toISOString(), kind, tenant, name, ...(error ? { error: reportError(error) } : { done }) }),
    )
  } else if (error)
    output.print(`${timestamp(at)} ${output.paint('bad', '✖')} ${name}: ${printable(error.message)} (${error.code})`)
  else if (done !== 'nothing') output.print(`${timestamp(at)} ${output.paint('good', '✔')} ${name}: ${done}`)
}
