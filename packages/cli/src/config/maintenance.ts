import { type MaintenanceWindow, parseName } from '@domainctl/core'
import * as z from 'zod'

/** A time with its zone: without one it would be another time on another machine. */
export const INSTANT = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

// YAML has times of its own, which it reads as UTC where they have no zone.
const WRITTEN_TIME = z.union([z.date(), z.string().refine((text) => INSTANT.test(text) && !Number.isNaN(Date.parse(text)))])

/** The section `maintenance` of a configuration file. */
export const WRITTEN_MAINTENANCE = z.array(
  z
    .strictObject({
      from: WRITTEN_TIME,
      to: WRITTEN_TIME,
      names: z.array(z.string().refine(isName)).min(1).optional(),
      labels: z.record(z.string(), z.string()).optional(),
    })
    .refine(({ from, to }) => new Date(from) < new Date(to)),
)

export type WrittenMaintenance = z.infer<typeof WRITTEN_MAINTENANCE>

/** The keys of one window. */
export const MAINTENANCE_KEYS = ['from', 'to', 'names', 'labels'] as const

/** What belongs at this path of the section, for messages. */
export function expectedOfMaintenance(path: readonly string[]): string {
  const [, , key] = path
  if (path.length === 1) return 'a list of windows with from and to'
  if (key === 'from' || key === 'to') return 'a time with its zone, such as 2026-12-01T22:00:00Z'
  if (key === 'names') return path.length === 3 ? 'a list of names of domains' : 'the name of a domain'
  if (key === 'labels') return path.length === 3 ? 'a mapping from labels to values' : 'the value of a label'
  return 'a window with from and to, which ends after it begins'
}

/** The windows as the engine takes them. */
export function maintenanceFrom(written: WrittenMaintenance): MaintenanceWindow[] {
  return written.map(({ from, to, names, labels }) => ({
    from: new Date(from),
    to: new Date(to),
    ...(names && { names: names.map((name) => parseName(name).name) }),
    ...(labels && { labels }),
  }))
}

function isName(text: string): boolean {
  try {
    parseName(text)
    return true
  } catch {
    return false
  }
}
