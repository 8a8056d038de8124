/** Where each server of the situations listens: the authoritative ones at the lab's port and, for the resolvers, at port 53. */
export const addresses = {
  /** The root and `test`, both signed: the registry. */
  registry: '127.0.0.10',
  /** BIND, the primary of the customers' zones; takes the dynamic updates. */
  primary: '127.0.0.21',
  /** BIND, a secondary that transfers only when it is told to. */
  lagging: '127.0.0.22',
  /** Knot: a secondary that transfers at once, and the primary of the hosting companies' zones. */
  knot: '127.0.0.23',
  /** BIND, which serves no zone and refuses every question. */
  refusing: '127.0.0.24',
  /** Nothing listens there. */
  dead: '127.0.0.25',
  /** A relay before the primary, which answers SERVFAIL for CAA. */
  middlebox: '127.0.0.26',
  /** BIND, what an office sees and the Internet does not. */
  internal: '127.0.0.50',
  /** Unbound: validates, and keeps what it has seen for as long as the TTL says. */
  resolver: '127.0.0.1',
  /** Unbound, the resolver of that office. */
  officeResolver: '127.0.0.2',
} as const

export type Role = keyof typeof addresses

/** Every server that is a view of the one `named`. */
export const bindRoles = ['registry', 'primary', 'lagging', 'refusing', 'internal'] as const satisfies readonly Role[]
