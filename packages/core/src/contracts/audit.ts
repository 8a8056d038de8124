import type { AuditEvent } from '../domain/model.ts'

/** Which lines of the audit: those that fit all that is given. */
export interface AuditQuery {
  /** Default: the tenant of the options; null: all. */
  tenant?: string | null
  /** A name of a domain, as people type it: also of one that was removed. */
  domain?: string
  /** Events, such as `record.written`: one of them; `*` stands for any characters, as in `record.*`. */
  events?: readonly string[]
  /** Who it was, such as `cli:ann`. */
  who?: string
  /** At or after this time, by the clock of the machine that wrote the line. */
  since?: Date
  /** Before this time. */
  until?: Date
}

/** A page: the last lines, those before one, or with `after` the first ones after one. */
export interface AuditPaging {
  /** At most so many lines, from 1 to 10,000; 100 by default. */
  limit?: number
  /** `seq` of a line; 0: from the very first. */
  after?: number
  before?: number
}

/** A line of the audit, as `audit` tells it. */
export interface AuditLine extends AuditEvent {
  /** The primary name of its domain. */
  domain?: string
}
