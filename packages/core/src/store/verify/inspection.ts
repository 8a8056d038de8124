import type { Db } from '../database.ts'
import type { TableShape } from './table-shape.ts'

/** A row as the database gave it, and what tells it apart. */
export interface RawRow {
  id: string
  values: Record<string, unknown>
}

/** How one engine is looked at from below. */
export interface Inspection {
  /** False: the database stands for a state that is not there. */
  isStored(db: Db): Promise<boolean>
  /** What the engine itself finds wrong: a sentence each. */
  faults(db: Db): Promise<string[]>
  /** Its tables as they are. */
  tables(db: Db): Promise<Map<string, TableShape>>
  /** What its triggers have to be beside those of SQLite; by name. */
  wantedTriggers(fresh: ReadonlyMap<string, TableShape>, now: Date): Promise<Map<string, Map<string, string>>>
  /** All rows of a table, page by page, whatever stands in them. */
  pages(db: Db, table: string, shape: TableShape): AsyncGenerator<RawRow[]>
}
