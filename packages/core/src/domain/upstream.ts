import { DomainctlError } from '../errors.ts'

/** Names and addresses; a URL lets more stand in its host, such as braces, that mean something in the files of proxies. */
const HOST = /^([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\])$/

/**
 * Where the traffic of a domain goes, as proxies take it: scheme, host and port alone.
 * @returns the origin, without what is usual. @throws DomainctlError `USAGE`
 */
export function parseUpstream(text: string): string {
  const written = text.trim()
  const url = /^https?:\/\//i.test(written) && URL.canParse(written) ? new URL(written) : undefined
  if (url && HOST.test(url.hostname) && url.href === `${url.origin}/`) return url.origin
  // A password may stand in it.
  const found = url && url.username === '' && url.password === '' ? `, found ${JSON.stringify(written.slice(0, 100))}` : ''
  throw new DomainctlError('USAGE', `An upstream is the URL of a server without a path${found}.`, {
    hint: 'Such as http://10.0.0.5:8080, https://app.internal or http://[2001:db8::5]:8080.',
  })
}
