import { isIP } from 'node:net'
import { parseName } from '../domain/parse-name.ts'
import { DomainctlError } from '../errors.ts'

/** The statuses that send a `GET` on (RFC 9110 §15.4). */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

/** What a CA must not follow (Baseline Requirements §3.2.2.4.19). */
const SEE_OTHER = 303

/** More than these are no way to a page. */
export const MAX_REDIRECTS = 5

/** As many as CAs follow (https://letsencrypt.org/docs/challenge-types/#http-01-challenge). */
const MAX_REDIRECTS_OF_CAS = 10

/** Where a redirect leads: to a URL that may be asked for, or why it is not followed. */
export type Redirect = { to: URL } | { to?: URL; refused: string }

interface RedirectOptions {
  name: string
  status?: number
  before: readonly URL[]
  port: number
  asCa?: boolean
}

export function isRedirect(status: number): boolean {
  return REDIRECTS.includes(status)
}

/**
 * Judges a redirect. Only the name itself and its twin are followed: who answers for a name could otherwise have any host
 * asked. A CA follows any host, and what it does is done for once; it is nowhere that is not public all the same.
 * @param o.before every URL that was asked for, the present one last
 * @param o.status of the answer; only CAs mind which
 * @param o.port asked beside 80 and 443
 * @param o.asCa any host that has a name
 */
export function redirect(location: string | undefined, o: RedirectOptions): Redirect {
  const from = o.before.at(-1)
  if (o.asCa && o.status === SEE_OTHER) return { refused: 'a redirect by 303 (See Other), which no CA follows' }
  if (location === undefined) return { refused: 'a redirect without a Location, so to nowhere' }
  if (!URL.canParse(location, from?.href)) return { refused: 'a redirect to something that is no URL' }
  const to = new URL(location, from?.href)
  to.hash = ''
  to.username = ''
  to.password = ''
  if (to.protocol !== 'http:' && to.protocol !== 'https:') return { to, refused: `a redirect to ${shown(to)}, which is not HTTP` }
  if (o.asCa && isAddress(to.hostname)) return { to, refused: `a redirect to ${shown(to)}, an address, which no CA follows` }
  if (!o.asCa && !isSame(to.hostname, o.name) && !isTwin(to.hostname, o.name)) {
    return { to, refused: `a redirect to ${shown(to)}, which is another host` }
  }
  if (![80, 443, o.port].includes(portOf(to))) return { to, refused: `a redirect to ${shown(to)}, a port that is not asked` }
  if (o.before.some(({ href }) => href === to.href)) return { to, refused: `a redirect back to ${shown(to)}: a circle` }
  const most = o.asCa ? MAX_REDIRECTS_OF_CAS : MAX_REDIRECTS
  if (o.before.length > most) return { to, refused: `a redirect to ${shown(to)}, after ${most} others` }
  return { to }
}

/** The port that a URL means. */
export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/** A URL has ASCII alone; a long one is cut. */
export function shown({ href }: URL): string {
  return href.length > 160 ? `${href.slice(0, 160)}…` : href
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || isIP(host) !== 0
}

function isSame(host: string, name: string): boolean {
  return host.replace(/\.$/, '') === name
}

/** `www.` before a name or not: nearly always the same site, and never another registrable domain. */
function isTwin(host: string, name: string): boolean {
  if (host !== `www.${name}` && name !== `www.${host}`) return false
  try {
    // Of `www.co.uk` the part after `www.` belongs to nobody.
    return parseName(host).base === host
  } catch (thrown) {
    if (thrown instanceof DomainctlError) return false
    throw thrown
  }
}
