import { describe, expect, it } from 'vitest'
import { isCa, isEmail, isServerAddress, isTenant } from './forms.ts'

describe('forms', () => {
  it.each([
    [
      isEmail,
      ['a@b.example', 'a+b@sub.b.example'],
      ['', 'a', 'a@b', 'a@@b.example', 'a b@c.example', 'a@b..c', '@b.example', 'a@.c'],
    ],
    [
      isServerAddress,
      ['192.0.2.1', '192.0.2.1:53', '2001:db8::1', '[2001:db8::1]', '[2001:db8::1]:5353'],
      ['', 'ns.example', '192.0.2', '192.0.2.1:', '192.0.2.1:0', '192.0.2.1:65536', '[192.0.2.1]:53', '[::1', 'https://1.1.1.1'],
    ],
    [
      isCa,
      ['letsencrypt', 'letsencrypt-staging', 'https://ca.example/directory', 'http://127.0.0.1:14000/dir'],
      ['', 'letsencript', 'ftp://ca.example', 'https://', 'ca.example/directory'],
    ],
    [isTenant, ['default', 'a.b_c-9'], ['', 'a b', 'a/b', 'ä', 'a\n']],
  ])('%o', (form, good, bad) => {
    expect(good.filter((text) => !form(text))).toEqual([])
    expect(bad.filter((text) => form(text))).toEqual([])
  })
})
