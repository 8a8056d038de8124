import { type ErrorCode, inParallel, inParallelAdaptive } from '@domainctl/core'
import type { Outcome } from './verb.ts'

/** Somebody has no room for so much at a time, or does not answer in time. */
const LIMITED: readonly ErrorCode[] = [
  'CA_RATE_LIMITED',
  'CA_STALLED',
  'CA_UNAVAILABLE',
  'CA_UNREACHABLE',
  'DNS_NOT_PROPAGATED',
  'DNS_UNREACHABLE',
  'PROVIDER_UNREACHABLE',
  'STATE_BUSY',
]

/** Works on all names, so many at a time; with `auto`, as many as prove good by how long each takes and what it fails at. */
export async function overAll(
  names: readonly string[],
  { width, now }: { width: number | 'auto'; now: () => Date },
  work: (name: string, place: number) => Promise<Pick<Outcome, 'error' | 'skipped'>>,
): Promise<void> {
  if (width !== 'auto') return void (await inParallel(names, width, work))
  await inParallelAdaptive(names, async (name, place) => {
    const start = now().getTime()
    const { error, skipped } = await work(name, place)
    const ms = now().getTime() - start
    if (error) return LIMITED.includes(error.code) ? { ms, limited: true } : null
    return skipped ? null : { ms, limited: false }
  })
}
