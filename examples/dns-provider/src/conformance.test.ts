// What domainctl holds its own providers to, on a PowerDNS: POWERDNS_URL, POWERDNS_API_KEY and POWERDNS_DNS (ip:port) say where
// it is. It gets the zone conformance.test, which is removed at the end.
import { describeDnsProvider } from '@domainctl/core/testing'
import { describe } from 'vitest'
import { powerdnsSubject } from './subject.test.fixture.ts'

const { POWERDNS_URL: url, POWERDNS_API_KEY: apiKey = '', POWERDNS_DNS: dns = '127.0.0.1:53' } = process.env

describe.skipIf(url === undefined)('on a PowerDNS', () => {
  describeDnsProvider('powerdns', () => powerdnsSubject({ url: url ?? '', apiKey, dns }, 'conformance.test'))
})
