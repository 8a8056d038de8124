import { afterEach, beforeEach } from 'vitest'
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
}

/** How long the leases of the tests last, in ms. */
export const MINUTE = 60_000
/** A limit that no test reaches. */
export const MANY = 100

/** The store of the test that runs, and what most tests do with it. */
export class StoreTest {
  #current: StoreUnderTest | undefined

  /** Opens a store before each test of the suite in which it is called, and closes it after. */
  constructor(open: () => Promise<StoreUnderTest>) {
    beforeEach(async () => {
      this.#current = await open()
    })
    afterEach(() => this.#under.close())
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
