import type { HealthFinding } from '../domain/health/measurement.ts'
import { printable } from '../domain/printable.ts'

/** The statuses that send a `GET` on (RFC 9110 §15.4). */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]
/** Browsers follow 20; whoever needs more than half of them has lost the way. */
const MAX_REDIRECTS = 10

export function isRedirect(status: number): boolean {
  return REDIRECTS.includes(status)
}

/**
 * Where a redirect leads, or why it is not followed.
 * @param o.before every URL that was asked for, the present one last
 * @param o.ports that may be asked where a URL names one
 */
export function redirectTo(
  location: string | undefined,
  o: { before: readonly URL[]; ports: readonly number[] },
): { to: URL } | { to?: URL; fault: HealthFinding } {
  const from = o.before.at(-1)
  if (location === undefined) return broken('there is a redirect without a Location')
  if (!URL.canParse(location, from?.href)) return broken(`there is a redirect to ${printable(location)}, which is no URL`)
  const to = new URL(location, from?.href)
  to.hash = ''
  to.username = ''
  to.password = ''
  if (to.protocol !== 'http:' && to.protocol !== 'https:') {
    return { to, ...broken(`there is a redirect to ${shown(to)}, which is not HTTP`) }
  }
  if (to.port !== '' && !o.ports.includes(Number(to.port))) {
    const why = `there is a redirect to ${shown(to)}, a port that is not asked`
    return { to, fault: { code: 'HTTP_REDIRECT_PRIVATE', why } }
  }
  if (o.before.some(({ href }) => href === to.href)) {
    return { to, fault: { code: 'HTTP_REDIRECT_LOOP', why: `there is a redirect back to ${shown(to)}` } }
  }
  if (o.before.length > MAX_REDIRECTS) {
    return {
      to,
      fault: { code: 'HTTP_REDIRECTS_TOO_MANY', why: `there is a redirect to ${shown(to)} after ${MAX_REDIRECTS} others` },
    }
  }
  return { to }
}

/** A URL has ASCII alone; a long one is cut. */
export function shown({ href }: URL): string {
  return href.length > 160 ? `${href.slice(0, 160)}…` : href
}

/** Of a URL: without brackets around an IPv6 address, and without a final dot. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

function broken(why: string): { fault: HealthFinding } {
  return { fault: { code: 'HTTP_REDIRECT_BROKEN', why } }
}
