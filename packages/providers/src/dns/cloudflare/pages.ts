import { DomainctlError } from '@domainctl/core'
import type { ApiPage } from './types.ts'

/** No list that is wanted here comes near it; an API that always says "there is more" ends. */
const MAX_PAGES = 100

/**
 * All items of a list, read page by page until the last, by what the answers tell of their number or by a page that is not
 * full. A page on which nothing is new ends it as well: an API that ignores `page` repeats the first for ever.
 *
 * @param itemOf an item as it came, with its shape looked at; null for what is none
 * @throws `PROVIDER_UNREACHABLE` for an item of another shape, or a list without an end.
 */
export async function allPages<T extends { id: string }>(
  perPage: number,
  read: (page: number) => Promise<ApiPage>,
  itemOf: (item: unknown) => T | null,
): Promise<T[]> {
  const found = new Map<string, T>()
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { items, totalPages } = await read(page)
    const before = found.size
    for (const item of items) {
      const known = itemOf(item) ?? fail('an entry of a list of Cloudflare is not what its documentation says')
      found.set(known.id, known)
    }
    const isLast = totalPages === undefined ? items.length < perPage : page >= totalPages
    if (isLast || found.size === before) return [...found.values()]
  }
  return fail(`a list of Cloudflare has more than ${MAX_PAGES} pages`)
}

function fail(what: string): never {
  throw new DomainctlError('PROVIDER_UNREACHABLE', `This cannot be worked with: ${what}.`, {
    hint: 'Check that CLOUDFLARE_BASE_URL, where it is set, is the Cloudflare API.',
  })
}
