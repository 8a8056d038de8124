import type { DomainctlError, LogLevel, RunOutcome, RunTick } from '@domainctl/core'
import { reportError } from '../exit.ts'
import type { Io } from '../io.ts'
import { timestamp } from '../time.ts'
import { mark } from './marks.ts'
import type { Output } from './output.ts'
import { isStateNews } from './state-logger.ts'
import { statusLine } from './status-line.ts'
import { printable } from './text.ts'

/** What a run began with. */
export interface RunStart {
  version: string
  /** Without a password. */
  state: string
  once: boolean
}

/** Tells what `run` does. */
export interface RunReport {
  started(start: RunStart): void
  tick(tick: RunTick): void
  outcome(outcome: RunOutcome): void
  trouble(error: DomainctlError): void
  log(level: LogLevel, message: string, fields?: Record<string, unknown>): void
  stopped(summary: { done: number; failed: number }): void
}

/** Levels that are told of what the engine logs. */
const TOLD: readonly LogLevel[] = ['warn', 'error']

/** What else is told, beside all of it with `--verbose`, is what a state that is being opened makes people wait for. */
function isTold(level: LogLevel, fields: Record<string, unknown>, { verbose }: Output): boolean {
  return verbose || TOLD.includes(level) || isStateNews(fields)
}

/** What is found and is no good news. */
const BAD: readonly (string | undefined)[] = ['outage', 'flapping', 'reminder', 'stays broken']

/** Whether an outcome is worth a line: what was looked at and is as it was is not, but by `--verbose`. */
function isNews({ done, error }: RunOutcome, { verbose, once }: { verbose: boolean; once: boolean }): boolean {
  if (error || verbose) return true
  return done !== 'nothing' && done !== 'checked' && (once || done !== 'not ready')
}

/** JSON lines on standard output. */
export function jsonReport({ now }: Pick<Io, 'now'>, output: Output, { once }: { once: boolean }): RunReport {
  const { verbose } = output
  const tell = (event: string, level: LogLevel, fields: object) =>
    output.print(JSON.stringify({ at: now().toISOString(), level, event, ...fields }))
  return {
    started: ({ version, state, once }) => tell('started', 'info', { version, pid: process.pid, state, once }),
    tick() {},
    outcome(outcome) {
      if (!isNews(outcome, { verbose, once })) return
      const { error, ...rest } = outcome
      tell('outcome', error ? 'error' : 'info', { ...rest, ...(error && { error: reportError(error) }) })
    },
    trouble: (error) => tell('trouble', 'error', { error: reportError(error) }),
    log: (level, message, fields = {}) => void (isTold(level, fields, output) && tell('log', level, { message, fields })),
    stopped: (summary) => tell('stopped', 'info', summary),
  }
}

/** Lines for people, and one on a terminal that says how things stand. */
export function textReport(io: Pick<Io, 'now' | 'stderr' | 'env'>, output: Output, { once }: { once: boolean }): RunReport {
  const status = statusLine(io, output)
  const { verbose } = output
  const counts = { done: 0, failed: 0 }
  const markOf = ({ done }: RunOutcome) => {
    if (BAD.includes(done)) return mark(output.paint, 'fail')
    return done === 'not ready' ? mark(output.paint, 'wait') : mark(output.paint, 'ok')
  }
  const line = (text: string) => status.around(() => output.print(`${timestamp(io.now())} ${text}`))
  const complain = (error: DomainctlError) =>
    status.around(() => output.complain(`${timestamp(io.now())} ${printable(error.message)} ${printable(error.hint)}`))
  return {
    started({ version, state, once }) {
      if (!once) output.note(`domainctl ${version} does what is due in ${printable(state)}; Ctrl-C stops it.`)
    },
    tick({ at, running, waiting }) {
      if (once) return
      const parts = [`${running} at work`, ...(waiting > 0 ? [`${waiting} waiting`] : [])]
      status.update(`${timestamp(at)} ${parts.join(', ')}, ${counts.done} done, ${counts.failed} failed`)
    },
    outcome(outcome) {
      const { name, done, error } = outcome
      if (error) counts.failed += 1
      else if (done !== 'nothing') counts.done += 1
      if (!isNews(outcome, { verbose, once })) return
      const shown = printable(name)
      if (error) line(`${mark(output.paint, 'fail')} ${shown}: ${printable(error.message)} (${error.code})`)
      else line(`${markOf(outcome)} ${shown}: ${done}`)
    },
    trouble: complain,
    log(level, message, fields = {}) {
      if (!isTold(level, fields, output)) return
      const text = printable(`${level}: ${message} ${JSON.stringify(fields)}`)
      status.around(() => (TOLD.includes(level) ? output.complain : output.note)(`${timestamp(io.now())} ${text}`))
    },
    stopped({ done, failed }) {
      status.stop()
      output.note(`${done} done, ${failed} failed.`)
    },
  }
}
