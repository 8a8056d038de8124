import type { Changes, DomainKey, Lease, Store } from '../../contracts/store.ts'
import type { Domain } from '../../domain/model.ts'
import { sampleDomain } from '../model-samples.ts'

/** An empty store to be tested. */
export interface StoreUnderTest {
  store: Store
  /** The clock that its leases go by. */
  clock: { now(): Date; advance(ms: number): void }
  /** Called after each test, once. */
  close(): Promise<void>
  /**
   * Opens the same state once more, as another process would; the test closes it. Absent where only one process can have the state:
   * then nobody checks what several do at once, nor that what was written is there after the store was closed.
   */
  again?(): Promise<Store>
  /**
   * All that is kept where others may read it (files, rows), in any text: no secret may stand in it, in the clear, in base64 or in
   * hex. Absent where nothing is kept outside of this process.
   */
  dump?(): Promise<string>
}

/** What tests are told to: vitest's own functions, or those of `node:test`. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
  beforeEach(body: () => Promise<void>): unknown
  afterEach(body: () => Promise<void>): unknown
}

/** How long the leases of the tests last, in ms. */
export const MINUTE = 60_000
/** A limit that no test reaches. */
export const MANY = 100

/** The store of the test that runs, and what most tests do with it. */
export class StoreTest {
  #current: StoreUnderTest | undefined
  readonly runner: TestRunner

  /** Opens a store before each test of the suite in which it is called, and closes it after. */
  constructor(open: () => Promise<StoreUnderTest>, runner: TestRunner) {
    this.runner = runner
    runner.beforeEach(async () => {
      this.#current = await open()
    })
    runner.afterEach(() => this.#under.close())
  }

  get #under(): StoreUnderTest {
    if (!this.#current) throw new Error('only within a test')
    return this.#current
  }

  get store(): Store {
    return this.#under.store
  }

  get clock(): StoreUnderTest['clock'] {
    return this.#under.clock
  }

  /** Calls `work` with another store of the same state; with the only one where there is no other. */
  async again(work: (other: Store) => Promise<void>): Promise<void> {
    const other = await this.#under.again?.()
    try {
      await work(other ?? this.store)
    } finally {
      await other?.close()
    }
  }

  /** What others may read; empty where nothing is kept outside of this process. */
  async dump(): Promise<string> {
    return (await this.#under.dump?.()) ?? ''
  }

  claim(which: DomainKey, owner = 'me', isGone: (owner: string) => boolean = () => false): ReturnType<Store['claim']> {
    return this.store.claim(which, { owner, ttlMs: MINUTE, isGone })
  }

  async leaseOn(domain: Domain, owner = 'me'): Promise<Lease> {
    const claimed = await this.claim(domain.id, owner)
    if (!claimed) throw new Error(`${domain.id} is not there`)
    return claimed.lease
  }

  /** Adds a domain, and commits changes to it. */
  async add(parts: Partial<Domain> = {}, changes?: Changes): Promise<Domain> {
    const domain = sampleDomain(parts)
    await this.store.addDomain(domain, [])
    if (changes) await this.store.commit(await this.leaseOn(domain), changes, { release: true })
    return domain
  }

  /** What the audit tells, in a word a line. */
  async eventsOf(filter: Partial<Parameters<Store['history']>[0]> = {}): Promise<string[]> {
    return (await this.store.history({ limit: MANY, ...filter })).map(({ event }) => event)
  }
}
