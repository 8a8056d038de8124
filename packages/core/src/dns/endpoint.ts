/** Where a server listens, over UDP and TCP. */
export interface Endpoint {
  /** IPv4 or IPv6, without brackets. */
  address: string
  port: number
}

/** Why there is no reply. `no-route`: this host has no way to the address, which says nothing about the server. */
export interface NoReply {
  failure: 'timeout' | 'refused' | 'no-route' | 'garbage' | 'broken'
  /** The same for people, such as `timeout over TCP`. */
  reason: string
}

/** The reason of `no-route` over UDP. */
export const NO_ROUTE = 'no route from here'

/** How the reason of a failure over TCP ends. */
export const OVER_TCP = ' over TCP'

const NO_ROUTE_ERRORS = ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']

/**
 * An error says that this host has no way to an address. `EINVAL` does so of connecting alone: to a link-local IPv6 address
 * without a zone index, which is how every one in the DNS is.
 */
export function isWithoutRoute({ code = '', syscall }: NodeJS.ErrnoException): boolean {
  return NO_ROUTE_ERRORS.includes(code) || (code === 'EINVAL' && syscall === 'connect')
}

/** What an error of a socket means; `over` ends the reason, such as {@link OVER_TCP}. */
export function brokenBy(error: NodeJS.ErrnoException, over: string): NoReply {
  const code = error.code ?? error.message
  if (code === 'ECONNREFUSED') return { failure: 'refused', reason: `connection refused${over}` }
  if (isWithoutRoute(error)) return { failure: 'no-route', reason: `${NO_ROUTE}${over}` }
  return { failure: 'broken', reason: `${code}${over}` }
}
