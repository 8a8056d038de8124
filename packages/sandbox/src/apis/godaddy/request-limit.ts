import { DomainctlError } from '@domainctl/core'
import type { SandboxRuntime } from '../../runtime.ts'
import { shown } from '../../shown.ts'
import type { GoDaddyOperation } from './godaddy-api.ts'
import { tooManyRequests } from './refusal.ts'

/** https://developer.godaddy.com/getstarted: each endpoint takes so many requests a minute. */
const REQUESTS_A_MINUTE = 60

const MINUTE_MS = 60_000

/** Counts the requests of a key to an endpoint. */
export interface RequestLimit {
  /** @throws DomainctlError `USAGE` for what is no number of requests */
  most: number
  /** @throws GoDaddyRefusal 429 when there are too many in this minute, which are not counted */
  count(apiKey: string, operation: GoDaddyOperation): void
}

/** A minute begins with the first request of a key to an endpoint. */
export function createRequestLimit({ clock }: SandboxRuntime): RequestLimit {
  const minutes = new Map<string, { readonly end: number; requests: number }>()
  let most = REQUESTS_A_MINUTE
  return {
    get most() {
      return most
    },
    set most(value) {
      if (value !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(value) && value >= 0)) {
        const hint = 'Give how many a minute, or Infinity.'
        throw new DomainctlError('USAGE', `${shown(value)} is no number of requests.`, { hint })
      }
      most = value
    },
    count(apiKey, operation) {
      const endpoint = `${operation} ${apiKey}`
      const now = clock.now().getTime()
      let minute = minutes.get(endpoint)
      if (!minute || minute.end <= now) {
        minute = { end: now + MINUTE_MS, requests: 0 }
        minutes.set(endpoint, minute)
      }
      if (minute.requests >= most) throw tooManyRequests(Math.ceil((minute.end - now) / 1000))
      minute.requests += 1
    },
  }
}
