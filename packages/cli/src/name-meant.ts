import { type Domainctl, DomainctlError, toDomainctlError } from '@domainctl/core'
import type { Context } from './context.ts'
import { distanceBetween } from './nearest.ts'
import { printable, shortened } from './output/text.ts'

/** Names that are compared: those that begin alike, and a page of all; a larger fleet is not read for a typing error. */
const MOST_ALIKE = 200
const MOST_COMPARED = 1000
const ALIKE = 3
/** More is another name, and no slip of the fingers. */
const MOST_SLIPS = 3

/**
 * An error about a name that the state does not know, with the one that was probably meant in the hint; every other error as it is.
 * @param name as it was given
 */
export async function withNameMeant(
  error: DomainctlError,
  name: string,
  context: Pick<Context, 'domainctl'>,
): Promise<DomainctlError> {
  if (error.code !== 'DOMAIN_NOT_FOUND') return error
  // That the state cannot be read for a suggestion adds nothing to what is wrong.
  const known = await context
    .domainctl()
    .then((domainctl) => namesNear(domainctl, name))
    .catch(() => [])
  const meant = nameMeant(name, known)
  if (meant === undefined) return error
  const { message, hint, code, cause } = error
  return new DomainctlError(code, message, {
    hint: `Did you mean ${printable(shortened(meant))}? ${hint}`,
    ...(cause !== undefined && { cause }),
  })
}

/** For `catch`: the same, thrown. */
export async function nameUnknown(thrown: unknown, name: string, context: Pick<Context, 'domainctl'>): Promise<never> {
  throw await withNameMeant(toDomainctlError(thrown), name, context)
}

/** The name that was probably meant: names of one zone are alike anyway, so that what counts is where they differ. */
export function nameMeant(typed: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => {
      const [a, b] = apart(typed.toLowerCase().replace(/\.$/, ''), name)
      const allowed = Math.min(MOST_SLIPS, Math.floor(Math.max(a.length, b.length) / 3))
      return { name, slips: distanceBetween(a, b), allowed }
    })
    .filter(({ slips, allowed }) => slips <= allowed)
  return ranked.sort((a, b) => a.slips - b.slips)[0]?.name
}

/** Both without the labels at the end that they share. */
function apart(a: string, b: string): [string, string] {
  const [left, right] = [a.split('.'), b.split('.')]
  while (left.length > 0 && right.length > 0 && left.at(-1) === right.at(-1)) {
    left.pop()
    right.pop()
  }
  return [left.join('.'), right.join('.')]
}

async function namesNear(domainctl: Domainctl, name: string): Promise<string[]> {
  const start = name.toLowerCase().slice(0, ALIKE)
  const [alike, first] = await Promise.all([
    domainctl.list({ nameStartsWith: start }, { limit: MOST_ALIKE }),
    domainctl.list({}, { limit: MOST_COMPARED }),
  ])
  const there = [...alike.domains, ...first.domains].filter(({ status }) => status !== 'deleted')
  return [...new Set(there.flatMap(({ name, unicodeName }) => [name, unicodeName]))]
}
