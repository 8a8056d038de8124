import type { HealthFinding } from './measurement.ts'

/** An answer over HTTP, as far as it is judged. */
export interface SeenAnswer {
  status: number
  /** Whether the expected text is in it; absent: none is expected. */
  hasText?: boolean
}

interface Expected {
  status?: readonly number[]
  text?: string
}

/** What is wrong with the answer for the page of a name. */
export function judgePage({ status, hasText }: SeenAnswer, expected: Expected): HealthFinding | undefined {
  const isExpected = expected.status?.includes(status)
  const why = `the answer is ${status}`
  if (expected.status && !isExpected) return { code: 'HTTP_STATUS_WRONG', why: `${why}, not ${expected.status.join(' or ')}` }
  // Misdirected Request (RFC 9110 §15.5.20): it serves other names.
  if (!isExpected && status === 421) return { code: 'HTTP_MISDIRECTED', why: `${why}: the server does not serve the name` }
  if (!isExpected && status >= 500) return { code: 'HTTP_SERVER_ERROR', why: `${why}, an error of the server` }
  if (hasText === false) return { code: 'HTTP_TEXT_MISSING', why: 'the answer does not have the expected text' }
  return undefined
}

/** The same for the endpoint of the application: where no status is expected, only success is right. */
export function judgeEndpoint({ status, hasText }: SeenAnswer, expected: Expected): HealthFinding | undefined {
  const isRight = expected.status ? expected.status.includes(status) : status >= 200 && status < 300
  const wanted = expected.status ? expected.status.join(' or ') : '2xx'
  if (!isRight) return { code: 'ENDPOINT_STATUS_WRONG', why: `the endpoint answers ${status}, not ${wanted}` }
  if (hasText === false)
    return { code: 'ENDPOINT_TEXT_MISSING', why: 'the answer of the endpoint does not have the expected text' }
  return undefined
}
