import type {
  Account,
  AuditEvent,
  BudgetKey,
  CaCircuit,
  Certificate,
  Domain,
  HttpChallenge,
  KeptCount,
  NewAuditEvent,
  Order,
  WrittenRecord,
} from '@domainctl/core'
import { Table, Transactions } from './tables.ts'

/** A domain with who may change it. */
export interface DomainRow {
  domain: Domain
  /** Raised by every claim, also over removal: a write with an older one is refused. */
  fence: number
  holder?: Holder
  /** Ids of the domains that this one has replaced: their audit is its own. */
  formerIds: string[]
}

/** Who has a lease, and until when. */
export interface Holder {
  owner: string
  until: Date
}

/** A lease on what is no domain. */
export interface KeyHolder extends Holder {
  key: string
  id: string
}

/** All that the state is. */
export class Memory {
  readonly transactions = new Transactions()
  readonly domains = this.#table<DomainRow>()
  readonly orders = this.#table<Order>()
  readonly certificates = this.#table<Certificate>()
  readonly records = this.#table<WrittenRecord>()
  /** By token and domain. */
  readonly challenges = this.#table<HttpChallenge>()
  readonly accounts = this.#table<Account>()
  readonly keyHolders = this.#table<KeyHolder>()
  readonly circuits = this.#table<CaCircuit>()
  readonly counts = this.#table<{ key: BudgetKey; kept: KeptCount }>()
  readonly audit = this.#table<AuditEvent>()
  #lastEvent = 0

  /** Adds lines to the audit. Numbers of those that are taken back are not used again. */
  append(events: readonly NewAuditEvent[]): void {
    for (const event of events) {
      const seq = ++this.#lastEvent
      this.audit.set(String(seq), { seq, ...event })
    }
  }

  #table<T>(): Table<T> {
    return new Table<T>(this.transactions)
  }
}
