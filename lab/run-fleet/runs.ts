import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { type FleetOptions, type Post, startWorker } from '../chaos/fleet.ts'

/** What a run has told of a domain: `kind name done`, or the code of an error in place of `done`. */
export interface Told {
  at: string
  run: number
  what: string
  message: string
}

/** Several `domainctl run`, each of which comes back when it was killed. */
export interface Runs extends AsyncDisposable {
  readonly told: readonly Told[]
  readonly tally: { kills: number; outcomes: Record<string, number> }
  /** At once, and started again. */
  kill(run: number): Promise<void>
  /** Tells all of them to stop. Resolves with their exit codes. */
  stop(): Promise<(number | null)[]>
}

interface Running {
  child: ChildProcess
  ended: Promise<number | null>
  /** It has begun to look. */
  ready: Promise<void>
}

/** Starts one at each post; `directory` has their configuration. */
export async function startRuns(
  o: Pick<FleetOptions, 'world' | 'state' | 'posts'> & { directory: string; args: readonly string[] },
): Promise<Runs> {
  const told: Told[] = []
  const tally = { kills: 0, outcomes: {} as Record<string, number> }

  function start(post: Post, run: number): Running {
    const child = startWorker(['run', '--json', ...o.args], { directory: o.directory, post, o })
    const { stdout, stderr } = child
    if (!stdout || !stderr) throw new Error('the command was started without pipes')
    const ready = Promise.withResolvers<void>()
    createInterface({ input: stdout }).on('line', (line) => {
      ready.resolve()
      read(run, line)
    })
    const complaints = text(stderr)
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('exit', async (code, signal) => {
        ready.resolve()
        if (code === 0 || signal === 'SIGKILL') resolve(code)
        else reject(new Error(`run ${run} ended with ${code ?? signal}: ${(await complaints).slice(-4_000)}`))
      })
    })
    ended.catch(() => undefined)
    return { child, ended, ready: ready.promise }
  }

  function read(run: number, line: string): void {
    const { at, event, level, kind, name, done, error, message, fields } = JSON.parse(line)
    if (event === 'started' || event === 'stopped') return
    const result = error?.code ?? done ?? level
    const what = event === 'outcome' ? `${kind} ${result}` : `${event} ${result}`
    tally.outcomes[what] = (tally.outcomes[what] ?? 0) + 1
    told.push({
      at,
      run,
      what,
      message: `${name ?? ''} ${error?.message ?? message ?? ''} ${fields ? JSON.stringify(fields) : ''}`,
    })
  }

  const running = o.posts.map(start)
  const all = () => running.filter(({ child }) => child.exitCode === null && child.signalCode === null)
  return {
    told,
    tally,
    async kill(run) {
      const [one, post] = [running[run], o.posts[run]]
      if (!one || !post) throw new Error(`there is no run ${run}`)
      // What ended by itself is no victim: it says why.
      if (!all().includes(one)) await one.ended
      await one.ready
      one.child.kill('SIGKILL')
      await one.ended
      tally.kills += 1
      running[run] = start(post, run)
    },
    async stop() {
      for (const { child } of all()) child.kill('SIGTERM')
      return Promise.all(running.map(({ ended }) => ended))
    },
    async [Symbol.asyncDispose]() {
      for (const { child } of all()) child.kill('SIGKILL')
      await Promise.allSettled(running.map(({ ended }) => ended))
    },
  }
}
