import { expectThat, isObject } from './expectation.ts'
import { type Fault, RESOURCES } from './settings.ts'

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
  if (
    answer === 'hang-up' ||
    answer === 'cut-off' ||
    (isObject(answer) && 'until' in answer && typeof answer.until === 'function')
  )
    return
  const status = isObject(answer) && 'status' in answer ? answer.status : undefined
  expectThat(Number.isInteger(status) && Number(status) >= 400 && Number(status) <= 599, 'The status of a fault', status, {
    expected: 'a whole number from 400 to 599',
    such: "{ status: 503, type: 'serverInternal', detail: 'Down.' }, or 'hang-up', or 'cut-off', or { until }, as the answer",
  })
}
