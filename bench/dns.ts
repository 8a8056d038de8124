import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DomainReport } from '@domainctl/core'
import { type DnsWorld, EDGE, startDnsWorld } from './dns-world.ts'
import { fillPending } from './fill-pending.ts'
import { median, printTable, run } from './measure.ts'

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))
const ZONES = 1000
const NAMES_IN_ZONE = 10
const ROUNDS = 3
/** `dig` in a loop asks so many of the questions, and the time is scaled. */
const LOOP = 200

/** What the command came to in one run. */
interface Verification {
  ms: number
  queries: number
  megabytes: number
}

/** `verify --all` of ten thousand names, against what the same server gives to dnsperf and to `dig`. */
export async function measureDns(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'domainctl-bench-'))
  try {
    const names = Array.from({ length: ZONES }, (_, i) => i).flatMap((i) =>
      Array.from({ length: NAMES_IN_ZONE }, (_, n) => `shop${n}.${zoneName(i)}`),
    )
    console.log(`filling a state with ${names.length} domains …`)
    const state = join(directory, 'filled')
    await mkdir(state)
    const reports = await fillPending(join(state, 'state.db'), names, EDGE)
    const world = await startDnsWorld(directory, zonesOf(reports))
    try {
      await compare(world, directory, questionsOf(reports))
    } finally {
      await world.stop()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function compare(world: DnsWorld, directory: string, questions: readonly string[]): Promise<void> {
  const [server = ''] = world.servers
  const file = join(directory, 'questions.txt')
  await writeFile(file, `${questions.join('\n')}\n`)
  const theirs: number[] = []
  const ours: Verification[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    theirs.push(dnsperf(server, file))
    ours.push(await verifyAll(world, directory, round))
  }
  const middle = (of: (one: Verification) => number) => median(ours.map(of))
  const [ms, queries, megabytes] = [middle((one) => one.ms), middle((one) => one.queries), middle((one) => one.megabytes)]
  const [rate, bound] = [(queries / ms) * 1000, median(theirs)]
  const least = leastQuestions(world.servers.length)
  const [loop, batch] = [digInLoop(server, questions), digBatch(server, file)]
  const times = (seconds: number) => {
    const each = (seconds * 1000) / questions.length
    return `${seconds.toFixed(1)} s = ${(each / (ms / queries)).toFixed(1)} × as long for each question`
  }
  printTable(
    `${questions.length / 2} names in ${ZONES} zones on one BIND at ${world.servers.length} addresses (medians of ${ROUNDS})`,
    [
      { what: 'dnsperf, the same questions', measured: `${bound.toFixed(0)} /s` },
      {
        what: 'domainctl verify --all --json',
        measured: `${(ms / 1000).toFixed(1)} s, ${rate.toFixed(0)} /s = ${(rate / bound).toFixed(3)} ×`,
        bound: '0.35 ×',
        holds: rate >= 0.35 * bound,
      },
      {
        what: 'its peak memory (resident)',
        measured: `${megabytes.toFixed(0)} MB`,
        bound: '250 MB',
        holds: megabytes < 250,
      },
      {
        what: `its queries, of which ${least} are the least`,
        measured: `${queries} = ${(queries / least).toFixed(2)} ×`,
        bound: '1.2 ×',
        holds: queries <= 1.2 * least,
      },
      { what: `dig, a process for each question (${LOOP}, scaled)`, measured: times(loop) },
      { what: 'dig -f, one process that asks one after the other', measured: times(batch) },
    ],
  )
}

/**
 * What is looked at, each once. Of each name, at each server of its zone: the ownership TXT, the CNAME, the TXT at the name of
 * the challenge and CAA; and the two records that have just become right at the resolver, which may still show what was there
 * before. Of each zone: its delegation at the zone above, SOA (which brings the NS records along) and CAA of its apex at each
 * server, and the SOA at the resolver. What all names share, such as the addresses of the host that they lead to, is left out.
 */
function leastQuestions(servers: number): number {
  const ofName = 4 * servers + 2
  const ofZone = 1 + 2 * servers + 1
  return ZONES * NAMES_IN_ZONE * ofName + ZONES * ofZone
}

/** Queries a second, with EDNS as we ask. */
function dnsperf(server: string, file: string): number {
  const { stdout } = run(['dnsperf', '-s', server, '-d', file, '-n', '5', '-e'])
  const [, rate] = /Queries per second:\s+([\d.]+)/.exec(stdout) ?? []
  const [, lost] = /Queries lost:\s+(\d+)/.exec(stdout) ?? []
  if (rate === undefined || Number(lost) > 0) throw new Error(`dnsperf lost queries or gave no rate:\n${stdout}`)
  return Number(rate)
}

/** Each time on a fresh copy of the state, in which nothing has been verified. */
async function verifyAll(world: DnsWorld, directory: string, round: number): Promise<Verification> {
  const state = join(directory, `round${round}`)
  await mkdir(state)
  for (const file of await readdir(join(directory, 'filled'))) await copyFile(join(directory, 'filled', file), join(state, file))
  const output = await open(join(state, 'out.json'), 'w')
  const before = await world.questions()
  const started = performance.now()
  const child = spawn(process.execPath, [bin, 'verify', '--all', '--json'], {
    cwd: state,
    env: {
      PATH: process.env.PATH,
      HOME: state,
      DOMAINCTL_STATE: `file:${join(state, 'state.db')}`,
      DOMAINCTL_RESOLVER: world.resolver,
      DOMAINCTL_ALLOW_PRIVATE: '1',
    },
    stdio: ['ignore', output.fd, 'inherit'],
  })
  let [peak, isOver] = [0, false]
  const watch = async () => {
    // The kernel keeps the peak, so only what the process takes in its last moment can be missed.
    for (; !isOver; await sleep(10)) peak = Math.max(peak, await peakKilobytes(child.pid ?? 0))
  }
  const watching = watch()
  const [code] = await once(child, 'exit')
  const ms = performance.now() - started
  isOver = true
  await watching
  await output.close()
  const queries = (await world.questions()) - before
  const { summary } = JSON.parse(await readFile(join(state, 'out.json'), 'utf8'))
  if (code !== 0 || summary.ok !== ZONES * NAMES_IN_ZONE)
    throw new Error(`verify --all ended with ${code}: ${JSON.stringify(summary)}`)
  await rm(state, { recursive: true })
  return { ms, queries, megabytes: peak / 1024 }
}

async function peakKilobytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
}

/** Seconds for all the questions. */
function digInLoop(server: string, questions: readonly string[]): number {
  const sample = questions.filter((_, i) => i % Math.ceil(questions.length / LOOP) === 0)
  const ms = sample.reduce(
    (sum, question) => sum + run(['dig', `@${server}`, '+norecurse', '+short', ...question.split(' ')]).ms,
    0,
  )
  return ((ms / sample.length) * questions.length) / 1000
}

function digBatch(server: string, file: string): number {
  return run(['dig', `@${server}`, '+norecurse', '+short', '-f', file]).ms / 1000
}

function zoneName(i: number): string {
  return `customer${String(i).padStart(4, '0')}.test`
}

/** The records that each domain needs, as lines of its zone. */
function zonesOf(reports: readonly DomainReport[]): Map<string, string[]> {
  const lines = new Map<string, string[]>()
  for (const { name, records } of reports) {
    const zone = name.slice(name.indexOf('.') + 1)
    const here = records.map(({ name, type, value }) => `${name}. 300 IN ${type} ${type === 'TXT' ? `"${value}"` : `${value}.`}`)
    lines.set(zone, [...(lines.get(zone) ?? []), ...here])
  }
  return lines
}

/** As dnsperf and `dig -f` take them, one on each line. */
function questionsOf(reports: readonly DomainReport[]): string[] {
  return reports.flatMap(({ records }) => records.map(({ name, type }) => `${name} ${type}`))
}
