import { expect, test } from 'vitest'
import { suspensionOf } from './zone-names.ts'

test.each([
  [['NS1.VERIFICATION-HOLD.SUSPENDED-DOMAIN.COM.', 'ns2.verification-hold.suspended-domain.com'], 'unverified'],
  [['failed-whois-verification.namecheap.com', 'verify-contact-details.namecheap.com'], 'unverified'],
  [['expirens3.hichina.com', 'expirens4.hichina.com'], 'expired'],
  [['ns1.pendingrenewaldeletion.com', 'ns2.pendingrenewaldeletion.com'], 'expired'],
  [['ns1.renewyourname.net', 'ns2.renewyourname.net'], 'expired'],
  [['ns1.dns-expired.com', 'ns2.dns-expired.com', 'ns1.example.test'], 'expired'],
  [['ns1.onamae-expired.com'], 'expired'],
  [['ns1.expired.reg.ru', 'ns2.expired.reg.ru'], 'expired'],
  [['expirepages-kiae-1.nic.ru'], 'expired'],
  [['expired1.namebrightdns.com'], 'expired'],
  [['ns1-domain-expired.myhostadmin.net'], 'expired'],
])('%j are the name servers of a suspended domain', (nameServers, why) => {
  expect(suspensionOf(nameServers)).toMatchObject({ why })
})

test.each([
  [[]],
  [['dns1.registrar-servers.com', 'dns2.registrar-servers.com']],
  [['ns1.namebrightdns.com', 'ns2.namebrightdns.com']],
  [['dns1.hichina.com', 'dns2.hichina.com']],
  [['ns3.expirationwarning.net', 'ns7.expirationwarning.net']],
  [['ns1.evil-dns-expired.com']],
  [['ns1.dns-expired.com.example.test']],
  // Half of them is no sign: the owner has left one behind.
  [['ns1.dns-expired.com', 'ns1.example.test']],
])('%j are not', (nameServers) => {
  expect(suspensionOf(nameServers)).toBeUndefined()
})
