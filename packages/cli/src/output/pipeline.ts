import type { DomainctlError, DomainReport } from '@domainctl/core'

/** What became of one name, or of one thing that was looked at, for whoever reads the log of a pipeline. */
export interface PipelineEntry {
  name: string
  /** In the order given, counted from 0; absent: as it came. */
  place?: number
  domain?: Pick<DomainReport, 'status' | 'certificate'> | null
  /** Something was done for it; else it was looked at, or there was nothing to do. */
  changed: boolean
  error?: DomainctlError
  /** What is not right and is no failure of the command. */
  warnings?: readonly string[]
  /** In a word or a few what came of it; absent: its status. */
  what?: string
}

/** Gathers what a pipeline is told when the command ends; see `--output`. */
export interface PipelineReport {
  /** Which command this is, and whether it only looks. */
  begin(command: { name: string; onlyLooks: boolean }): void
  add(entry: PipelineEntry): void
  /** Tells all of it. `error`: what the command ended with, where it is of no one name. */
  end(o: { exitCode: number; error?: DomainctlError }): Promise<void>
}
