import { expect, test } from 'vitest'
import { proxyOf } from './proxies.ts'

test.each([
  [['104.16.0.0'], 'Cloudflare'],
  [['104.27.255.255', '172.64.0.1'], 'Cloudflare'],
  [['2606:4700:3030::6815:1', '188.114.97.3'], 'Cloudflare'],
  [['104.28.0.1', '192.0.2.1'], undefined],
  [['104.15.255.255'], undefined],
  [['2606:4701::1'], undefined],
  [['no address'], undefined],
  [[], undefined],
])('%j is behind %s', (addresses, title) => {
  expect(proxyOf(addresses)?.title).toBe(title)
})
