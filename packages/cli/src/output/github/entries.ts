import type { PipelineEntry } from '../pipeline.ts'
import type { Validity } from './ends-soon.ts'

/** What is kept of an entry: of ten thousand names no more than is told of them. */
export interface KeptEntry extends Omit<PipelineEntry, 'domain'> {
  place: number
  /** Of its certificate. */
  validity?: Validity
}

/** So many that failed, and so many others, are told by name; of the rest the number is. */
const MOST_KEPT = 10_000

/** Entries as they come. */
export interface Entries {
  add(entry: PipelineEntry): void
  /** Those that failed, in the order given. */
  failed(): readonly KeptEntry[]
  /** All others that were kept, in the order given. */
  others(): readonly KeptEntry[]
  count(): { failed: number; others: number; changed: number }
}

export function gatherEntries(): Entries {
  const failed: KeptEntry[] = []
  const others: KeptEntry[] = []
  const count = { failed: 0, others: 0, changed: 0 }
  const inOrder = (entries: readonly KeptEntry[]) => entries.toSorted((a, b) => a.place - b.place)
  return {
    add({ domain, ...entry }) {
      const place = entry.place ?? count.failed + count.others
      const status = entry.what ?? domain?.status
      const certificate = domain?.certificate
      const kept: KeptEntry = {
        ...entry,
        place,
        ...(status !== undefined && { what: status }),
        ...(certificate && { validity: { notBefore: certificate.notBefore, notAfter: certificate.notAfter } }),
      }
      count[entry.error ? 'failed' : 'others'] += 1
      if (entry.changed) count.changed += 1
      const list = entry.error ? failed : others
      if (list.length < MOST_KEPT) list.push(kept)
    },
    failed: () => inOrder(failed),
    others: () => inOrder(others),
    count: () => count,
  }
}
