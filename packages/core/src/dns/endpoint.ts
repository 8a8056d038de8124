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

const NO_ROUTE_ERRORS = ['ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']

/** What an error of a socket means; `over` ends the reason, such as ` over TCP`. */
export function brokenBy(error: Error & { code?: string }, over: string): NoReply {
  const code = error.code ?? error.message
  if (code === 'ECONNREFUSED') return { failure: 'refused', reason: `connection refused${over}` }
  if (NO_ROUTE_ERRORS.includes(code)) return { failure: 'no-route', reason: `${NO_ROUTE}${over}` }
  return { failure: 'broken', reason: `${code}${over}` }
}
