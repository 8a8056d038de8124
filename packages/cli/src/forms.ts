import { isIP } from 'node:net'

/** One @, no blanks, and a domain with a dot; whether mail arrives there, only the CA can find out. */
export const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/

/** What can stand in a path, a log line and a shell command as it is. */
export const TENANT = /^[A-Za-z0-9._-]+$/

export function isEmail(text: string): boolean {
  return EMAIL.test(text)
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` or `[2001:db8::1]:53`. */
function isServerAddress(text: string): boolean {
  if (isIP(text) !== 0) return true
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const address = six === undefined ? isIP(four ?? '') === 4 : isIP(six) === 6
  return address && (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535))
}

/** The address of a DNS resolver, or the URL of one over HTTPS: `https://dns.example/dns-query`. */
export function isResolver(text: string): boolean {
  return isServerAddress(text) || isResolverUrl(text)
}

/** What keeps a URL from being that of a resolver, where that is not plain from what is expected. */
export function refusalOfResolver(text: string): string | undefined {
  if (/^http:/i.test(text)) return 'http sends the questions in the clear, https does not'
  return refusalOfUrl(text)
}

/** The same for a CA. */
export function refusalOfCa(text: string): string | undefined {
  return refusalOfUrl(text)
}

function refusalOfUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { username, password, hash } = new URL(text)
  if (username !== '' || password !== '') return 'a user or a password in the URL is not sent'
  // An empty one is a fragment, too, and has no place in what is asked for.
  return hash !== '' || text.includes('#') ? 'what follows # in a URL is never sent' : undefined
}

function isResolverUrl(text: string): boolean {
  // A final {?dns} comes with URLs that are copied from a resolver's own page, and core leaves it out (RFC 8484 §4.1).
  const address = text.replace(/\{\?dns\}$/, '')
  if (!/^https:\/\/[^\s{}#/\\?][^\s{}#]*$/i.test(address) || !URL.canParse(address)) return false
  const { username, password } = new URL(address)
  return username === '' && password === ''
}

/** What may be the name of a CA (which ones there are, the whole configuration tells), or the URL of an ACME directory. */
export function isCa(text: string): boolean {
  return /^[a-z0-9]+(-[a-z0-9]+)*$/i.test(text) || isCaUrl(text)
}

/** The URL of an ACME directory. */
export function isCaUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text) && refusalOfCa(text) === undefined
}

/** `0.0.0.0:80` or `[::]:80`. */
export function isListenAddress(text: string): boolean {
  return /^(\[[^\]]+\]|[\d.]+):\d{1,5}$/.test(text) && isServerAddress(text)
}

export function isTenant(text: string): boolean {
  return TENANT.test(text)
}
