import type {
  Account,
  AuditEvent,
  BudgetKey,
  CaCircuit,
  Certificate,
  DeliveryOutcome,
  Deployment,
  Domain,
  HealthRecord,
  HealthSpan,
  HttpChallenge,
  Incident,
  KeptCount,
  NewAuditEvent,
  Notice,
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

/** A notice, and when it was routed. */
export interface NoticeRow {
  notice: Notice
  routedAt?: Date
}

/** A message to one channel: the notices that it tells are all of one kind. */
export interface Delivery extends Pick<Notice, 'tenant' | 'event' | 'severity'> {
  id: string
  channel: string
  noticeIds: string[]
  attempts: number
  createdAt: Date
  /** Absent: it was sent, or given up. */
  nextAttemptAt?: Date
  outcome?: DeliveryOutcome
  claim?: Holder & { id: string }
}

/** What is known of a domain's health, and who is checking it. */
export interface HealthRow extends HealthRecord {
  tenant: string
  claim?: string
  /** That the last check belongs to. */
  span?: Pick<SpanRow, 'domainId' | 'beganAt'>
}

/** Checks of a domain in a row that found the same. */
export interface SpanRow extends Omit<HealthSpan, 'ms'> {
  domainId: string
  /** Of checks whose time counts: how many, and their times in ms. */
  counted: { count: number; sum: number; most: number }
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
  /** By domain and target. */
  readonly deployments = this.#table<Deployment>()
  readonly health = this.#table<HealthRow>()
  readonly incidents = this.#table<Incident>()
  /** By domain and beginning. */
  readonly spans = this.#table<SpanRow>()
  readonly accounts = this.#table<Account>()
  readonly keyHolders = this.#table<KeyHolder>()
  readonly circuits = this.#table<CaCircuit>()
  readonly counts = this.#table<{ key: BudgetKey; kept: KeptCount }>()
  readonly notices = this.#table<NoticeRow>()
  readonly deliveries = this.#table<Delivery>()
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
