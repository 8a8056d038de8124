import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMetadataAddress, isPublicAddress } from './public-address.ts'

test.each([
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.169.0.0',
  '223.255.255.255',
  '2001:4860:4860::8888',
  '2606:4700::1111',
  '2a00::1',
  '64:ff9b::101:101',
  '64:ff9b::1.1.1.1',
])('%s is public', (ip) => {
  expect(isPublicAddress(ip)).toBe(true)
})

test.each([
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.0.2.1',
  '192.168.255.255',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '2a00::5efe:9.9.9.9',
  '2a00::200:5efe:7f00:1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::ffff:127.0.0.1',
  '::ffff:1.1.1.1',
  '::ffff:0:10.0.0.1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::a00:1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  '2606:4700::1111%eth0',
  'fec0::1',
  'ff02::1',
  '',
  'localhost',
  '1.1.1',
  '01.1.1.1',
  '1.1.1.1:53',
  '[2606:4700::1111]',
])('%s is not', (ip) => {
  expect(isPublicAddress(ip)).toBe(false)
})

test('no way to write a loopback address as IPv6 is public', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('::ffff:', '64:ff9b::', '::', '::ffff:0:'),
      fc.nat(255),
      fc.nat(255),
      fc.nat(255),
      (prefix, b, c, d) => {
        expect(isPublicAddress(`${prefix}127.${b}.${c}.${d}`)).toBe(false)
      },
    ),
  )
})

test('never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6()), (text) => {
      expect(typeof isPublicAddress(text)).toBe('boolean')
    }),
  )
})

test.each([
  '169.254.169.254',
  '169.254.0.1',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
  'fe80::1',
  'febf::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  'fd20:ce::254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::ffff:0:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '64:ff9b:1::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  'fd00::5efe:169.254.169.254',
])('at %s a machine is told about itself, and it is not public', (ip) => {
  expect(isMetadataAddress(ip)).toBe(true)
  expect(isPublicAddress(ip)).toBe(false)
})

test.each(['127.0.0.1', '10.0.0.1', '169.253.0.1', '9.9.9.9', '::1', 'fd00::1', '2a00::a9fe:a9fe', 'fec0::1', '', 'localhost'])(
  'at %s it is not',
  (ip) => {
    expect(isMetadataAddress(ip)).toBe(false)
  },
)
