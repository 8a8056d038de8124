// What work on a whole state comes to. Apart from what does it, which knows the database: these types are for everybody.

/** What a backup came to. */
export interface BackupFile {
  path: string
  /** Of the schema of what is in it. */
  version: number
  bytes: number
}

/** What became of a table that was copied. */
export interface CopiedCount {
  table: string
  rows: number
  /** SHA-256 of all rows in the order of their keys, hex. */
  hash: string
}

/** What was read of a table. */
export interface VerifiedTable {
  table: string
  rows: number
  /** Sealed values that were opened. */
  secrets: number
}
