import { DomainctlError } from '@domainctl/core'
import type { ApiPage } from './types.ts'

/** No list that is wanted here comes near it; an API that always says "there is more" ends. */
const MAX_PAGES = 100

/**
 * All items of a list, read page by page until the last, by what the answers tell of their number or by a page that is not
 * full. A page on which nothing is new ends it as well: an API that ignores `page` repeats the first for ever.
 *
 * @param itemOf an item as it came, with its shape looked at; null for what is none
 * @param most with more than so many no further page is read
 * @throws `PROVIDER_UNREACHABLE` for an item of another shape, or a list without an end.
 */
export async function allPages<T extends { id: string }>(
  perPage: number,
  read: (page: number) => Promise<ApiPage>,
  itemOf: (item: unknown) => T | null,
  most = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const found = new Map<string, T>()
  for (let page = 1; page <= MAX_PAGES; page++) {
    const answer = await read(page)
    const before = found.size
    for (const item of itemsOf(answer, itemOf)) found.set(item.id, item)
    if (isLast(answer, page, perPage) || found.size === before || found.size > most) return [...found.values()]
  }
  return fail(`a list of Cloudflare has more than ${MAX_PAGES} pages`)
}

/** The items of a list that has one page alone; null for one that has more. @throws as {@link allPages} */
export async function onlyPage<T>(
  perPage: number,
  read: () => Promise<ApiPage>,
  itemOf: (item: unknown) => T | null,
): Promise<T[] | null> {
  const answer = await read()
  const items = itemsOf(answer, itemOf)
  return isLast(answer, 1, perPage) ? items : null
}

function itemsOf<T>({ items }: ApiPage, itemOf: (item: unknown) => T | null): T[] {
  return items.map((item) => itemOf(item) ?? fail('an entry of a list of Cloudflare is not what its documentation says'))
}

function isLast({ items, totalPages }: ApiPage, page: number, perPage: number): boolean {
  return totalPages === undefined ? items.length < perPage : page >= totalPages
}

function fail(what: string): never {
  throw new DomainctlError('PROVIDER_UNREACHABLE', `This cannot be worked with: ${what}.`, {
    hint: 'Check that CLOUDFLARE_BASE_URL, where it is set, is the Cloudflare API.',
  })
}
