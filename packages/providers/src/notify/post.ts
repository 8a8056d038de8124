import { type Clock, DomainctlError, parseRetryAfter, printable } from '@domainctl/core'
import { type Answer, exchange, NoAnswer } from '../posts/exchange.ts'
import type { Reach } from '../posts/reach.ts'
import { withoutSecrets } from '../without-secrets.ts'

/** Longest wait for one answer, in ms. */
const TIMEOUT_MS = 10_000

export interface NoticePost {
  /** Taken for a secret: of it only the host is shown. */
  url: string
  /** Other secrets, which an answer may quote. */
  secrets?: readonly string[]
  headers?: Readonly<Record<string, string>>
  /** JSON. */
  body: string
  signal: AbortSignal
  reach: Reach
  clock: Clock
}

/**
 * Sends a notice, and is content with any 2xx.
 * @throws DomainctlError `CHANNEL_UNREACHABLE`, `CHANNEL_REFUSED`, `NOTICE_REFUSED`; the signal's reason
 */
export async function post(p: NoticePost): Promise<void> {
  const { host, pathname, search } = new URL(p.url)
  const cut = withoutSecrets([p.url, `${pathname}${search}`, ...(p.secrets ?? [])].filter((secret) => secret !== '/'))
  const { secrets: _, clock, ...sent } = p
  let answer: Answer
  try {
    answer = await exchange({ ...sent, timeoutMs: TIMEOUT_MS })
  } catch (thrown) {
    throw thrown instanceof NoAnswer ? unanswered(thrown, { host, reach: p.reach, cut }) : thrown
  }
  const { status, text, retryAfter } = answer
  if (status >= 200 && status < 300) return
  const said = text === '' ? '' : `: ${printable(cut(text))}`
  throw refusal(status, `${host} answered ${status}${said}.`, parseRetryAfter(retryAfter, clock.now()), clock)
}

function unanswered({ reason, why }: NoAnswer, o: { host: string; reach: Reach; cut(text: string): string }): DomainctlError {
  const { host, reach, cut } = o
  if (reason === 'out of reach') {
    return new DomainctlError('CHANNEL_REFUSED', `Notices are not sent to ${host}: it has ${why}.`, {
      hint:
        reach === 'private'
          ? 'In a sandbox nobody outside of this machine and its networks is told anything.'
          : 'If it is a server of your own that is meant, allow private addresses: --allow-private (DOMAINCTL_ALLOW_PRIVATE, allowPrivate).',
    })
  }
  if (reason === 'untrusted') {
    return new DomainctlError('CHANNEL_REFUSED', `The certificate of ${host} is not trusted: ${why}.`, {
      hint: 'Correct the URL, or let Node know the root of that server: NODE_EXTRA_CA_CERTS.',
    })
  }
  return new DomainctlError('CHANNEL_UNREACHABLE', `${host} could not be reached: ${cut(why)}.`, {
    hint: 'It is tried again by itself; check the address and the way there if it lasts.',
  })
}

/** Statuses of a message that will be no better the next time. */
const NEVER = new Set([400, 413, 415, 422])
const LATER = new Set([408, 425, 429])

function refusal(status: number, message: string, retryAfterMs: number | undefined, clock: Clock): DomainctlError {
  if (status >= 500 || LATER.has(status)) {
    return new DomainctlError('CHANNEL_UNREACHABLE', message, {
      hint: 'It is tried again by itself.',
      ...(retryAfterMs !== undefined && { retryAt: new Date(clock.now().getTime() + retryAfterMs) }),
    })
  }
  if (NEVER.has(status)) {
    return new DomainctlError('NOTICE_REFUSED', message, {
      hint: 'The receiver does not take this message; see what it says, and try domainctl notify test.',
    })
  }
  const isRedirect = status >= 300 && status < 400
  return new DomainctlError('CHANNEL_REFUSED', message, {
    hint: isRedirect
      ? 'Redirects are not followed: configure the URL that it leads to.'
      : 'Check the URL and the credential of the channel: make a new one at the receiver if it was taken back there.',
  })
}
