import { spawnSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'

export interface Run {
  /** Wall time in ms. */
  ms: number
  stdout: string
}

/** Runs a command to its end and throws when it fails: a failure is never a measurement. */
export function run(command: readonly [string, ...string[]], o: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Run {
  const [file, ...args] = command
  const started = performance.now()
  const { status, stdout, stderr, error } = spawnSync(file, args, { ...o, encoding: 'utf8', maxBuffer: 1 << 28 })
  const ms = performance.now() - started
  if (error || status !== 0)
    throw new Error(`${command.join(' ')} failed (${error?.message ?? `exit ${status}`}):\n${stderr}${stdout}`)
  return { ms, stdout }
}

/**
 * Measures rivals in turn, so that whatever else the machine does befalls all of them alike. Answers the medians in ms.
 * @param o `begunBefore`: no round but the first begins after so many ms
 */
export function inTurn(
  rounds: number,
  rivals: Record<string, (round: number) => number>,
  { begunBefore = Number.POSITIVE_INFINITY }: { begunBefore?: number } = {},
): Record<string, number> {
  const times = Object.fromEntries(Object.keys(rivals).map((name) => [name, [] as number[]]))
  const started = performance.now()
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && performance.now() - started > begunBefore) break
    for (const [name, measure] of Object.entries(rivals)) times[name]?.push(measure(round))
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]))
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** A table of what was measured, with the bound that was set for the ratio. */
export function printTable(
  title: string,
  rows: readonly { what: string; measured: string; bound?: string; holds?: boolean }[],
): void {
  const width = (of: (row: (typeof rows)[number]) => string) => Math.max(...rows.map((row) => of(row).length))
  const what = width((row) => row.what)
  const measured = width((row) => row.measured)
  console.log(`\n${title}`)
  for (const row of rows) {
    const verdict = row.bound === undefined ? '' : `   bound ${row.bound}: ${row.holds ? 'holds' : 'MISSED'}`
    console.log(`  ${row.what.padEnd(what)}  ${row.measured.padStart(measured)}${verdict}`)
  }
}
