import { isIP } from 'node:net'
import { DomainctlError } from '../errors.ts'
import type { Endpoint } from './wire.ts'

/**
 * Reads the `https:` URL of a resolver (RFC 8484). A final `{?dns}`, as URI templates of resolvers have it, is left out:
 * it stands for nothing in a POST (RFC 8484 §4.1).
 * @throws DomainctlError `CONFIG_INVALID`
 */
export function parseResolverUrl(text: string): URL {
  const address = text.replace(/\{\?dns\}$/, '')
  const url = /^https:\/\/[^\s{}#/\\?][^\s{}#]*$/i.test(address) && URL.canParse(address) ? new URL(address) : undefined
  if (url && url.username === '' && url.password === '') return url
  if (/^http:/i.test(text)) throw notAResolver(text, 'DNS is asked over HTTPS only, never over plain HTTP: write https://.')
  throw notAResolver(text, 'Write https://HOST/PATH without a user, a password or a fragment: https://dns.example/dns-query.')
}

/**
 * Reads `IP`, `IP:PORT`, `[IPv6]` or `[IPv6]:PORT`; the port is 53 when it is left out.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export function parseEndpoint(text: string): Endpoint {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const port = digits === undefined ? 53 : Number(digits)
  if (isIP(text)) return { address: text, port: 53 }
  const isAddress = bracketed === undefined ? isIP(plain ?? '') === 4 : isIP(bracketed) === 6
  const address = bracketed ?? plain
  if (address === undefined || !isAddress || port < 1 || port > 65_535) {
    throw notAResolver(
      text,
      'Write an IP address, with a port where it is not 53 (192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353), ' +
        'or the URL of a resolver over HTTPS (https://dns.example/dns-query).',
    )
  }
  return { address, port }
}

function notAResolver(text: string, hint: string): DomainctlError {
  const shown = text.length > 200 ? `${text.slice(0, 199)}…` : text
  return new DomainctlError('CONFIG_INVALID', `${JSON.stringify(shown)} is not the address of a DNS resolver.`, { hint })
}
