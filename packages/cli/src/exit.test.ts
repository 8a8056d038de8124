import { PassThrough } from 'node:stream'
import { DomainctlError, ERRORS, type ErrorCode, toDomainctlError } from '@domainctl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describeError, EXIT_CODES, exitCodeOf, exitCodeOfAll, reportError } from './exit.ts'
import { createOutput } from './output/output.ts'

const codes = Object.keys(ERRORS) as ErrorCode[]
const error = (code: ErrorCode, details: { cause?: unknown; retryAt?: Date } = {}) =>
  new DomainctlError(code, 'It failed.', { hint: 'Repeat.', ...details })
const output = (verbose: boolean) => createOutput({ stdout: new PassThrough(), stderr: new PassThrough(), env: {} }, { verbose })

describe('exit codes', () => {
  it('every code of the table has one of cli.md', () => {
    for (const code of codes) expect([1, 2, 3, 4, 5, 6, 8, 9, 130]).toContain(exitCodeOf(error(code)))
    expect(exitCodeOf(error('USAGE'))).toBe(2)
    expect(exitCodeOf(error('HEALTH_BROKEN'))).toBe(8)
    expect(exitCodeOf(error('DNS_RECORDS_WANTED'))).toBe(3)
    expect(exitCodeOf(error('CA_VALIDATION_FAILED'))).toBe(4)
    expect(exitCodeOf(error('CA_RATE_LIMITED'))).toBe(5)
    expect(exitCodeOf(error('PROVIDER_AUTH'))).toBe(6)
    expect(exitCodeOf(error('LEASE_HELD'))).toBe(9)
  })

  it('is that of the code, whatever an error of another copy says of its kind', () => {
    const brand = { [Symbol.for('domainctl.error')]: true, code: 'PROVIDER_AUTH', hint: 'Repeat.' }
    const theirs = toDomainctlError(Object.assign(new Error('It failed.'), brand))
    expect([theirs.code, theirs.kind]).toEqual(['PROVIDER_AUTH', undefined])
    expect(exitCodeOf(theirs)).toBe(6)
  })

  it('of many: 0 if none failed, the shared one if all failed alike, 130 if any was interrupted, else 7', () => {
    const outcomes = fc.array(
      fc.option(
        fc.constantFrom(...codes).map((code) => error(code)),
        { nil: undefined },
      ),
      { maxLength: 8 },
    )
    fc.assert(
      fc.property(outcomes, (all) => {
        const code = exitCodeOfAll(all)
        const single = all.map((one) => (one ? exitCodeOf(one) : 0))
        if (single.includes(EXIT_CODES.interrupted)) expect(code).toBe(130)
        else if (single.every((one) => one === 0)) expect(code).toBe(0)
        else if (single.every((one) => one === single[0])) expect(code).toBe(single[0])
        else expect(code).toBe(7)
      }),
    )
  })
})

describe('errors', () => {
  const retryAt = new Date('2026-11-20T12:10:00Z')
  const now = new Date('2026-11-20T12:00:00Z')

  it('have the shape of cli.md', () => {
    expect(reportError(error('CA_RATE_LIMITED', { retryAt }))).toEqual({
      code: 'CA_RATE_LIMITED',
      message: 'It failed.',
      hint: 'Repeat.',
      actor: 'ca',
      retryAt: '2026-11-20T12:10:00.000Z',
      docs: 'docs/errors.md#ca_rate_limited',
    })
  })

  it('tell of causes their message, code and problem document, and nothing else', () => {
    const problem = { type: 'urn:ietf:params:acme:error:dns', detail: 'no TXT', status: 403 }
    const cause = Object.assign(new Error('refused', { cause: new Error('deeper') }), {
      code: 'E',
      problem,
      secret: 'hunter2',
      config: { auth: 'hunter2' },
    })
    const report = reportError(error('CA_REFUSED', { cause }))
    expect(report.cause).toEqual({ message: 'refused', code: 'E', problem, cause: { message: 'deeper' } })
    const shown = describeError(error('CA_REFUSED', { cause }), { now, output: output(true) }).join('\n')
    expect(shown).toContain('caused by refused')
    expect(shown).toContain('no TXT')
    expect(shown).not.toContain('hunter2')
  })

  it('end a circle of causes', () => {
    const cause = new Error('round')
    cause.cause = cause
    expect(JSON.stringify(reportError(error('INTERNAL', { cause }))).length).toBeLessThan(2000)
    expect(describeError(error('INTERNAL', { cause }), { now, output: output(true) }).length).toBeLessThan(500)
  })

  it('say to people what, what next and when again, and stacks only with --verbose', () => {
    const lines = describeError(error('CA_RATE_LIMITED', { retryAt }), { now, output: output(false), name: 'a.example' })
    expect(lines[0]).toBe('✖ a.example: It failed.')
    expect(lines[1]).toBe('  Repeat.')
    expect(lines[2]).toMatch(/^ {2}Try again in 10 minutes \(\d\d:\d\d\)\.$/)
    expect(lines.join('\n')).not.toContain('at ')
  })

  it('let no escape sequence through', () => {
    const hostile = new DomainctlError('CA_REFUSED', 'CA says \u001b[2J', { hint: '\u001b]0;x\u0007' })
    expect(describeError(hostile, { now, output: output(false) }).join('')).not.toMatch(/\p{Cc}/u)
  })
})
