import { DomainctlError } from '../../errors.ts'
import { type ListenAddress, readListenAddress } from '../listen-address.ts'

/**
 * Public resolvers answer over TLS at any time, to anybody, from a place near by. Written out, since Node's own test for IPv6
 * takes 7 ms the first time, which each start of a command would pay.
 */
const PUBLIC: readonly ListenAddress[] = ['1.1.1.1', '8.8.8.8', '9.9.9.9', '2606:4700:4700::1111', '2001:4860:4860::8888'].map(
  (host) => ({ host, port: 443, shown: host.includes(':') ? `[${host}]:443` : `${host}:443` }),
)

/**
 * The places that tell whether this machine reaches anything: those that were given; else public ones, and none where private
 * addresses are allowed, since a lab need not reach the public.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export function readAnchors(o: { allowPrivate?: boolean; health?: { anchors?: readonly string[] } }): ListenAddress[] {
  const texts = o.health?.anchors
  if (texts === undefined) return o.allowPrivate ? [] : [...PUBLIC]
  return texts.map((text) => {
    const anchor = readListenAddress(text)
    if (anchor) return anchor
    throw new DomainctlError('CONFIG_INVALID', `${JSON.stringify(text)} is no place that could be connected to.`, {
      hint: 'Give IP:PORT, such as 1.1.1.1:443 or [2606:4700:4700::1111]:443.',
    })
  })
}
