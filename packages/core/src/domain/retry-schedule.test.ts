import { readFile } from 'node:fs/promises'
import { describe, expect, it, test } from 'vitest'
import { DomainctlError, ERRORS, type ErrorCode } from '../errors.ts'
import { sampleDomain } from '../testing/model-samples.ts'
import type { CaRefusal } from './ca-refusals.ts'
import { afterFailedOrder } from './failures.ts'
import { pauseText, RETRY_SCHEDULE, type RetryClass, retryClassOf } from './retry-schedule.ts'

const MINUTE = 60_000
const NOW = new Date('2026-11-21T12:00:00Z')
const later = (ms: number) => new Date(NOW.getTime() + ms)
const CODES = Object.keys(ERRORS) as ErrorCode[]
/** Planned by something else before it failed; what is not planned by the failure leaves it. */
const before = later(5 * MINUTE)
const domain = sampleDomain({ status: 'issuing', attempts: 0, nextActionAt: before })
const failure = (code: ErrorCode, retryAt?: Date) =>
  new DomainctlError(code, 'it failed', { hint: 'repeat', ...(retryAt && { retryAt }) })

/** What becomes of a domain: in how many minutes it is next, and how many attempts it has. */
function outcome(code: ErrorCode, { attempts = 0, retryAt }: { attempts?: number; retryAt?: Date } = {}) {
  const error = failure(code, retryAt)
  const refusals: CaRefusal[] = code.startsWith('CA_')
    ? [{ ca: 'https://ca.example/', error, asked: true, permanent: false }]
    : []
  const after = afterFailedOrder({ ...domain, attempts }, error, { now: NOW, refusals })
  return [((after.nextActionAt?.getTime() ?? 0) - NOW.getTime()) / MINUTE, after.attempts - attempts]
}

describe('the schedule', () => {
  test.each<[RetryClass, ErrorCode[]]>([
    ['no room', ['CA_BUDGET_SPENT']],
    ['limited', ['CA_RATE_LIMITED']],
    ['fault of the CA', ['CA_UNREACHABLE', 'CA_UNAVAILABLE', 'CA_STALLED']],
    ['refused', ['CA_REFUSED', 'CA_ORDER_INVALID', 'CA_ACCOUNT_INVALID', 'CA_BAD_CERTIFICATE']],
    ['validation failed', ['CA_VALIDATION_FAILED']],
    ['provider', ['PROVIDER_UNREACHABLE', 'PROVIDER_AUTH']],
    ['dns', ['DNS_NOT_PROPAGATED', 'DNS_CAA_FORBIDS', 'DNS_UNREACHABLE']],
    ['by hand', ['DNS_RECORDS_WANTED']],
    ['setting', ['CONFIG_INVALID', 'TERMS_NOT_ACCEPTED', 'CA_UNTRUSTED']],
    ['interrupted', ['INTERRUPTED', 'LEASE_HELD']],
    ['fault of ours', ['INTERNAL']],
  ])('%s', (wanted, codes) => {
    for (const code of codes) expect(retryClassOf(code)).toBe(wanted)
  })

  const counting: ErrorCode[] = ['CA_RATE_LIMITED', 'CA_UNREACHABLE', 'CA_UNAVAILABLE', 'CA_REFUSED', 'CA_VALIDATION_FAILED']
  it.each(counting)('%s: after 1, 10, 100 minutes, then daily, each counted', (code) => {
    expect([0, 1, 2, 3, 7].map((attempts) => outcome(code, { attempts }))).toEqual([
      [1, 1],
      [10, 1],
      [100, 1],
      [1440, 1],
      [1440, 1],
    ])
  })

  it.each(['CA_RATE_LIMITED', 'CA_UNAVAILABLE', 'CA_REFUSED'] as const)('%s: at the time that the CA gives', (code) => {
    expect(outcome(code, { attempts: 2, retryAt: later(7 * MINUTE) })).toEqual([7, 1])
  })

  it.each(['PROVIDER_UNREACHABLE', 'DNS_NOT_PROPAGATED', 'INTERNAL'] as const)('%s: after 10 minutes, not counted', (code) => {
    expect(outcome(code, { attempts: 2 })).toEqual([10, 0])
  })

  it.each(['DNS_RECORDS_WANTED', 'CONFIG_INVALID', 'INTERRUPTED', 'LEASE_HELD'] as const)('%s: plans nothing', (code) => {
    expect(outcome(code, { attempts: 2 })).toEqual([5, 0])
  })

  it('has what it says done for every code that an order may end with', () => {
    for (const code of CODES) {
      const { counted, after } = RETRY_SCHEDULE[retryClassOf(code)]
      // One that found no room never comes here: it was not tried (lifecycle/failed-order.ts).
      if (code === 'CA_BUDGET_SPENT') continue
      const pause = after === 'person' ? 5 : after === 'backoff' ? 1 : after / MINUTE
      expect([code, ...outcome(code)]).toEqual([code, pause, counted ? 1 : 0])
    }
  })
})

test('the guide has every row', async () => {
  const guide = await readFile(new URL('../../../../docs/guide/retries.md', import.meta.url), 'utf8')
  const rows = Object.entries(RETRY_SCHEDULE).map(
    ([name, row]) => `| ${name} | ${pauseText(row)} | ${row.counted ? 'yes' : 'no'} | ${row.why} |`,
  )
  const [, schedule = ''] = guide.split('## When it is tried again')
  const table = schedule.split('\n').filter((line) => /^\| (?!class )/.test(line))
  expect(table).toEqual(rows)
})
