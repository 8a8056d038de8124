import { describe, expect, it } from 'vitest'
import { isCa, isEmail, isResolver, isTenant } from './forms.ts'

describe('forms', () => {
  it.each([
    [
      isEmail,
      ['a@b.example', 'a+b@sub.b.example'],
      ['', 'a', 'a@b', 'a@@b.example', 'a b@c.example', 'a@b..c', '@b.example', 'a@.c'],
    ],
    [
      isResolver,
      [
        ...['192.0.2.1', '192.0.2.1:53', '2001:db8::1', '[2001:db8::1]', '[2001:db8::1]:5353'],
        ...[
          'https://dns.example/dns-query',
          'https://1.1.1.1',
          'https://[2001:db8::1]:8443/q?key=x',
          'HTTPS://dns.example/{?dns}',
        ],
      ],
      [
        ...['', 'ns.example', '192.0.2', '192.0.2.1:', '192.0.2.1:0', '192.0.2.1:65536', '[192.0.2.1]:53', '[::1'],
        ...['http://dns.example/dns-query', 'https://', 'https://a b/', 'https://user@dns.example/', 'https://:pw@dns.example/'],
        ...['https://dns.example/#x', 'https://dns.example/{x}', 'tls://dns.example', 'https://dns.example:99999/'],
      ],
    ],
    [
      isCa,
      ['letsencrypt', 'my-ca-2', 'https://ca.example/directory', 'http://127.0.0.1:14000/dir'],
      [
        ...['', 'a b', '-x', 'ftp://ca.example', 'https://', 'ca.example/directory'],
        ...['https://user@ca.example/directory', 'https://:pw@ca.example/directory', 'https://ca.example/#directory'],
      ],
    ],
    [isTenant, ['default', 'a.b_c-9'], ['', 'a b', 'a/b', 'ä', 'a\n']],
  ])('%o', (form, good, bad) => {
    expect(good.filter((text) => !form(text))).toEqual([])
    expect(bad.filter((text) => form(text))).toEqual([])
  })
})
