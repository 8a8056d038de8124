import { notHere } from './refusal.ts'

/** A parameter of the query; undefined when it is not there. */
export type Query = (name: string) => string | undefined

/** What a page says of itself (https://github.com/joshuaavalon/docker-cloudflare/issues/76). */
export interface ResultInfo {
  readonly page: number
  readonly per_page: number
  readonly count: number
  readonly total_count: number
  readonly total_pages: number
}

/**
 * The page of a list that is asked for; one beyond the end is empty, and clients that go through all pages end there (the
 * pagination of the SDK).
 * @param sizes how many items a page has when nothing is said, and at least and at most
 * @throws CloudflareRefusal
 */
export function pageOf<T>(
  items: readonly T[],
  query: Query,
  sizes: { usual: number; least: number; most: number; leastPages: number },
): { page: readonly T[]; info: ResultInfo } {
  const page = wholeNumber('page', query('page') ?? '1', 1, Number.MAX_SAFE_INTEGER)
  const size = wholeNumber('per_page', query('per_page') ?? String(sizes.usual), sizes.least, sizes.most)
  const shown = items.slice((page - 1) * size, page * size)
  const pages = Math.max(sizes.leastPages, Math.ceil(items.length / size))
  return {
    page: shown,
    info: { page, per_page: size, count: shown.length, total_count: items.length, total_pages: pages },
  }
}

/** Sorted by what is asked for, or as it was. */
export function inOrder<T>(items: readonly T[], query: Query, keys: Readonly<Record<string, (item: T) => string | number>>): T[] {
  const [order, direction = 'asc'] = [query('order'), query('direction')]
  if (direction !== 'asc' && direction !== 'desc') throw notHere('that direction')
  const keyOf = order === undefined ? () => 0 : Object.hasOwn(keys, order) ? keys[order] : undefined
  if (!keyOf) throw notHere('that order')
  const sorted = items.toSorted((left, right) => {
    const [one, other] = [keyOf(left), keyOf(right)]
    return one < other ? -1 : one > other ? 1 : 0
  })
  return direction === 'asc' ? sorted : sorted.reverse()
}

/**
 * Nothing is passed over: who filters by what the sandbox does not know would take all for what was asked for.
 * @throws CloudflareRefusal
 */
export function checkParameters(given: readonly string[], known: readonly string[]): void {
  const unknown = given.find((name) => !known.includes(name))
  if (unknown !== undefined) throw notHere(`the parameter ${JSON.stringify(unknown.slice(0, 40))}`)
}

function wholeNumber(name: string, value: string, least: number, most: number): number {
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (number >= least && number <= most) return number
  throw notHere(`a ${name} that is not ${least} to ${most}`)
}
