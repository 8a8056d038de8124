import { type Expression, type RawBuilder, type SqlBool, sql, type Transaction } from 'kysely'
import type { Clock } from '../contracts/runtime.ts'
import type { DomainctlError } from '../errors.ts'
import { keyFileOf } from './key.ts'
import type { Schema } from './schema.ts'
import { busyState, isSqliteBusy, sqliteError } from './state-errors.ts'

/**
 * All that differs between database engines. Everything outside of this table and of the dialect is the same for each
 * of them; times are parameters everywhere but in {@link Engine.leaseNow}.
 */
export interface Engine {
  /** For what looks at a database from below (`verify/`). */
  readonly dialect: 'sqlite' | 'postgres'
  /** What the state is called in messages: for SQLite the path of its file. */
  readonly place: string
  /** Where the encryption key lies when none is given; null: it has to be given. */
  readonly keyFile: string | null
  /** So many writes that wait for each other anyway share one transaction, and with it one wait for the disk. */
  readonly writesTogether: number
  /** So many transactions write at a time. */
  readonly writesAtOnce: number
  /**
   * Until the transaction ends nobody else gets past the same: for what is read and then written, and is no row that is there
   * already. On an engine with one writer there is nothing to do.
   */
  lock(db: Transaction<Schema>, what: string): Promise<void>
  /** At the end of a query: until the transaction ends the rows that it finds are not deleted. */
  readonly keepsRows: RawBuilder<unknown>
  /** At the end of a query: waits for those who keep the rows that it finds, and nobody keeps them until the transaction ends. */
  readonly takesRows: RawBuilder<unknown>
  /** What became of a transaction whose commit was cut off, from what it threw; null when it threw something else. */
  outcomeOf(error: unknown): RawBuilder<{ status: string | null }> | null
  /**
   * Up to which line of the audit one may read who goes on from the last that it saw: no line up to here can come any more. Whatever
   * is read after this was asked, in a transaction that begins later, has them all.
   */
  readonly lastSettledEvent: RawBuilder<{ seq: number }>
  /** Statements of version 11, by which it was tried to know that. */
  readonly knowsSettled: RawBuilder<unknown>[]
  /** Statements after which these columns sort by their bytes, as names in the DNS do. */
  byBytes(table: string, columns: readonly string[]): RawBuilder<unknown>[]
  /** Statements after which {@link Engine.lastSettledEvent} can be asked. */
  readonly knowsComplete: RawBuilder<unknown>[]
  /** Column type of a number that grows by itself with every row. */
  readonly sequence: RawBuilder<number>
  /** The time that leases are given and run out by, in ms since 1970: the same for all processes on this state. */
  leaseNow(): Expression<number>
  /** What ends a query for rows that are claimed next: those that others are just claiming are left out, and not waited for. */
  readonly skipLocked: RawBuilder<unknown>
  /** Whether the JSON object in `domains.labels` has this label with this value. */
  hasLabel(label: string, value: string): Expression<SqlBool>
  /** Statements after a table was filled with numbers of its own: it goes on from the highest. */
  afterNumbers(table: string, column: string): RawBuilder<unknown>[]
  /** All tables of the database. */
  readonly tables: RawBuilder<{ name: string }>
  /** Statements after which rows of the table can only be added. */
  appendOnly(table: string): RawBuilder<unknown>[]
  /** Whether another process was in the way, and the same again may succeed. */
  isBusy(error: unknown): boolean
  /** That the state was busy for too long, from what the engine threw last. */
  toBusy(error: unknown): DomainctlError
  /** What the engine threw as an error of the contract, or null when it means a fault of ours. */
  toError(error: unknown): DomainctlError | null
}

/**
 * SQLite. It has no clock that all processes share but that of the machine they share, so leases go by the injected one.
 * @param path of the state's file
 */
export function sqliteEngine(path: string, clock: Clock): Engine {
  return {
    dialect: 'sqlite',
    place: path,
    keyFile: keyFileOf(path),
    // One writer at a time, and a commit waits for the disk: 64 domains cost hardly more than one.
    writesTogether: 64,
    writesAtOnce: 1,
    lock: async () => undefined,
    keepsRows: sql``,
    takesRows: sql``,
    outcomeOf: () => null,
    // One writer after the other: what is there is all that there is.
    lastSettledEvent: sql<{ seq: number }>`select coalesce(max(seq), 0) as seq from audit`,
    knowsSettled: [],
    knowsComplete: [],
    byBytes: () => [],
    // AUTOINCREMENT goes by the highest that there ever was.
    afterNumbers: () => [],
    sequence: sql`integer primary key autoincrement`,
    leaseNow: () => sql.val(clock.now().getTime()),
    skipLocked: sql``,
    hasLabel: (label, value) =>
      sql<SqlBool>`exists (select 1 from json_each(${sql.ref('domains.labels')}) where key = ${label} and value = ${value})`,
    tables: sql<{ name: string }>`select name from sqlite_master where type = 'table'`,
    appendOnly: (table) => [
      ...['update', 'delete'].map((verb) => refuse(`${table}_no_${verb}`, `${verb} on ${table}`, table)),
      // INSERT OR REPLACE deletes a row without firing the trigger for it.
      refuse(`${table}_no_replace`, `insert on ${table} when exists (select 1 from ${table} where seq = new.seq)`, table),
    ],
    isBusy: isSqliteBusy,
    toBusy: (error) => busyState(path, error),
    toError: (error) => sqliteError(error, path),
  }
}

function refuse(trigger: string, event: string, table: string): RawBuilder<unknown> {
  return sql.raw(`create trigger ${trigger} before ${event} begin select raise(abort, 'the table ${table} is append-only'); end`)
}
