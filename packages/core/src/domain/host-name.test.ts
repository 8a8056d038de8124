import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DomainctlError } from '../errors.ts'
import { parseHost } from './host-name.ts'

describe('parseHost', () => {
  it.each([
    ['edge.example.net', 'edge.example.net'],
    ['Edge.Example.NET.', 'edge.example.net'],
    ['_x.edge.example.net', '_x.edge.example.net'],
    ['a_b_.example.net', 'a_b_.example.net'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['example.github.io', 'example.github.io'],
  ])('reads %j as %j', (input, host) => {
    expect(parseHost(input)).toBe(host)
  })

  it.each([
    ['*.edge.example.net', /a wildcard is no host/],
    ['x.example.net:443', /it has a port/],
    ['https://edge.example.net/', /it is a URL/],
    ['192.0.2.1', /it is an address/],
    ['2001:db8::1', /it is an address/],
    ['edge', /not the full name/],
    ['', /not the full name/],
    ['a..example', /not the full name/],
    ['-a.example.net', /not the full name/],
    [`${'a'.repeat(64)}.example.net`, /not the full name/],
    [`${'a.'.repeat(127)}example`, /not the full name/],
    ['1.2.3', /not the full name/],
    ['a b.example', /the character " "/],
    ['a/b.example', /the character "\/"/],
    ['a@b.example', /the character "@"/],
  ])('refuses %j', (input, message) => {
    expect(() => parseHost(input)).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringMatching(message) }))
  })

  it('gives for any text a host that it gives again, or an error of the contract', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.domain()), (text) => {
        try {
          const host = parseHost(text)
          expect(host).toMatch(/^[a-z0-9_.-]{3,253}$/)
          expect(parseHost(host)).toBe(host)
        } catch (error) {
          if (!(error instanceof DomainctlError)) throw error
        }
      }),
    )
  })
})
