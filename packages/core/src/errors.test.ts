import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DomainctlError, ERRORS, isDomainctlError, toDomainctlError } from './errors.ts'

describe('an error of another copy of this module', () => {
  const copyFile = join(tmpdir(), `domainctl-errors-${process.pid}.mjs`)
  let copy: typeof import('./errors.ts')
  beforeAll(async () => {
    const source = readFileSync(fileURLToPath(new URL('errors.ts', import.meta.url)), 'utf8')
    // It knows a code of a later version.
    const later = stripTypeScriptTypes(source).replace(
      'INTERRUPTED: {',
      "LATER: { kind: 'provider', actor: 'ca', about: '' }, INTERRUPTED: {",
    )
    writeFileSync(copyFile, later)
    copy = await import(pathToFileURL(copyFile).href)
  })
  afterAll(() => rmSync(copyFile))

  it('is one of ours, with all that it says', () => {
    const retryAt = new Date('2030-01-01T00:00:00Z')
    const theirs = new copy.DomainctlError('PROVIDER_AUTH', 'no entry', { hint: 'knock', retryAt, actor: 'customer' })
    expect(Object.getPrototypeOf(theirs)).not.toBe(DomainctlError.prototype)
    expect(theirs).toBeInstanceOf(DomainctlError)
    expect(toDomainctlError(theirs)).toBe(theirs)
    expect(theirs).toMatchObject({ code: 'PROVIDER_AUTH', kind: 'provider', actor: 'customer', hint: 'knock', retryAt })
    expect(new DomainctlError('INTERNAL', 'x', { hint: 'y' })).toBeInstanceOf(copy.DomainctlError)
  })

  it('is none of ours when its code means nothing here', () => {
    const theirs = Reflect.construct(copy.DomainctlError, ['LATER', 'what is that', { hint: 'update' }])
    expect(theirs).toBeInstanceOf(copy.DomainctlError)
    expect(theirs).not.toBeInstanceOf(DomainctlError)
    expect(toDomainctlError(theirs)).toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('what is that') })
  })
})

describe('what only looks like an error of ours', () => {
  it.each([
    undefined,
    null,
    'PROVIDER_AUTH',
    { code: 'PROVIDER_AUTH', message: 'm', hint: 'h', name: 'DomainctlError' },
    { [Symbol.for('domainctl.error')]: true, code: '__proto__', message: 'm', hint: 'h' },
    { [Symbol.for('domainctl.error')]: true, code: 'PROVIDER_AUTH', message: 'm' },
    { [Symbol.for('domainctl.error')]: true, code: 'PROVIDER_AUTH', message: 'm', hint: 'h' },
    Object.assign(new Error('m'), { code: 'PROVIDER_AUTH', hint: 'h' }),
  ])('is none: %j', (value) => {
    expect(value).not.toBeInstanceOf(DomainctlError)
    expect(toDomainctlError(value)).toMatchObject({ code: 'INTERNAL' })
  })

  it('does not become one by a class that is derived', () => {
    class Special extends DomainctlError {}
    expect(new DomainctlError('INTERNAL', 'm', { hint: 'h' })).not.toBeInstanceOf(Special)
    const special = new Special('INTERNAL', 'm', { hint: 'h' })
    expect(special).toBeInstanceOf(Special)
    expect(special).toBeInstanceOf(DomainctlError)
  })
})

it('shows no brand where an error is printed or sent', () => {
  const error = new DomainctlError('INTERNAL', 'm', { hint: 'h' })
  expect(Object.keys(error)).not.toContain('domainctl.error')
  expect(JSON.parse(JSON.stringify(error))).toMatchObject({ code: 'INTERNAL', hint: 'h' })
  expect(Object.keys(ERRORS)).toContain(error.code)
})

it('isDomainctlError tells the errors of domainctl from others, and one code from another', () => {
  const error: unknown = new DomainctlError('LEASE_HELD', 'Another process works on it.', { hint: 'Wait.' })
  expect(isDomainctlError(error)).toBe(true)
  expect(isDomainctlError(error, 'LEASE_HELD', 'INTERRUPTED')).toBe(true)
  expect(isDomainctlError(error, 'INTERRUPTED')).toBe(false)
  expect(isDomainctlError(new Error('no'))).toBe(false)
  // The type knows the codes that were asked for.
  if (isDomainctlError(error, 'LEASE_HELD')) expect(error.code satisfies 'LEASE_HELD').toBe('LEASE_HELD')
})
