import type { Kysely, Transaction } from 'kysely'
import type { Clock, Random } from '../contracts/runtime.ts'
import { type DomainctlError, toDomainctlError } from '../errors.ts'
import type { Engine } from './engine.ts'
import type { Schema } from './schema.ts'
import { busyState, corruptState, UnreadableValue } from './state-errors.ts'

/** How long to try for the lock that another process holds. */
const PATIENCE_MS = 30_000
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 200

/** Within one transaction. Never use the outer database in it: there is one connection, and it would wait for itself. */
export type Db = Transaction<Schema>

/** The state's database: whole transactions, tried again while another process is in the way, with errors of the contract. */
export class Database {
  readonly engine: Engine
  readonly #kysely: Kysely<Schema>
  readonly #clock: Clock
  readonly #random: Random
  readonly #running = new Set<Promise<unknown>>()

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

  /** Writes all or nothing. `work` may be called again when it could not be written; it has no effects elsewhere. */
  write<T>(work: (db: Db) => Promise<T>): Promise<T> {
    return this.#run(() => this.#kysely.transaction().execute(work))
  }

  /** Waits for what is under way, then lets go of the database. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running)
    await this.#kysely.destroy()
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#whileBusy(work)
    this.#running.add(running)
    const ended = () => this.#running.delete(running)
    running.then(ended, ended)
    return running
  }

  /** Tries again with growing, jittered pauses; between them the connection is free for other work of this process. */
  async #whileBusy<T>(work: () => Promise<T>): Promise<T> {
    const { engine } = this
    const deadline = this.#clock.now().getTime() + PATIENCE_MS
    for (let longest = FIRST_PAUSE_MS; ; longest = Math.min(longest * 2, LONGEST_PAUSE_MS)) {
      try {
        return await work()
      } catch (error) {
        if (!engine.isBusy(error)) throw this.#errorOf(error)
        if (this.#clock.now().getTime() >= deadline) throw busyState(engine.place, error)
      }
      const [jitter = 0] = this.#random.bytes(1)
      await this.#clock.sleep(Math.ceil((longest * (jitter + 1)) / 256))
    }
  }

  #errorOf(error: unknown): DomainctlError {
    if (error instanceof UnreadableValue) return corruptState(this.engine.place, error)
    return this.engine.toError(error) ?? toDomainctlError(error)
  }
}
