/** The states of RFC 8555 §7.1.6. */
export type OrderStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid'
/** As {@link OrderStatus}, of an authorization. */
export type AuthorizationStatus = 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired'
/** As {@link OrderStatus}, of a challenge. */
export type ChallengeStatus = 'pending' | 'processing' | 'valid' | 'invalid'

/** What happens to an order: its names are proven, a proof or the issuance fails, its request comes, its certificate is there. */
export type OrderEvent = 'proven' | 'failed' | 'finalized' | 'issued' | 'expired'
/** As {@link OrderEvent}, to an authorization. */
export type AuthorizationEvent = 'proven' | 'failed' | 'deactivated' | 'expired'
/** As {@link OrderEvent}, to a challenge. */
export type ChallengeEvent = 'responded' | 'proven' | 'failed'

type Steps<Status extends string, Event extends string> = Readonly<Record<Status, Readonly<Partial<Record<Event, Status>>>>>

const ORDER: Steps<OrderStatus, OrderEvent> = {
  pending: { proven: 'ready', failed: 'invalid', expired: 'invalid' },
  ready: { finalized: 'processing', failed: 'invalid', expired: 'invalid' },
  processing: { issued: 'valid', failed: 'invalid' },
  valid: {},
  invalid: {},
}

const AUTHORIZATION: Steps<AuthorizationStatus, AuthorizationEvent> = {
  pending: { proven: 'valid', failed: 'invalid', deactivated: 'deactivated', expired: 'expired' },
  valid: { deactivated: 'deactivated', expired: 'expired' },
  invalid: {},
  deactivated: {},
  expired: {},
}

const CHALLENGE: Steps<ChallengeStatus, ChallengeEvent> = {
  pending: { responded: 'processing' },
  processing: { proven: 'valid', failed: 'invalid' },
  valid: {},
  invalid: {},
}

/** The next state; undefined when this cannot happen in the state that it is in. */
export const nextOrderStatus = (status: OrderStatus, event: OrderEvent): OrderStatus | undefined => ORDER[status][event]

/** As {@link nextOrderStatus}, of an authorization. */
export const nextAuthorizationStatus = (
  status: AuthorizationStatus,
  event: AuthorizationEvent,
): AuthorizationStatus | undefined => AUTHORIZATION[status][event]

/** As {@link nextOrderStatus}, of a challenge. */
export const nextChallengeStatus = (status: ChallengeStatus, event: ChallengeEvent): ChallengeStatus | undefined =>
  CHALLENGE[status][event]
