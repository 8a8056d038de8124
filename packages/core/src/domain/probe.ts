import { DomainctlError } from '../errors.ts'
import type { Domain } from './model.ts'

/** What the HTTP probe of a domain asks for (requirements L6). */
export type ProbeSettings = NonNullable<Domain['probe']>

/** Asked where no other path is wanted. Below `/.well-known/` no application has a page of its own (RFC 8615). */
export const PROBE_PATH = '/.well-known/domainctl'

const LONGEST_PATH = 1024
const LONGEST_TOKEN = 255

/**
 * The settings of a probe, with what is left out filled in. The path is kept as it is sent: `/a/../b` as `/b`.
 * @throws DomainctlError `USAGE` for a path or token that cannot be used
 */
export function probeSettings({ path = PROBE_PATH, token }: { path?: string; token?: string }): ProbeSettings {
  if (!/^\/(?![/\\])[!-~]*$/.test(path) || path.includes('#') || path.length > LONGEST_PATH) {
    throw new DomainctlError('USAGE', `${JSON.stringify(path.slice(0, 80))} is not a path that can be asked for over HTTP.`, {
      hint: `Give one that begins with a single slash and has no spaces and no #, such as ${PROBE_PATH}.`,
    })
  }
  if (token !== undefined && (!/^[!-~]+$/.test(token) || token.length > LONGEST_TOKEN)) {
    throw new DomainctlError('USAGE', 'The token of the HTTP probe cannot be used: it is empty, too long, or has spaces in it.', {
      hint: `Give 1 to ${LONGEST_TOKEN} letters, digits or signs, the same text that your servers answer with.`,
    })
  }
  const { pathname, search } = new URL(`http://name.invalid${path}`)
  return { path: pathname + search, ...(token !== undefined && { token }) }
}
