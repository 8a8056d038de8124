import type { DomainctlError } from '@domainctl/core'
import { endsSoon } from './ends-soon.ts'
import type { Entries, KeptEntry } from './entries.ts'

/** All outputs of a job have 1 MiB together; three lists and what else there is stay well below. */
const LONGEST_LIST = 200 * 1024

/**
 * Lines for `$GITHUB_OUTPUT`: what later steps of the job go by. Lists are JSON, on one line each: what stands in a name can begin no
 * output of its own.
 */
export function stepOutputsOf(
  entries: Entries,
  o: { exitCode: number; meaning: string; error?: DomainctlError; now: Date },
): string {
  const failed = entries.failed()
  const all = [...failed, ...entries.others()]
  const lists = {
    changed: all.filter(({ changed }) => changed),
    failed,
    expiring: all.filter(({ validity }) => validity && endsSoon(validity, o.now)),
  }
  const cut = Object.entries(lists).map(([key, entries]) => [key, listOf(entries)] as const)
  const count = entries.count()
  const isComplete = all.length === count.failed + count.others && cut.every(([, { isWhole }]) => isWhole)
  const codes = [...new Set([...(o.error ? [o.error.code] : []), ...failed.flatMap(({ error }) => error?.code ?? [])])]
  const again = [o.error, ...failed.map(({ error }) => error)].flatMap((error) => error?.retryAt?.getTime() ?? [])
  const lines: [string, string][] = [
    ['exit-code', String(o.exitCode)],
    ['result', o.meaning],
    ...cut.map(([key, { json }]): [string, string] => [key, json]),
    ['changed-count', String(count.changed)],
    ['failed-count', String(count.failed)],
    ['complete', String(isComplete)],
    ['error-codes', JSON.stringify(codes)],
    // By then all of them can be tried again.
    ['retry-at', again.length > 0 ? new Date(again.reduce((a, b) => Math.max(a, b))).toISOString() : ''],
  ]
  return lines.map(([key, value]) => `${key}=${value}\n`).join('')
}

/** The names as a JSON list, as many as fit. */
function listOf(entries: readonly KeptEntry[]): { json: string; isWhole: boolean } {
  const names: string[] = []
  let size = 2
  for (const { name } of entries) {
    const text = JSON.stringify(name)
    size += Buffer.byteLength(text) + 1
    if (size > LONGEST_LIST) break
    names.push(text)
  }
  return { json: `[${names.join(',')}]`, isWhole: names.length === entries.length }
}
