import { DomainctlError, type RunOutcome } from '@domainctl/core'
import { shownState } from '../config/shown-state.ts'
import type { Context } from '../context.ts'
import { EXIT_CODES, exitCodeOfAll } from '../exit.ts'
import type { PipelineEntry } from '../output/pipeline.ts'
import { jsonReport, textReport } from '../output/run-report.ts'
import { openLiveFile, replaceText, whenUnwritable } from '../run-files.ts'

export interface RunFlags {
  once?: boolean
}

/**
 * `run`: does what is due until it is stopped; with `--once` what is due now.
 * @returns 0 when it was told to stop, which is how it ends; with `--once` the code of what failed
 */
export async function run(context: Context, { once = false }: RunFlags): Promise<number> {
  const { io, config } = context
  const { concurrency, drainTimeout, liveFile, metricsFile, state } = config.settings
  // What nobody looks at is read by programs.
  const json = context.output.json || !(once || io.stdout.isTTY)
  const output = json ? { ...context.output, json } : context.output
  const report = json ? jsonReport(io, output, { once }) : textReport(io, output, { once })
  const failures: DomainctlError[] = []
  let done = 0
  let failed = 0
  const live = liveFile === undefined ? undefined : await openLiveFile(liveFile)
  const warn = (file: string) => whenUnwritable((message, fields) => report.log('warn', message, { file, ...fields }))
  const liveFileWritten = warn('live file')
  const metricsFileWritten = warn('metrics file')
  const domainctl = await context.domainctl({ logger: { log: report.log } }).catch((error) => {
    // It was told to stop while it waited for the state.
    if (!once && io.signal.aborted && error instanceof DomainctlError && error.code === 'INTERRUPTED') return null
    throw error
  })
  if (!domainctl) {
    report.stopped({ done, failed })
    return 0
  }
  report.started({ version: process.env.DOMAINCTL_VERSION ?? 'from source', state: shownState(state), once })
  await domainctl.run({
    signal: io.signal,
    once,
    drainMs: drainTimeout,
    ...(concurrency !== 'auto' && { width: concurrency }),
    onTick: (tick) => {
      report.tick(tick)
      if (live) void liveFileWritten(live.touch(tick.at))
    },
    onTrouble: (error) => report.trouble(error),
    onOutcome: (outcome) => {
      if (outcome.error) failed += 1
      else if (outcome.done !== 'nothing') done += 1
      // Of a process that runs for months only the count is kept.
      if (outcome.error && once) failures.push(outcome.error)
      report.outcome(outcome)
      context.output.pipeline?.add(pipelineEntry(outcome))
    },
    ...(metricsFile !== undefined && { onMetrics: (text) => metricsFileWritten(replaceText(metricsFile, text)) }),
  })
  report.stopped({ done, failed })
  if (!once) return 0
  if (io.signal.aborted) return EXIT_CODES.interrupted
  return exitCodeOfAll([...failures, ...(done > 0 ? [undefined] : [])])
}

/** What was done to a domain: to have looked at it is nothing of that. */
function pipelineEntry({ name, done = '', error }: RunOutcome): PipelineEntry {
  const changed = !error && !['', 'nothing', 'checked', 'not ready'].includes(done)
  return { name, changed, what: done, ...(error && { error }) }
}
