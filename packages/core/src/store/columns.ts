import type { CaWait, Failure, RenewalAdvice } from '../domain/model.ts'
import { cellKind } from './cells.ts'
import { type Cell, UnreadableValue } from './state-errors.ts'

/** An object whose `null` properties are absent instead, as the model has them. */
export type WithoutNulls<T> = { [K in keyof T as null extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as null extends T[K] ? K : never]?: NonNullable<T[K]>
}

/** Leaves out what is null. */
export function withoutNulls<T extends object>(row: T): WithoutNulls<T>
export function withoutNulls(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}

/** A time as it is stored: ms since 1970. */
export function timeOrNull(time: Date | undefined): number | null {
  return time?.getTime() ?? null
}

/** A stored time, or null. */
export function dateOrNull(time: number | null): Date | null {
  return time === null ? null : new Date(time)
}

/** Reads a JSON array. @throws UnreadableValue */
export function readArray<T>(text: string, cell: Cell): T[] {
  const value = readJson(text, cell)
  if (!Array.isArray(value)) throw new UnreadableValue(cell, 'is not a JSON array')
  return value
}

/** Reads a JSON object. @throws UnreadableValue */
export function readObject<T extends object>(text: string, cell: Cell): T {
  const value = readJson(text, cell)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UnreadableValue(cell, 'is not a JSON object')
  return value as T
}

/** Reads a failure with its times, or null. @throws UnreadableValue */
export function readFailure(text: string | null, cell: Cell): Failure | null {
  if (text === null) return null
  const { at, retryAt, ...rest } = readObject<Omit<Failure, 'at' | 'retryAt'> & { at: string; retryAt?: string }>(text, cell)
  return { ...rest, at: readDate(at, cell), ...(retryAt !== undefined && { retryAt: readDate(retryAt, cell) }) }
}

/** Reads which CAs want to be left alone until when, or null. @throws UnreadableValue */
export function readWaits(text: string | null, cell: Cell): CaWait[] | null {
  if (text === null) return null
  type Written = Omit<CaWait, 'since' | 'at'> & { since: string; at: string }
  return readArray<Written>(text, cell).map(({ since, at, ...rest }) => ({
    ...rest,
    since: readDate(since, cell),
    at: readDate(at, cell),
  }))
}

/** Reads a CA's advice with its times, or null. @throws UnreadableValue */
export function readAdvice(text: string | null, cell: Cell): RenewalAdvice | null {
  if (text === null) return null
  type Written = { askedAt: string; window?: { start: string; end: string }; explanationUrl?: string; nextCheckAt: string }
  const { askedAt, window, nextCheckAt, ...rest } = readObject<Written>(text, cell)
  const times = window && { window: { start: readDate(window.start, cell), end: readDate(window.end, cell) } }
  return { ...rest, ...times, askedAt: readDate(askedAt, cell), nextCheckAt: readDate(nextCheckAt, cell) }
}

/** A failure as JSON, or null. */
export function failureOrNull(failure: Failure | undefined): string | null {
  return failure ? JSON.stringify(failure) : null
}

/** Reads a time as JSON has it. @throws UnreadableValue */
export function readDate(text: string, cell: Cell): Date {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw new UnreadableValue(cell, 'holds a time that is none')
  return date
}

function readJson(text: string, cell: Cell): unknown {
  const value = parseJson(text, cell)
  const why = cellKind(cell.table, cell.column)?.json?.(value) ?? null
  if (why !== null) throw new UnreadableValue(cell, why)
  return value
}

function parseJson(text: string, cell: Cell): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UnreadableValue(cell, 'is not JSON', error)
  }
}
