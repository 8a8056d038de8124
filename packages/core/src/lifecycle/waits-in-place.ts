import type { CallOptions } from '../contracts/dns-provider.ts'
import type { Issuer } from '../contracts/issuer.ts'
import type { Runtime } from '../contracts/runtime.ts'
import { FREE_PACE, type LearnedPace, paceAfterAnswer, paceAfterRefusal } from '../domain/learned-pace.ts'
import { monotone } from '../domain/monotone.ts'
import { LONGEST_WAIT_IN_PLACE } from '../domain/policies.ts'
import { DomainctlError } from '../errors.ts'
import { problemOf } from './fulfilment.ts'

/** In ms; a CA that asks for none has no room all the same. */
const SHORTEST_WAIT = 1_000

type Paced = Exclude<keyof Issuer, 'ca' | 'close' | 'describe'>

/**
 * The same CA, asked again in place where it says that so many requests at once are too many for it: an answer 429 or 503 with
 * a `Retry-After` of 30 s at most (requirements C5). All calls of this process wait that long then, and go on more slowly than
 * they went before, faster again with each answer; each call waits for 30 s of that, then its error is the caller's, as it is for
 * all where 30 s have brought nothing but refusals: a CA that has room for nobody is not asked by hundreds in turn. Such an
 * answer says that nothing was done (RFC 9110 §15.6.4, RFC 6585 §4), so that also `newOrder` may be repeated. The directory is
 * asked as before: who looks at it may not want to wait.
 */
export function waitingInPlace(issuer: Issuer, { clock, logger }: Pick<Runtime, 'clock' | 'logger'>): Issuer {
  let closedUntil = 0
  const paces = new Map<Paced, LearnedPace>()
  /** By kind: since when nothing but refusals has come, and until when the last one asked to wait. */
  const refused = new Map<Paced, { since: number; until: number }>()
  const now = monotone(clock)

  /** Waits for the next moment at which this process may send a request of this kind, in the order of asking. */
  async function turn(kind: Paced, signal: AbortSignal): Promise<void> {
    for (;;) {
      const at = now()
      const pace = paces.get(kind) ?? FREE_PACE
      const next = Math.max(closedUntil, pace.nextAt, at)
      // Taken before the wait, so that who comes later waits behind this one.
      paces.set(kind, { ...pace, nextAt: next + pace.everyMs })
      if (next > at) await clock.sleep(Math.ceil(next - at), signal)
      if (closedUntil <= now()) return
    }
  }

  /** Notes one more; what was long ago has nothing to do with it. */
  function refusedSince(kind: Paced, until: number): number {
    const before = refused.get(kind)
    const since = before && now() <= before.until + LONGEST_WAIT_IN_PLACE ? before.since : now()
    refused.set(kind, { since, until })
    return since
  }

  async function call<T>(kind: Paced, { signal }: CallOptions, work: () => Promise<T>): Promise<T> {
    for (let left = LONGEST_WAIT_IN_PLACE; ; ) {
      await turn(kind, signal)
      const sentAt = now()
      try {
        const answer = await work()
        refused.delete(kind)
        paces.set(kind, paceAfterAnswer(paces.get(kind) ?? FREE_PACE, now()))
        return answer
      } catch (thrown) {
        const until = awaitedHere(thrown)
        const wait = Math.max((until ?? 0) - clock.now().getTime(), SHORTEST_WAIT)
        if (until === undefined || wait > left || now() + wait - refusedSince(kind, now() + wait) > LONGEST_WAIT_IN_PLACE)
          throw thrown
        left -= wait
        paces.set(kind, paceAfterRefusal(paces.get(kind) ?? FREE_PACE, { sentAt, now: now(), until: now() + wait }))
        closedUntil = Math.max(closedUntil, now() + wait)
        logger.log('info', 'the CA asks for fewer requests', { ca: issuer.ca, what: kind, waitMs: wait })
      }
    }
  }

  return {
    ...issuer,
    createAccount: (key, a, o) => call('createAccount', o, () => issuer.createAccount(key, a, o)),
    findAccount: (key, o) => call('findAccount', o, () => issuer.findAccount(key, o)),
    showAccount: (account, o) => call('showAccount', o, () => issuer.showAccount(account, o)),
    updateAccount: (account, changes, o) => call('updateAccount', o, () => issuer.updateAccount(account, changes, o)),
    deactivateAccount: (account, o) => call('deactivateAccount', o, () => issuer.deactivateAccount(account, o)),
    changeKey: (account, next, o) => call('changeKey', o, () => issuer.changeKey(account, next, o)),
    listOrders: (account, o) => call('listOrders', o, () => issuer.listOrders(account, o)),
    revoke: (by, chain, o) => call('revoke', o, () => issuer.revoke(by, chain, o)),
    newOrder: (account, order, o) => call('newOrder', o, () => issuer.newOrder(account, order, o)),
    getOrder: (account, url, o) => call('getOrder', o, () => issuer.getOrder(account, url, o)),
    getAuthorization: (account, url, o) => call('getAuthorization', o, () => issuer.getAuthorization(account, url, o)),
    answerChallenge: (account, url, o) => call('answerChallenge', o, () => issuer.answerChallenge(account, url, o)),
    finalize: (account, order, csr, o) => call('finalize', o, () => issuer.finalize(account, order, csr, o)),
    getCertificate: (account, url, o) => call('getCertificate', o, () => issuer.getCertificate(account, url, o)),
    renewalInfo: (chain, o) => call('renewalInfo', o, () => issuer.renewalInfo(chain, o)),
  }
}

/** When the CA wants to be asked again, in ms since 1970, if it refused for nothing but too many requests and said so. */
function awaitedHere(error: unknown): number | undefined {
  if (!(error instanceof DomainctlError) || (error.code !== 'CA_RATE_LIMITED' && error.code !== 'CA_UNAVAILABLE'))
    return undefined
  const status = problemOf(error)?.status
  return status === 429 || status === 503 ? error.retryAt?.getTime() : undefined
}
