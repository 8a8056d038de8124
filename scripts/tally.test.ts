import { expect, test } from 'vitest'
import { failuresOf, nothing, sentence, sum, tallyOf } from './tally.ts'

const report = {
  numPassedTests: 5,
  numFailedTests: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [{ assertionResults: [{ status: 'failed' }] }],
}

test('tests that are todo count as skipped', () => {
  expect(tallyOf(report)).toEqual({ passed: 5, failed: 1, skipped: 3 })
})

test('a file that could not be loaded is a failure, though no test of it failed', () => {
  expect(tallyOf({ ...report, numFailedTests: 0, testResults: [{ assertionResults: [] }] }).failed).toBe(1)
})

test.each([null, {}, [], 'x', { ...report, numTodoTests: undefined }, { ...report, testResults: {} }])(
  'what is not a report is refused: %j',
  (value) => {
    expect(() => tallyOf(value)).toThrow('unknown shape')
  },
)

test('the sum of no runs is nothing, and of two runs both', () => {
  expect(sum([])).toEqual(nothing)
  expect(sentence(sum([tallyOf(report), { passed: 1, failed: 0, skipped: 4 }]))).toBe('6 passed, 1 failed, 7 skipped')
})

test('the failures are told with their file, their name and the first lines of why', () => {
  const failed = { status: 'failed', fullName: 'a dog barks', failureMessages: [`Error: no\n${'at x\n'.repeat(50)}`] }
  const testResults = [
    { name: '/a.test.ts', assertionResults: [{ status: 'passed', fullName: 'a cat' }, failed] },
    { name: '/b.test.ts', message: 'SyntaxError', assertionResults: [] },
  ]
  const [dog, file] = failuresOf({ ...report, testResults })
  expect(dog).toMatchObject({ file: '/a.test.ts', test: 'a dog barks' })
  expect(dog?.why.split('\n')).toHaveLength(12)
  expect(file).toEqual({ file: '/b.test.ts', test: '(the file)', why: 'SyntaxError' })
})
