import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DomainctlError } from '@domainctl/core'
import type { Surroundings } from '../../context.ts'
import type { Io } from '../../io.ts'
import { mark } from '../../output/marks.ts'
import { type PipelineOptions, runPipeline } from './pipeline.ts'
import { type RunningSandbox, startIn } from './running.ts'
import { makeScratch } from './scratch.ts'
import { TOUR_BEGIN, TOUR_STEPS, type TourStep, tourEnd } from './tour-steps.ts'
import { paragraph, typed } from './tour-text.ts'

/** How `--json` prints a step. */
interface PlayedStep {
  command: string
  exitCode: number
  expected: number
  ms: number
  /** Of a step that did not end as it should: what it printed. */
  output?: string
}

/**
 * `sandbox tour`: the main road on a sandbox, with the real commands, one after the other.
 * @returns 0, or the exit code of the first command that does not end as it should
 * @throws DomainctlError `INTERRUPTED`
 */
export async function sandboxTour({ io, output }: Surroundings): Promise<number> {
  const stopping = new AbortController()
  let stopped = false
  const release = io.takeSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
    // The terminal gives Ctrl-C to the command of this step as well, which then stops by itself.
    if (signal !== 'SIGINT' || stopped) stopping.abort()
    stopped = true
  })
  let running: RunningSandbox | undefined
  const interruptIfStopped = () => {
    if (stopped || io.signal.aborted) throw interrupted()
  }
  try {
    interruptIfStopped()
    const scratch = await makeScratch(undefined)
    running = await startIn(scratch, undefined, { serve: join(scratch, 'certs') })
    const o = { cwd: scratch, env: cleanEnvironment(io.env, running.environment), keep: output.json, signal: stopping.signal }
    const played: PlayedStep[] = []
    await print(io, output.json ? [] : paragraph(TOUR_BEGIN))
    for (const [i, step] of TOUR_STEPS.entries()) {
      interruptIfStopped()
      const lines = typed(step.commands)
      const prompt = lines.map((line) => output.paint('strong', line))
      await print(io, output.json ? [] : ['', ...paragraph(`${i + 1}. ${step.about}`), '', ...prompt])
      const result = await play(step, lines, io.self, o)
      interruptIfStopped()
      played.push(result)
      if (result.exitCode === step.exitCode) continue
      if (output.json) output.document({ ok: false, steps: played })
      else
        output.complain(
          `${mark(output.paintMessage, 'fail')} The tour stopped at step ${i + 1}: the command above exited with ${result.exitCode} (expected ${step.exitCode}).`,
        )
      return result.exitCode || 1
    }
    if (output.json) output.document({ ok: true, steps: played })
    // npm and npx say so; elsewhere the command was found on PATH.
    else await print(io, ['', ...tourEnd(io.env.npm_lifecycle_event === undefined ? 'domainctl' : 'npx domainctl')])
    return 0
  } finally {
    await running?.stop()
    release()
  }
}

async function play(step: TourStep, lines: string[], self: Io['self'], o: PipelineOptions): Promise<PlayedStep> {
  const began = performance.now()
  const { exitCode, printed } = await runPipeline(
    step.commands.map((args) => [...self, ...args] as const),
    o,
  )
  return {
    command: lines
      .map((line) => line.replace(/ \\$/, '').trim())
      .join(' ')
      .replace(/^\$ /, ''),
    exitCode,
    expected: step.exitCode,
    ms: Math.round(performance.now() - began),
    ...(exitCode !== step.exitCode && o.keep && { output: printed }),
  }
}

/** Settings of the person at work would make it another tour. */
function cleanEnvironment(env: Io['env'], sandbox: Record<string, string>): NodeJS.ProcessEnv {
  const others = Object.entries(env).filter(([name]) => !/^(DOMAINCTL|RFC2136)_/.test(name))
  // A log of the tour is read at the width that terminals begin with.
  return { COLUMNS: '80', ...Object.fromEntries(others), ...sandbox }
}

/** Written before the next command begins to write to the same place. */
async function print({ stdout }: Pick<Io, 'stdout'>, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return
  const { promise, resolve } = Promise.withResolvers<void>()
  // A reader that has gone is no fault (`| head`), and what else is wrong is told by who listens to the stream.
  stdout.write(lines.map((line) => `${line}\n`).join(''), () => resolve())
  await promise
}

function interrupted(): DomainctlError {
  return new DomainctlError('INTERRUPTED', 'The tour was stopped, and nothing of it is left.', {
    hint: 'It begins anew with: domainctl sandbox tour',
  })
}
