import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Chances, seeded } from '../../lifecycle/seeded.ts'
import type { World } from '../../lifecycle/world.ts'
import type { ChaosState } from './state.ts'

const bin = fileURLToPath(new URL('../../packages/cli/bin/domainctl.js', import.meta.url))
const clockOff = new URL('./clock-off.ts', import.meta.url).href

/** Where a worker is. */
export interface Post {
  /** Name of its machine; the lab's own when there is none. What holds a lease on another machine is gone when its time is over. */
  machine?: string
  /** Its clock is off by so many ms. */
  clockOffMs?: number
  /** Its way to the state is by the relay. */
  isRelayed?: boolean
}

export interface FleetOptions {
  world: World
  state: ChaosState
  names: readonly string[]
  posts: readonly Post[]
  seed: number
  /** Domains at a time, of each. */
  concurrency: number
}

/** Processes that all work through the same names, each in an order of its own, until each name has its certificate. */
export interface Fleet extends AsyncDisposable {
  readonly tally: FleetTally
  /** Resolves when all is done; rejects when one of them ended in a way that nothing that befell it explains. */
  readonly done: Promise<void>
  /** How many certificates there are. */
  stored(): Promise<number>
  /** Kills it at once; it comes back. Waits for it to be at work; false when nobody is any more. */
  kill(worker: number): Promise<boolean>
  killAll(): Promise<number>
  /** Stops it where it is, and lets it go on after so many ms. */
  freeze(worker: number, ms: number): Promise<boolean>
}

export interface FleetTally {
  runs: number
  kills: number
  freezes: number
  /** How often each error was told, of all names and runs. */
  errors: Record<string, number>
}

/** What may come of a name while others work on it, and while the server that has the state comes and goes. */
const EXPLAINED = new Set(['LEASE_HELD', 'LEASE_LOST', 'STATE_BUSY'])
/** Also this, where there is a server: one that is away at the start is told at once. */
const EXPLAINED_BY_RESTART = new Set([...EXPLAINED, 'STATE_UNREADABLE'])

const LONGEST_PAUSE_MS = 300

