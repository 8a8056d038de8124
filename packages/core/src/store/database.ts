import { CompiledQuery, type Kysely, type Transaction } from 'kysely'
import type { Clock, Random } from '../contracts/runtime.ts'
import { type DomainctlError, toDomainctlError } from '../errors.ts'
import { unknownFate } from './commit-fate.ts'
import type { Engine } from './engine.ts'
import type { Schema } from './schema.ts'
import { corruptState, UnreadableValue } from './state-errors.ts'

/** How long to try for the lock that another process holds. */
const PATIENCE_MS = 30_000
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 200

/** Around each of the writes that share a transaction. */
const SAVEPOINT = CompiledQuery.raw('savepoint one_write')
const ROLLBACK = CompiledQuery.raw('rollback to savepoint one_write')
const RELEASE = CompiledQuery.raw('release savepoint one_write')

/** Within one transaction. Never use the outer database in it: there is one connection, and it would wait for itself. */
export type Db = Transaction<Schema>

/** A write that waits for its turn. */
interface QueuedWrite {
  /** When it was asked for, in ms since 1970: how long it has waited does not begin anew with those that it is written with. */
  since: number
  /** Gives what tells the caller, once it is committed. */
  run(db: Db): Promise<() => void>
  reject(error: unknown): void
}

/** The state's database: whole transactions, tried again while another process is in the way, with errors of the contract. */
export class Database {
  readonly engine: Engine
  readonly #kysely: Kysely<Schema>
  readonly #clock: Clock
  readonly #random: Random
  readonly #running = new Set<Promise<unknown>>()
  readonly #writes: QueuedWrite[] = []
  /** How many write at the moment. */
  #writing = 0

  constructor(kysely: Kysely<Schema>, engine: Engine, { clock, random }: { clock: Clock; random: Random }) {
    this.#kysely = kysely
    this.engine = engine
    this.#clock = clock
    this.#random = random
  }

  /** Reads from one snapshot. */
  read<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.#run(() => this.#kysely.transaction().setAccessMode('read only').execute(work))
  }

  /**
   * Writes all or nothing. `work` may be called again when it could not be written; it has no effects elsewhere. What is
   * written at the same time may share a transaction, in which each still succeeds or fails on its own. For that `work` runs
   * one statement at a time, and none is left running when it ends: it would fall among those of the next write, and be taken
   * back, or kept, with that one.
   */
  write<T>(work: (db: Db) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    this.#writes.push({
      since: this.#clock.now().getTime(),
      run: async (db) => {
        const result = await work(db)
        return () => resolve(result)
      },
      reject,
    })
    this.#track(promise)
    if (this.#writing < this.engine.writesAtOnce) void this.#writeQueued()
    return promise
  }

  /** Waits for what is under way, then lets go of the database. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running)
    await this.#kysely.destroy()
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#whileBusy(work)
    this.#track(running)
    return running
  }

  #track(running: Promise<unknown>): void {
    this.#running.add(running)
    const ended = () => this.#running.delete(running)
    running.then(ended, ended)
  }

  async #writeQueued(): Promise<void> {
    this.#writing += 1
    while (this.#writes.length > 0) {
      // Whatever else is at hand comes first: answers that arrived together are written together.
      await new Promise(setImmediate)
      const batch = this.#writes.splice(0, this.engine.writesTogether)
      if (batch.length > 0) await this.#writeTogether(batch)
    }
    this.#writing -= 1
  }

  async #writeTogether(batch: readonly QueuedWrite[]): Promise<void> {
    let writes = batch
    for (let longest = FIRST_PAUSE_MS; ; longest = longerPause(longest)) {
      let settle: (() => void)[] = []
      try {
        await this.#kysely.transaction().execute(async (db) => {
          settle = await this.#inTurn(db, writes)
        })
        for (const one of settle) one()
        return
      } catch (thrown) {
        const error = await this.#fateOf(thrown)
        if (error === null) {
          for (const one of settle) one()
          return
        }
        const isBusy = this.engine.isBusy(error)
        const latest = this.#clock.now().getTime() - PATIENCE_MS
        const over = writes.filter(({ since }) => !isBusy || since <= latest)
        for (const { reject } of over) reject(isBusy ? this.engine.toBusy(error) : this.#errorOf(error))
        writes = writes.filter((write) => !over.includes(write))
        if (writes.length === 0) return
      }
      await this.#pause(longest)
    }
  }

  /**
   * Null where a transaction whose commit was cut off was carried out all the same; else why it was not. To do it again without
   * having asked would write it twice.
   */
  async #fateOf(thrown: unknown): Promise<unknown> {
    const outcome = this.engine.outcomeOf(thrown)
    if (!outcome) return thrown
    const deadline = this.#clock.now().getTime() + PATIENCE_MS
    for (let longest = FIRST_PAUSE_MS; ; longest = longerPause(longest)) {
      let isUnknown = false
      try {
        const [row] = (await this.#whileBusy(() => this.#kysely.connection().execute((db) => outcome.execute(db)))).rows
        if (row?.status === 'committed') return null
        if (row?.status === 'aborted') return thrown instanceof Error ? (thrown.cause ?? thrown) : thrown
        isUnknown = row?.status === 'unknown'
      } catch (error) {
        return error
      }
      if (isUnknown || this.#clock.now().getTime() >= deadline) return unknownFate(this.engine.place, thrown)
      await this.#pause(longest)
    }
  }

  /** Each write's outcome, to be told once all are committed. */
  async #inTurn(db: Db, writes: readonly QueuedWrite[]): Promise<(() => void)[]> {
    const [only, ...others] = writes
    if (only && others.length === 0) return [await only.run(db)]
    const settle: (() => void)[] = []
    for (const { run, reject } of writes) {
      await db.executeQuery(SAVEPOINT)
      try {
        settle.push(await run(db))
      } catch (error) {
        if (this.engine.isBusy(error)) throw error
        // Where the engine has undone everything by itself (a full disk), this fails, and with it all of them.
        await db.executeQuery(ROLLBACK).catch(() => {
          throw error
        })
        settle.push(() => reject(this.#errorOf(error)))
      }
      await db.executeQuery(RELEASE)
    }
    return settle
  }

  /** Tries again with growing, jittered pauses; between them the connection is free for other work of this process. */
  async #whileBusy<T>(work: () => Promise<T>): Promise<T> {
    const { engine } = this
    const deadline = this.#clock.now().getTime() + PATIENCE_MS
    for (let longest = FIRST_PAUSE_MS; ; longest = longerPause(longest)) {
      try {
        return await work()
      } catch (error) {
        if (!engine.isBusy(error)) throw this.#errorOf(error)
        if (this.#clock.now().getTime() >= deadline) throw engine.toBusy(error)
      }
      await this.#pause(longest)
    }
  }

  async #pause(longest: number): Promise<void> {
    const [jitter = 0] = this.#random.bytes(1)
    await this.#clock.sleep(Math.ceil((longest * (jitter + 1)) / 256))
  }

  #errorOf(error: unknown): DomainctlError {
    if (error instanceof UnreadableValue) return corruptState(this.engine.place, error)
    return this.engine.toError(error) ?? toDomainctlError(error)
  }
}

function longerPause(longest: number): number {
  return Math.min(longest * 2, LONGEST_PAUSE_MS)
}
