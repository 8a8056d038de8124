import type { Issuer, IssuerAccount, IssuerOrder } from '../contracts/issuer.ts'
import { LONGEST_WAIT_IN_PLACE } from '../domain/policies.ts'
import { DomainctlError } from '../errors.ts'
import type { Step } from './step.ts'

/** First wait, growth and longest wait between two looks at an order, in ms, where the CA asks for none. */
const FIRST_WAIT = 15
const GROWTH = 2.5
const LONGEST_WAIT = 5_000

/** A CA that has not got on with an order for this long, in ms, has stalled (ZeroSSL: acme.sh#6103). */
const STALLED_AFTER = 90_000

/**
 * Looks at an order until its status is none of `while`. The order itself is asked rather than each of its
 * authorizations: one request a look, however many names (RFC 8555 §7.1.6).
 * @throws `CA_STALLED` with `retryAt` when the CA takes too long or asks for a longer wait than a process waits in place
 */
export async function pollOrder(
  step: Step,
  issuer: Issuer,
  account: IssuerAccount,
  url: string,
  o: { while: IssuerOrder['status'][]; retryAfterMs?: number; signal?: AbortSignal },
): Promise<IssuerOrder> {
  const { clock } = step.services.runtime
  const signal = o.signal ?? step.signal
  const started = clock.now().getTime()
  let asked = o.retryAfterMs
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * GROWTH, LONGEST_WAIT)) {
    if (asked !== undefined && asked > LONGEST_WAIT_IN_PLACE)
      throw stalled(issuer.ca, url, new Date(clock.now().getTime() + asked))
    await clock.sleep(Math.max(asked ?? 0, wait), signal)
    const order = await issuer.getOrder(account, url, { signal })
    if (!o.while.includes(order.status)) return order
    if (clock.now().getTime() - started > STALLED_AFTER) throw stalled(issuer.ca, url)
    asked = order.retryAfterMs
  }
}

function stalled(ca: string, url: string, retryAt?: Date): DomainctlError {
  return new DomainctlError(
    'CA_STALLED',
    `${ca} is still processing the order ${url}${retryAt ? ' and asks to come back later' : ` after ${STALLED_AFTER / 1000} seconds`}.`,
    {
      hint: 'The order is kept: run the same command again later, and it continues with it.',
      ...(retryAt && { retryAt }),
    },
  )
}