export async function startFleet(o: FleetOptions): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-fleet-'))
  const explained = o.state.server ? EXPLAINED_BY_RESTART : EXPLAINED
  const tally: FleetTally = { runs: 0, kills: 0, freezes: 0, errors: {} }
  const running = new Map<number, ChildProcess>()
  const frozen = new Set<ChildProcess>()
  let isOver = false

  async function left(): Promise<string[]> {
    const rows = await o.state.query('select name from domains where certificate_id is not null')
    const done = new Set(rows.map(({ name }) => name))
    return o.names.filter((name) => !done.has(name))
  }

  async function work(post: Post, worker: number): Promise<void> {
    const chances = seeded(o.seed + 1_000 * (worker + 1))
    const directory = join(folder, String(worker))
    await mkdir(directory)
    while (!isOver) {
      const names = shuffled(await left(), chances)
      if (names.length === 0) return
      await writeFile(join(directory, 'names'), `${names.join('\n')}\n`)
      tally.runs += 1
      const args = ['issue', '--from-file', 'names', '--concurrency', String(o.concurrency), '--json', '--quiet']
      const child = startWorker(args, { directory, post, o })
      running.set(worker, child)
      const ended = await endOf(child)
      running.delete(worker)
      if (ended.signal !== 'SIGKILL' && !isOver) count(ended, worker)
      await sleep(chances.between(0, LONGEST_PAUSE_MS))
    }
  }

  function count({ code, stdout, stderr }: Ended, worker: number): void {
    const errors = errorsIn(stdout)
    if (errors === null) throw new Error(`worker ${worker} ended with ${code}: ${stdout.slice(-2_000)}${stderr.slice(-4_000)}`)
    for (const { name, error } of errors) {
      tally.errors[error.code] = (tally.errors[error.code] ?? 0) + 1
      if (!explained.has(error.code))
        throw new Error(`worker ${worker}, ${name ?? 'before any name'}: ${JSON.stringify(error)}\n${stderr.slice(-4_000)}`)
    }
  }

  const all = Promise.all(o.posts.map(work)).then(() => undefined)
  all.catch(() => {
    isOver = true
  })

  async function atWork(worker: number): Promise<{ worker: number; child: ChildProcess } | null> {
    for (;;) {
      if (isOver || (await left()).length === 0) return null
      for (let n = 0; n < o.posts.length; n++) {
        const one = (worker + n) % o.posts.length
        const child = running.get(one)
        if (child && isRunning(child) && !frozen.has(child)) return { worker: one, child }
      }
      await sleep(20)
    }
  }

  return {
    tally,
    done: all,
    async stored() {
      return o.names.length - (await left()).length
    },
    async kill(worker) {
      const found = await atWork(worker)
      const isKilled = found?.child.kill('SIGKILL') ?? false
      if (isKilled) tally.kills += 1
      return isKilled
    },
    async killAll() {
      const children = [...running.values()].filter(isRunning)
      for (const child of children) if (child.kill('SIGKILL')) tally.kills += 1
      return children.length
    },
    async freeze(worker, ms) {
      const found = await atWork(worker)
      if (!found) return false
      const { child } = found
      child.kill('SIGSTOP')
      frozen.add(child)
      tally.freezes += 1
      await sleep(ms)
      frozen.delete(child)
      child.kill('SIGCONT')
      return true
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      for (const child of running.values()) child.kill('SIGKILL')
      await all.catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One command, on the state of all; it dies with the one who started it. */
export function startWorker(
  args: readonly string[],
  { directory, post, o }: { directory: string; post: Post; o: Pick<FleetOptions, 'world' | 'state'> },
): ChildProcess {
  const { world, state } = o
  const url = post.isRelayed ? (state.relayedUrl ?? state.url) : state.url
  const command = [process.execPath, ...(post.clockOffMs === undefined ? [] : ['--import', clockOff]), bin, ...args]
  // A name of its own is all that tells one machine from another: their ids and boots are the same.
  const onMachine = post.machine
    ? ['unshare', '-u', 'sh', '-c', `hostname ${post.machine} && exec "$@"`, 'machine', ...command]
    : command
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...onMachine], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      ...world.env,
      HOME: directory,
      DOMAINCTL_STATE: url,
      DOMAINCTL_ENCRYPTION_KEY: state.encryptionKey,
      DOMAINCTL_ACCEPT_TOS: '1',
      DOMAINCTL_PROVIDER: 'rfc2136',
      ...(post.clockOffMs !== undefined && { CHAOS_CLOCK_OFF_MS: String(post.clockOffMs) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export async function endOf(child: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the command was started without pipes')
  const exit: Promise<[number | null, NodeJS.Signals | null]> = once(child, 'exit') as Promise<
    [number | null, NodeJS.Signals | null]
  >
  const [[code, signal], out, err] = await Promise.all([exit, text(stdout), text(stderr)])
  return { code, signal, stdout: out, stderr: err }
}

interface Told {
  name?: string
  error: { code: string; message: string }
}

/** What `--json` tells went wrong, of each name or before any; null when that is no such document. */
function errorsIn(stdout: string): Told[] | null {
  try {
    const { error, results } = JSON.parse(stdout) as { error?: Told['error']; results?: Partial<Told>[] }
    if (error) return [{ error }]
    return results?.filter((one): one is Told => one.error !== undefined) ?? null
  } catch {
    return null
  }
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null

/** Fisher and Yates. */
function shuffled(names: readonly string[], chances: Chances): string[] {
  const all = [...names]
  for (let last = all.length - 1; last > 0; last--) {
    const one = chances.between(0, last)
    const [a, b] = [all[one], all[last]]
    if (a !== undefined && b !== undefined) [all[one], all[last]] = [b, a]
  }
  return all
}
