import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DomainctlError } from '../errors.ts'
import { systemRandom } from '../runtime/random.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { openResolver } from './resolver.ts'
import { parseEndpoint, parseResolverUrl } from './resolver-address.ts'
import { Wire } from './wire.ts'

const clock = loopbackClock()
const reach = { wire: new Wire({ clock, random: systemRandom() }), clock }

test.each([
  ['192.0.2.1', { address: '192.0.2.1', port: 53 }],
  ['192.0.2.1:5353', { address: '192.0.2.1', port: 5353 }],
  ['2001:db8::1', { address: '2001:db8::1', port: 53 }],
  ['[2001:db8::1]', { address: '2001:db8::1', port: 53 }],
  ['[2001:db8::1]:5353', { address: '2001:db8::1', port: 5353 }],
  ['fe80::1%eth0', { address: 'fe80::1%eth0', port: 53 }],
])('%s is a resolver', (text, endpoint) => {
  expect(parseEndpoint(text)).toEqual(endpoint)
})

test.each([
  ['https://dns.example/dns-query', 'https://dns.example/dns-query'],
  ['https://dns.example', 'https://dns.example/'],
  ['https://192.0.2.1:8443/dns-query', 'https://192.0.2.1:8443/dns-query'],
  ['https://[2001:db8::1]/dns-query', 'https://[2001:db8::1]/dns-query'],
  ['https://dns.example/p/abc?key=1', 'https://dns.example/p/abc?key=1'],
  ['HTTPS://DNS.example/dns-query{?dns}', 'https://dns.example/dns-query'],
])('%s is a resolver over HTTPS', (text, url) => {
  expect(parseResolverUrl(text).href).toBe(url)
})

test.each([
  ...['', 'dns.example', '192.0.2', '192.0.2.1:', '192.0.2.1:0', '192.0.2.1:65536', '192.0.2.1:x'],
  ...['[192.0.2.1]:53', '[::1', '::1]:53', '[]', 'tls://dns.example'],
])('%j is refused, and the forms are said', (text) => {
  expect(refusalOf(text)).toMatchObject({
    code: 'CONFIG_INVALID',
    hint: expect.stringMatching(/192\.0\.2\.53:5353.*\[2001:db8::53\]:5353.*https:\/\/dns\.example\/dns-query/),
  })
})

test.each([
  ...['https://', 'https:///dns-query', 'https:dns.example', 'https://a b/', ' https://dns.example/', 'https://dns.example/\n'],
  ...['https://dns.example:99999/', 'https://user@dns.example/', 'https://:password@dns.example/', 'https://dns.example/#x'],
  ...['https://dns.example/{x}', 'https://dns.example/dns-query{?dns}x', 'https://dns.example/#'],
])('%j is refused', (text) => {
  expect(refusalOf(text)).toMatchObject({ code: 'CONFIG_INVALID' })
})

test('plain HTTP is refused with the way out', () => {
  expect(refusalOf('http://dns.example/dns-query')).toMatchObject({
    code: 'CONFIG_INVALID',
    message: '"http://dns.example/dns-query" is not the address of a DNS resolver.',
    hint: expect.stringContaining('write https://'),
  })
})

test('any text is a resolver or refused in few words', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc.ipV6().map((ip) => `[${ip}]:53`),
    fc.string({ maxLength: 5000 }).map((rest) => `https://${rest}`),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const refusal = refusalOf(text)
      if (refusal === undefined) return
      expect(refusal).toBeInstanceOf(DomainctlError)
      expect(String(refusal).length).toBeLessThan(2000)
    }),
  )
})

/** What is thrown for this configuration. */
function refusalOf(text: string): unknown {
  try {
    openResolver([text], reach)
    return undefined
  } catch (thrown) {
    return thrown
  }
}
