import type { Problem } from '../contracts/issuer.ts'
import { type Actor, DomainctlError, type ErrorCode } from '../errors.ts'
import type { Answer } from './answer.ts'
import { linksOf } from './link.ts'
import { printable } from './printable.ts'
import { AcmeProblemError, describeProblem, parseProblem, problemKind } from './problem.ts'
import { parseRetryAfter } from './retry-after.ts'

/**
 * What to make of an answer that is not a success (RFC 8555 §6.7): a DomainctlError whose cause is an
 * {@link AcmeProblemError}. A `Retry-After` becomes `retryAt`; nothing ever waits for it.
 * @param subject what was asked for, such as `a new order`
 * @param o `concernsAll`: every order begins with that
 */
export function refusal(answer: Answer, subject: string, now: Date, o: { concernsAll?: boolean } = {}): DomainctlError {
  const { host } = new URL(answer.url)
  const problem = withTerms(parseProblem(answer.data, answer.status) ?? problemOfStatus(answer), answer)
  const wait = parseRetryAfter(answer.headers['retry-after'], now)
  const retryAt = wait === undefined ? undefined : new Date(now.getTime() + wait)
  const said = describeProblem(problem)
  const error = (code: ErrorCode, verb: string, hint: string, actor?: Actor) =>
    new DomainctlError(code, `The CA at ${host} ${verb} ${subject}: ${said}.`, {
      hint,
      ...(actor ? { actor } : {}),
      ...(retryAt ? { retryAt } : {}),
      cause: new AcmeProblemError(problem, o.concernsAll),
    })

  const kind = problemKind(problem)
  if (answer.status === 429 || kind === 'rateLimited') {
    return error('CA_RATE_LIMITED', 'has no room now for', later(retryAt))
  }
  if (answer.status >= 500 || kind === 'serverInternal') {
    return error('CA_UNAVAILABLE', 'failed at', `${later(retryAt)} The CA's status page may tell more.`)
  }
  if (kind === 'badNonce') {
    return error(
      'CA_UNAVAILABLE',
      'refused one nonce after another for',
      'Run the same command again later: the CA forgets the nonces that it gives.',
    )
  }
  if (kind === 'accountDoesNotExist' || isAboutAccount(problem)) {
    return error('CA_ACCOUNT_INVALID', 'refused', ACCOUNT_GONE)
  }
  if (problem.termsOfService !== undefined) {
    const where = problem.instance === undefined ? '' : ` (what to do is at ${problem.instance})`
    const hint = `Read its terms of service at ${problem.termsOfService}${where}, then repeat with --accept-tos.`
    return error('TERMS_NOT_ACCEPTED', 'refused', hint)
  }
  const advice = ADVICE[kind]
  return error(
    'CA_REFUSED',
    'refused',
    advice?.hint ?? 'Correct what the CA complains of, then run the same command again.',
    advice?.actor,
  )
}

/**
 * Something that calls itself an ACME server answered with what RFC 8555 does not allow. `CA_REFUSED`, because only
 * the CA can put it right.
 * @param what completes "The CA at ca.example …"
 */
export function malformed(url: string, what: string, cause?: unknown): DomainctlError {
  return new DomainctlError('CA_REFUSED', `The CA at ${new URL(url).host} ${what}.`, {
    actor: 'ca',
    hint: 'Run the same command again later; if the answer stays the same, report it to the CA or use another one.',
    cause,
  })
}

/**
 * Whether `unauthorized` speaks of the account as a whole: Boulder says "Account is not valid, has status
 * "deactivated"", Pebble "Account has been deactivated". The type alone does not tell, since the order of another
 * account and a `replaces` of another account's certificate are `unauthorized` too (lego#2789).
 */
function isAboutAccount(problem: Problem): boolean {
  return problemKind(problem) === 'unauthorized' && /^(the )?account\b.*\b(deactivated|revoked|not valid)\b/i.test(problem.detail)
}

/** With the terms that the CA wants agreed to, which stand in a header (RFC 8555 §7.3.3). */
function withTerms(problem: Problem, answer: Answer): Problem {
  const [terms] = problemKind(problem) === 'userActionRequired' ? linksOf(answer, 'terms-of-service') : []
  return terms === undefined ? problem : { ...problem, termsOfService: printable(terms) }
}

const ACCOUNT_GONE =
  'Look at it with domainctl account list --check. One that has ended is let go with domainctl account deactivate, and the next domainctl issue makes another one.'

/** For proxies, load balancers and what is no CA at all. */
function problemOfStatus({ status, contentType, headers }: Answer): Problem {
  const target = headers.location === undefined ? '' : ', a redirect, which is not followed'
  const body = contentType === '' ? 'no content type' : contentType
  return { type: 'about:blank', detail: `HTTP status ${status} with ${body}${target}`, status }
}

function later(retryAt: Date | undefined): string {
  return retryAt === undefined
    ? 'Run the same command again later.'
    : `Run the same command again after ${retryAt.toISOString()}.`
}

/** What to do about the errors of RFC 8555 §6.7 that have an answer of their own. */
const ADVICE: Record<string, { hint: string; actor?: Actor }> = {
  rejectedIdentifier: { hint: 'Leave this name out or use another CA: this one issues no certificate for it.' },
  unsupportedIdentifier: { hint: 'Leave this name out or use another CA: this one does not support such names.' },
  caa: { hint: 'Allow this CA in the CAA records of the name, then run the same command again.', actor: 'customer' },
  dns: { hint: 'Repair the DNS of the name, then run the same command again.', actor: 'customer' },
  externalAccountRequired: {
    hint: 'Configure the key id and the HMAC key that the website of this CA gives you (cas), or use another CA.',
  },
  userActionRequired: {
    hint: 'Do what the CA asks for, such as accepting new terms of service, then run the same command again.',
  },
  unsupportedContact: { hint: 'Give an e-mail address as the contact.' },
  invalidContact: { hint: 'Correct the contact address.' },
  orderNotReady: { hint: 'Run the same command again: the order was not ready yet.', actor: 'ca' },
  malformed: {
    hint: 'Compare the settings of this domain with what the CA says; if they are right, report it with the output of --verbose.',
  },
}
