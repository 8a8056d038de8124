import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DomainctlError } from '../errors.ts'
import { PROBE_PATH, probeSettings } from './probe.ts'

describe('the settings of an HTTP probe', () => {
  it('have a path of their own, and keep another as it is sent', () => {
    expect(probeSettings({})).toEqual({ path: PROBE_PATH })
    expect(probeSettings({ path: '/health/../ready?a=b', token: 'abc' })).toEqual({ path: '/ready?a=b', token: 'abc' })
  })

  it.each([
    [{ path: '' }],
    [{ path: 'ready' }],
    [{ path: '//evil.test/' }],
    [{ path: '/\\evil.test/' }],
    [{ path: 'http://evil.test/' }],
    [{ path: '/a b' }],
    [{ path: '/a#b' }],
    [{ path: '/\r\nx: y' }],
    [{ path: `/${'a'.repeat(1024)}` }],
    [{ token: '' }],
    [{ token: 'a b' }],
    [{ token: 'ä' }],
    [{ token: 'a'.repeat(256) }],
  ])('refuse %j', (wanted) => {
    expect(() => probeSettings(wanted)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })

  it('make a URL of this name and no other, whatever is asked for, and are the same when read again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webPath(),
          fc.string({ unit: 'binary' }).map((text) => `/${text}`),
        ),
        (path) => {
          try {
            const settings = probeSettings({ path })
            const url = new URL(`http://shop.example.test${settings.path}`)
            expect(url.host).toBe('shop.example.test')
            expect(url.pathname + url.search).toBe(settings.path)
          } catch (thrown) {
            if (!(thrown instanceof DomainctlError)) throw thrown
          }
        },
      ),
    )
  })
})
