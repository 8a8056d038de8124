/** How many tests ended how. */
export interface Tally {
  passed: number
  failed: number
  skipped: number
}

export const nothing: Tally = { passed: 0, failed: 0, skipped: 0 }

/**
 * Counts a report of vitest's JSON reporter. A file without any test counts as one failure: it could not be loaded, or
 * is empty, and vitest has it in none of its figures. Throws when it is not such a report.
 */
export function tallyOf(report: unknown): Tally {
  if (!isReport(report)) throw new Error('vitest wrote a report of an unknown shape')
  const withoutTests = report.testResults.filter(({ assertionResults }) => assertionResults.length === 0)
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + withoutTests.length,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
    }),
    nothing,
  )
}

/** `3 passed, 0 failed, 1 skipped`. */
export function sentence({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** A failed test of a report, or a file without any test: in which file, what it is called, the first lines of why. */
export interface Failure {
  file: string
  test: string
  why: string
}

const LINES_OF_WHY = 12

/** The failures in a report of vitest's JSON reporter. Throws when it is not such a report. */
export function failuresOf(report: unknown): Failure[] {
  if (!isReport(report)) throw new Error('vitest wrote a report of an unknown shape')
  return report.testResults.flatMap(({ name, message, assertionResults }) => {
    if (assertionResults.length === 0) return [{ file: name, test: '(the file)', why: firstLines(message) }]
    return assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({ file: name, test: fullName, why: firstLines(failureMessages?.join('\n')) }))
  })
}

function firstLines(text = 'no reason was given'): string {
  return text.split('\n').slice(0, LINES_OF_WHY).join('\n')
}

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    message?: string
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[]
  }[]
}

function isReport(value: unknown): value is Report {
  const report = value as Partial<Report> | null
  const counts = [report?.numPassedTests, report?.numFailedTests, report?.numPendingTests, report?.numTodoTests]
  return counts.every((count) => typeof count === 'number') && Array.isArray(report?.testResults)
}
