import type { KeyMaterial } from '../../contracts/key-material.ts'
import type { Db } from '../database.ts'
import type { Seal } from '../seal.ts'
import type { Findings } from './finding.ts'
import type { RawRow } from './inspection.ts'

/** What the rows of a table are looked at with. */
export interface RowContext {
  db: Db
  /** Null: what is sealed is left alone. */
  seal: Seal | null
  keys: KeyMaterial
  findings: Findings
  now: Date
  /** Called for each secret that could be opened. */
  opened(): void
}

/** Looks at a page of rows whose values are all of their kinds, in the order of their keys. */
export type PageCheck = (rows: readonly RawRow[], context: RowContext) => void | Promise<void>
