import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { servedAddresses } from './served-addresses.ts'

describe('servedAddresses', () => {
  it('spells each in one way, and has each once', () => {
    const typed = ['2001:DB8:0:0::1', '192.0.2.7', '2001:db8::1', '192.0.2.7', '127.0.0.1', '::1', '10.0.0.1']
    expect(servedAddresses(typed)).toEqual(['2001:db8::1', '192.0.2.7', '127.0.0.1', '::1', '10.0.0.1'])
  })

  it.each([
    ['fe80::1%eth0', /zone index/],
    ['0.0.0.0', /unspecified/],
    ['::', /unspecified/],
    ['0:0:0:0:0:0:0:0', /unspecified/],
    ['255.255.255.255', /broadcast/],
    ['224.0.0.1', /multicast/],
    ['ff02::1', /multicast/],
    ['::ffff:192.0.2.7', /in the form of IPv6/],
    ['0:0:0:0:0:ffff:c000:207', /in the form of IPv6/],
    ['192.0.2.007', /not an IP address/],
    ['[2001:db8::1]', /not an IP address/],
    ['edge.example.net', /not an IP address/],
  ])('refuses %j', (typed, message) => {
    const refused = expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) })
    expect(() => servedAddresses(['192.0.2.1', typed])).toThrow(refused)
  })

  it('says what a mapped address is without its form', () => {
    expect(() => servedAddresses(['::ffff:192.0.2.7'])).toThrow(expect.objectContaining({ hint: 'Give it as it is: 192.0.2.7.' }))
  })

  it('gives what it gave again', () => {
    fc.assert(
      fc.property(fc.array(fc.ipV6()), (typed) => {
        const usable = typed.filter((address) => {
          try {
            return servedAddresses([address])
          } catch {
            return false
          }
        })
        const once = servedAddresses(usable)
        expect(servedAddresses(once)).toEqual(once)
      }),
    )
  })
})
