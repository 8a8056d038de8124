import { type Deployed, type DeployTarget, DomainctlError, defineDeployTarget } from '@domainctl/core'
import type { ProviderRuntime } from '../../manifest.ts'
import { commandEnv } from '../command-env.ts'
import type { FileOptions } from '../file-options.ts'
import { runCommand } from '../run-command.ts'
import { placeFiles } from '../target-files.ts'

/** Options of {@link nginxTarget}, parsed. */
export interface NginxOptions extends FileOptions {
  test: readonly string[]
  reload: readonly string[]
  debounceMs: number
  timeoutMs: number
}

/** A change of files that nginx is to hear of. */
interface Job {
  signal: AbortSignal
  change(): Promise<Deployed>
  resolve(done: Deployed): void
  reject(error: unknown): void
}

/**
 * nginx by its files and two commands. All changes go through one queue: while the configuration is checked nobody writes, and
 * those that come together are checked and reloaded once. Of two processes each checks all that is on the disk.
 */
export function nginxTarget(options: NginxOptions, { clock }: ProviderRuntime): DeployTarget {
  const { test, reload, debounceMs, timeoutMs } = options
  const waiting: Job[] = []
  let isBusy = false

  function enqueue(signal: AbortSignal, change: Job['change']): Promise<Deployed> {
    const { promise, resolve, reject } = Promise.withResolvers<Deployed>()
    waiting.push({ signal, change, resolve, reject })
    if (!isBusy) void work()
    return promise
  }

  async function work(): Promise<void> {
    isBusy = true
    while (waiting.length > 0) {
      await clock.sleep(debounceMs)
      await together(waiting.splice(0))
    }
    isBusy = false
  }

  /** Not ended by a signal once it has begun: both commands have a time-out, and half of it would be worse than all. */
  async function together(jobs: readonly Job[]): Promise<void> {
    const changed: { job: Job; done: Deployed }[] = []
    for (const job of jobs) {
      try {
        job.signal.throwIfAborted()
        changed.push({ job, done: await job.change() })
      } catch (error) {
        job.reject(error)
      }
    }
    if (changed.length === 0) return
    const broken = await failureOf(test, 'nginx does not accept its configuration')
    const failure = broken ?? (await failureOf(reload, 'nginx could not be reloaded'))
    if (!failure) {
      for (const { job, done } of changed) job.resolve({ changed: done.changed, ...undoOf(done) })
      return
    }
    const tried: { job: Job; back: string }[] = []
    for (const { job, done } of changed) tried.push({ job, back: await putBack(done) })
    // The files of one domain may be what is wrong: that keeps no other from being served.
    if (broken && changed.length > 1 && (await failureOf(test, '')) === null) {
      for (const { job } of changed) await together([job])
      return
    }
    for (const { job, back } of tried) job.reject(refusal(failure, back))
  }

  async function failureOf(argv: readonly string[], what: string): Promise<string | null> {
    const { signal } = new AbortController()
    const { ok, how } = await runCommand({ argv, env: commandEnv(), timeoutMs }, { clock, signal })
    return ok ? null : `${what} (${argv.join(' ')}): ${how}`
  }

  function undoOf({ undo }: Deployed): Pick<Deployed, 'undo'> {
    if (!undo) return {}
    const back = async (o: { signal: AbortSignal }): Promise<Deployed> => {
      await undo(o)
      return { changed: true }
    }
    return { undo: async (o) => void (await enqueue(o.signal, () => back(o))) }
  }

  return defineDeployTarget({
    deploy: (certificate, { signal }) => enqueue(signal, () => placeFiles(options, certificate)),
  })
}

/** @returns what came of it, as a sentence */
async function putBack({ undo }: Deployed): Promise<string> {
  try {
    await undo?.(new AbortController())
  } catch (error) {
    return `The files of before could not be put back: ${error instanceof Error ? error.message : String(error)}`
  }
  return undo ? 'The files of before were put back, and nginx goes on with what it has.' : 'nginx goes on with what it has.'
}

function refusal(failure: string, back: string): DomainctlError {
  return new DomainctlError('DEPLOY_FAILED', `${failure}. ${back}`, {
    hint: 'Mend the configuration of nginx (nginx -t shows where), then run: domainctl deploy NAME.',
  })
}
