import { assert, property, string, stringMatching } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHALLENGE_PATH, isChallengeToken, tokenOfPath } from './http-challenge.ts'
import { readListenAddress, readListenAddresses } from './listen-address.ts'

describe('the token of a request', () => {
  it('is what stands behind the path, whole', () => {
    assert(property(stringMatching(/^[A-Za-z0-9_-]{1,64}$/), (token) => tokenOfPath(CHALLENGE_PATH + token) === token))
  })

  it('has no character that could say anything else', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        const token = tokenOfPath(CHALLENGE_PATH + text)
        return token === null ? !isChallengeToken(text) : /^[\w-]+$/.test(token)
      }),
    )
  })

  it.each([
    '',
    '/',
    '/.well-known/acme-challenge',
    CHALLENGE_PATH,
    `${CHALLENGE_PATH}a/b`,
    `${CHALLENGE_PATH}..`,
    `${CHALLENGE_PATH}a?b`,
    `${CHALLENGE_PATH}%61`,
    `//${CHALLENGE_PATH}a`,
    `${CHALLENGE_PATH}${'a'.repeat(201)}`,
  ])('is not there in %j', (path) => expect(tokenOfPath(path)).toBeNull())
})

describe('an address to listen at', () => {
  it.each([
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['[::]:80', '::', 80],
    ['[2001:db8::1]:65535', '2001:db8::1', 65_535],
  ])('%s', (text, host, port) => expect(readListenAddress(text)).toEqual({ host, port, shown: text }))

  it.each([
    '',
    '80',
    ':80',
    '::80',
    '0.0.0.0',
    '0.0.0.0:0',
    '0.0.0.0:65536',
    '1.2.3:80',
    '[::1]',
    '[fe80::1%eth0]:80',
    'localhost:80',
    '[1.2.3.4]:80',
    '0.0.0.0:80 ',
  ])('is not %j', (text) => {
    expect(readListenAddress(text)).toBeNull()
    expect(() => readListenAddresses(['0.0.0.0:80', text])).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
