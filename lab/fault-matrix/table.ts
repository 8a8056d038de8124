import type { FaultName, Request } from './faults.ts'
import { REQUESTS } from './faults.ts'

/**
 * What becomes of a run that meets a fault: `issued` all the same · `in 1m` and so on: it fails, and is tried again after that
 * time · a code: it fails, and something has to be done. Two of them: when the first request of the kind meets it / each.
 */
export type Outcome = string

/** What a fault leads to at each of the requests that it may befall. */
export interface Row {
  fault: FaultName
  outcomes: Partial<Record<Request, Outcome>>
  /** Where the CA makes a second order, and why that has to be. */
  second?: { at: readonly Request[]; when?: 'each'; why: string }
}

/** A list of orders that the CA does not show is none. */
const FOUND = { account: 'issued', orders: 'issued' } as const
const UNLISTED = {
  at: ['account', 'orders'],
  why: 'the CA does not show the list by which the first one would be found',
} as const
const USELESS = 'what the order has brought is of no use'
const EXPIRED = 'the order has expired by then'
const OPEN = ['authorization', 'challenge', 'order', 'finalize'] as const

const everywhere = (outcome: Outcome): Record<Request, Outcome> => ({
  ...(Object.fromEntries(REQUESTS.map((request) => [request, outcome])) as Record<Request, Outcome>),
  // It is the second failure in a row there.
  account: outcome.replaceAll('in 1m', 'in 10m'),
  orders: outcome.replaceAll('in 1m', 'in 10m'),
  // Advice is no condition of a renewal.
  renewalInfo: 'issued',
})

/** Those of the requests that are answered with a resource in JSON. */
const resources = (outcome: Outcome): Partial<Record<Request, Outcome>> => {
  const { directory: _, newNonce: __, certificate: ___, ...rest } = everywhere(outcome)
  return rest
}

/** Those that are made for an account. */
const ofAccount = (outcome: Outcome): Partial<Record<Request, Outcome>> => {
  const { directory: _, newNonce: __, newAccount: ___, renewalInfo: ____, ...rest } = everywhere(outcome)
  return rest
}

/** The fault matrix: what is promised, and what the lab tries against a real CA. */
export const MATRIX: readonly Row[] = [
  { fault: 'limited', outcomes: everywhere('in 2m') },
  { fault: 'limitedUntil', outcomes: everywhere('in 2m') },
  { fault: 'tomorrow', outcomes: everywhere('in 1d'), second: { at: OPEN, why: EXPIRED } },
  { fault: 'nextMonth', outcomes: everywhere('in 7d'), second: { at: OPEN, why: EXPIRED } },
  { fault: 'soon', outcomes: everywhere('in 1m') },
  { fault: 'html', outcomes: everywhere('in 1m') },
  { fault: 'resetBefore', outcomes: everywhere('in 1m') },
  { fault: 'resetAfter', outcomes: everywhere('in 1m') },
  { fault: 'slow', outcomes: everywhere('in 1m') },
  { fault: 'redirect', outcomes: { ...everywhere('CA_REFUSED'), directory: 'CA_NOT_ACME', ...FOUND }, second: UNLISTED },
  {
    fault: 'contentType',
    outcomes: { ...resources('CA_REFUSED'), directory: 'CA_NOT_ACME', challenge: 'issued', certificate: 'CA_REFUSED', ...FOUND },
    second: UNLISTED,
  },
  {
    fault: 'cutOff',
    outcomes: { ...resources('CA_REFUSED'), directory: 'CA_NOT_ACME', challenge: 'issued', certificate: 'CA_REFUSED', ...FOUND },
    second: UNLISTED,
  },
  {
    fault: 'tenMegabytes',
    outcomes: { ...resources('CA_REFUSED'), directory: 'CA_NOT_ACME', certificate: 'CA_REFUSED', ...FOUND },
    second: UNLISTED,
  },
  { fault: 'badNonce', outcomes: { newAccount: 'issued / in 1m', ...ofAccount('issued / in 1m') } },
  {
    fault: 'noAccount',
    outcomes: ofAccount('issued / CA_ACCOUNT_INVALID'),
    second: { at: ['order'], when: 'each', why: 'the CA does not know the order of the account that it has just confirmed' },
  },
  { fault: 'userAction', outcomes: { newAccount: 'CA_REFUSED', ...ofAccount('CA_REFUSED'), ...FOUND }, second: UNLISTED },
  { fault: 'rejected', outcomes: { newOrder: 'CA_REFUSED', finalize: 'CA_REFUSED', renewal: 'CA_REFUSED' } },
  { fault: 'caa', outcomes: { newOrder: 'CA_REFUSED', finalize: 'CA_REFUSED', renewal: 'CA_REFUSED' } },
  { fault: 'badCsr', outcomes: { finalize: 'CA_REFUSED' } },
  { fault: 'notReady', outcomes: { finalize: 'issued / CA_REFUSED' } },
  { fault: 'alreadyReplaced', outcomes: { renewal: 'issued / CA_REFUSED' } },
  { fault: 'foreignReplaces', outcomes: { renewal: 'issued / CA_REFUSED' } },
  { fault: 'processing', outcomes: { finalize: 'in 1m' } },
  { fault: 'processingTomorrow', outcomes: { finalize: 'in 1d' } },
  { fault: 'pending', outcomes: { order: 'issued / in 1m' } },
  { fault: 'otherNames', outcomes: { certificate: 'CA_BAD_CERTIFICATE' }, second: { at: ['certificate'], why: USELESS } },
  { fault: 'otherKey', outcomes: { certificate: 'CA_BAD_CERTIFICATE' }, second: { at: ['certificate'], why: USELESS } },
  // The certificate may be right: the order stays, and the next run downloads it once more.
  { fault: 'noIntermediate', outcomes: { certificate: 'CA_BAD_CERTIFICATE' } },
]

/** What is expected of one cell; undefined where the fault cannot befall the request. */
export function expectedOf({ outcomes, second }: Row, request: Request, when: 'first' | 'each') {
  const outcome = outcomes[request]
  if (outcome === undefined) return undefined
  const [first = '', each = first] = outcome.split(' / ')
  const isAgain = second?.at.includes(request) === true && (second.when ?? when) === when
  return { outcome: when === 'first' ? first : each, orders: isAgain ? 2 : 1 }
}
