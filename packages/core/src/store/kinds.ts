import { UnreadableValue } from './state-errors.ts'

/** What a value has to be: answers in the words that follow "…column of the row" why it is not, or null. Never with the value. */
export type Kind = (value: unknown) => string | null

/** What a column holds. */
export interface CellKind {
  /** As it lies in the database. */
  readonly stored: Kind
  /** Of a JSON document: what it says. */
  readonly json?: Kind
  /** Of a time: one that has been, or one that is planned. */
  readonly time?: 'past' | 'planned'
}

/** The farthest that a Date goes, in ms. */
const LAST_TIME = 8.64e15

export const text: Kind = (value) => (typeof value === 'string' ? null : 'is not a text')

const time: Kind = (value) =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= LAST_TIME ? null : 'holds a time that is none'

const count: Kind = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? null : 'is not a whole number from 0 on'

export const flag: Kind = (value) => (typeof value === 'boolean' ? null : 'is neither true nor false')

export const number: Kind = (value) => (typeof value === 'number' && Number.isFinite(value) ? null : 'is not a number')

/** A time as JSON has it. */
export const isoTime: Kind = (value) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? null : 'holds a time that is none'

/** One of these words; the record has all of a type, so that none is forgotten. */
export function oneOf<T extends string>(words: Readonly<Record<T, true>>): Kind {
  return (value) => (typeof value === 'string' && Object.hasOwn(words, value) ? null : 'is not one of the words that stand there')
}

export function matching(pattern: RegExp): Kind {
  return (value) => (typeof value === 'string' && pattern.test(value) ? null : 'is not written as it should be')
}

export function listOf(kind: Kind): Kind {
  return (value) => {
    if (!Array.isArray(value)) return 'is not a JSON array'
    return firstOf(value.map((item, i) => within(`[${i}]`, kind(item))))
  }
}

export function mapOf(kind: Kind): Kind {
  return (value) => {
    if (!isObject(value)) return 'is not a JSON object'
    return firstOf(Object.values(value).map((item) => within('a value', kind(item))))
  }
}

/** An object that has all of `needed`; what is `optional` may be absent, and more may be there. */
export function shape(needed: Readonly<Record<string, Kind>>, optional: Readonly<Record<string, Kind>> = {}): Kind {
  const [all, some] = [Object.entries(needed), Object.entries(optional)]
  return (value) => {
    if (!isObject(value)) return 'is not a JSON object'
    for (const [name, kind] of all) {
      const why = within(name, kind(value[name]))
      if (why !== null) return why
    }
    return firstOf(some.map(([name, kind]) => (value[name] === undefined ? null : within(name, kind(value[name])))))
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function within(where: string, why: string | null): string | null {
  return why && `${why} (${where})`
}

function firstOf(whys: readonly (string | null)[]): string | null {
  return whys.find((why) => why !== null) ?? null
}

const orNull =
  (kind: Kind): Kind =>
  (value) =>
    value === null ? null : kind(value)

// The kinds of columns.
export const TEXT: CellKind = { stored: text }
export const TEXT_OR_NULL: CellKind = { stored: orNull(text) }
export const COUNT: CellKind = { stored: count }
export const PAST: CellKind = { stored: time, time: 'past' }
export const PAST_OR_NULL: CellKind = { stored: orNull(time), time: 'past' }
export const PLANNED: CellKind = { stored: time, time: 'planned' }
export const PLANNED_OR_NULL: CellKind = { stored: orNull(time), time: 'planned' }
/** A time that is what it is, such as the end of a certificate. */
export const TIME: CellKind = { stored: time }
export const TIME_OR_NULL: CellKind = { stored: orNull(time) }
export const word = (kind: Kind): CellKind => ({ stored: kind })
export const wordOrNull = (kind: Kind): CellKind => ({ stored: orNull(kind) })
export const json = (kind: Kind): CellKind => ({ stored: text, json: kind })
export const jsonOrNull = (kind: Kind): CellKind => ({ stored: orNull(text), json: kind })

/** @throws UnreadableValue for the first value of the row that is not of its kind; of JSON only that it is a text */
export function assertKinds(kinds: Readonly<Record<string, CellKind>>, row: object, at: { table: string; row: string }): void {
  for (const [column, value] of Object.entries(row)) {
    const why = kinds[column]?.stored(value) ?? null
    if (why !== null) throw new UnreadableValue({ ...at, column }, why)
  }
}
