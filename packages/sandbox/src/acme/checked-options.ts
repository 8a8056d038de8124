import { DomainctlError } from '@domainctl/core'
import { CA_DEFAULTS, type CaSettings, type Fault, RESOURCES } from './settings.ts'

/** The CA's own certificates are made for longer, so that what it issues fits into them. */
const LONGEST_LIFETIME_SECONDS = 10 * 365 * 86_400

/**
 * The settings that a CA starts with.
 * @throws DomainctlError `USAGE`
 */
export function checkedSettings(given: Partial<CaSettings>): CaSettings {
  const settings = { ...CA_DEFAULTS, ...given }
  const { lifetimeSeconds, nonceReject, delayMs, processingLooks, retryAfter } = settings
  expectThat(lifetimeSeconds >= 1 && lifetimeSeconds <= LONGEST_LIFETIME_SECONDS, 'lifetimeSeconds', lifetimeSeconds, {
    expected: `1 to ${LONGEST_LIFETIME_SECONDS} (10 years)`,
    such: '6 * 86_400 for six days',
  })
  expectThat(nonceReject >= 0 && nonceReject <= 1, 'nonceReject', nonceReject, {
    expected: 'a share from 0 to 1',
    such: '0.2 to have every fifth good nonce refused',
  })
  expectThat(delayMs >= 0 && Number.isFinite(delayMs), 'delayMs', delayMs, {
    expected: 'milliseconds, 0 or more',
    such: '250 for a quarter of a second',
  })
  expectThat(processingLooks >= 0, 'processingLooks', processingLooks, {
    expected: 'a number, 0 or more',
    such: '2, or Infinity for orders that never become valid',
  })
  for (const [member, value] of Object.entries(retryAfter)) {
    expectThat(Number(value) >= 0 && Number.isFinite(Number(value)), `retryAfter.${member}`, value, {
      expected: 'seconds, 0 or more, or a date',
      such: '3 for three seconds',
    })
  }
  return settings
}

/**
 * Refuses a fault that could strike no request, or give no answer.
 * @throws DomainctlError `USAGE`
 */
export function checkFault({ resource, nth, answer }: Fault): void {
  expectThat(RESOURCES.includes(resource), 'The resource of a fault', resource, {
    expected: `one of ${RESOURCES.join(', ')}`,
    such: "'newOrder'",
  })
  expectThat(nth === undefined || (Number.isSafeInteger(nth) && nth >= 1), 'nth of a fault', nth, {
    expected: 'a whole number from 1 on',
    such: '1 for the next request, or nothing for each of them',
  })
  if (answer === 'hang-up' || (isObject(answer) && 'until' in answer && typeof answer.until === 'function')) return
  const status = isObject(answer) && 'status' in answer ? answer.status : undefined
  expectThat(Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599, 'The status of a fault', status, {
    expected: 'a whole number from 400 to 599',
    such: "{ status: 503, type: 'serverInternal', detail: 'Down.' }, or 'hang-up', or { until }, as the answer",
  })
}

function expectThat(holds: boolean, what: string, found: unknown, { expected, such }: { expected: string; such: string }): void {
  if (holds) return
  const shown = typeof found === 'string' ? JSON.stringify(found) : String(found)
  throw new DomainctlError('USAGE', `${what}: expected ${expected}, found ${shown}.`, { hint: `Such as ${such}.` })
}

/** Callers without types may pass anything. */
function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
