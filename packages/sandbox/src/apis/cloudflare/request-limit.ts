import { DomainctlError } from '@domainctl/core'
import type { SandboxRuntime } from '../../runtime.ts'
import { shown } from '../../shown.ts'
import { rateLimited } from './refusal.ts'

/** 1200 in 5 minutes for all that a user does: https://developers.cloudflare.com/fundamentals/api/reference/limits */
const REQUESTS = 1200
const WINDOW_SECONDS = 300

/** Counts requests, and shuts out whoever sends too many. */
export interface RequestLimit {
  /** How many may come in 5 minutes. */
  requests: number
  /**
   * A request has come.
   * @returns headers for its answer (https://developers.cloudflare.com/changelog/2025-09-03-rate-limiting-improvement)
   * @throws CloudflareRefusal 429
   */
  count(): Record<string, string>
}

/** One for all tokens of the user. */
export function createRequestLimit({ clock }: SandboxRuntime): RequestLimit {
  let requests = REQUESTS
  let window = { endsAt: 0, seen: 0 }
  let shutOutUntil = 0
  return {
    get requests() {
      return requests
    },
    set requests(value) {
      if (!(value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 0))) {
        throw new DomainctlError('USAGE', `${shown(value)} is no number of requests.`, { hint: 'Give 0 or more, or Infinity.' })
      }
      requests = value
    },
    count() {
      const now = clock.now().getTime()
      const secondsUntil = (time: number) => Math.ceil((time - now) / 1000)
      if (now < shutOutUntil) throw rateLimited(secondsUntil(shutOutUntil))
      if (now >= window.endsAt) window = { endsAt: now + WINDOW_SECONDS * 1000, seen: 0 }
      if (window.seen >= requests) {
        // "All API calls for the next five minutes will be blocked."
        shutOutUntil = now + WINDOW_SECONDS * 1000
        throw rateLimited(WINDOW_SECONDS)
      }
      window.seen += 1
      if (requests === Number.POSITIVE_INFINITY) return {}
      return {
        ratelimit: `"default";r=${requests - window.seen};t=${secondsUntil(window.endsAt)}`,
        'ratelimit-policy': `"default";q=${requests};w=${WINDOW_SECONDS}`,
      }
    },
  }
}
