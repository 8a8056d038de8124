import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DomainctlError } from '../errors.ts'
import { type Edge, NAME, probeAt } from './edge.test.support.ts'
import { MAX_REDIRECTS, redirect } from './redirect.ts'

const TOKEN = 'abc123'

/** Redirects by path; `/token` is the token. */
const leading = (places: Record<string, string>): Edge => ({
  http: ({ url = '' }, response) => {
    if (url === '/token') response.end(TOKEN)
    else response.writeHead(302, { location: places[url] ?? '/nowhere' }).end()
  },
})

const from = (path: string, places: Record<string, string>, o: Parameters<typeof probeAt>[2] = {}) =>
  probeAt({ '127.0.0.1': leading(places) }, { path, token: TOKEN }, o)

describe('a redirect', () => {
  it('to other paths of the name is followed, relative ones as well', async () => {
    const { answers, port } = await from('/a', { '/a': 'b?c=1', '/b?c=1': '//shop.example.test:80/../x', '/x': '/token' })
    const root = `http://${NAME}`
    expect(answers).toMatchObject([{ redirects: [`${root}:${port}/b?c=1`, `${root}/x`] }])
  })

  it('is told with all that were followed before it', async () => {
    const { answers, port } = await from('/a', { '/a': '/b', '/b': '/token' })
    const root = `http://${NAME}:${port}`
    expect(answers).toMatchObject([
      {
        outcome: 'ok',
        finalUrl: `${root}/token`,
        redirects: [`${root}/b`, `${root}/token`],
        why: `after a redirect to ${root}/token the answer is 200 (OK) with the token`,
      },
    ])
  })

  it('in a circle, or too often, is named', async () => {
    const { answers, port } = await from('/a', { '/a': '/b', '/b': '/a' })
    const root = `http://${NAME}:${port}`
    const why = `after a redirect to ${root}/b the answer is a redirect back to ${root}/a: a circle`
    expect(answers).toMatchObject([{ outcome: 'redirect', why, redirects: [`${root}/b`, `${root}/a`] }])
    const far = await from('/0', Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`/${i}`, `/${i + 1}`])))
    expect(far.answers).toMatchObject([{ outcome: 'redirect', why: expect.stringContaining('/6, after 5 others') }])
    const enough = await from('/0', { '/0': '/1', '/1': '/2', '/2': '/3', '/3': '/4', '/4': '/token' })
    expect(enough.answers).toMatchObject([{ outcome: 'ok' }])
  })

  it('to another host, another port or something else is named and not followed, without a token either', async () => {
    const elsewhere = {
      'https://parked.invalid/?d=shop': 'a redirect to https://parked.invalid/?d=shop, which is another host',
      'http://169.254.169.254/latest/meta-data/': 'a redirect to http://169.254.169.254/latest/meta-data/, which is another host',
      'http://evil.example.test/': 'a redirect to http://evil.example.test/, which is another host',
      'http://shop.example.test:22/': 'a redirect to http://shop.example.test:22/, a port that is not asked',
      'ftp://shop.example.test/': 'a redirect to ftp://shop.example.test/, which is not HTTP',
      'http://[': 'a redirect to something that is no URL',
    }
    for (const [location, why] of Object.entries(elsewhere)) {
      const { answers } = await probeAt({ '127.0.0.1': leading({ '/a': location }) }, { path: '/a' })
      expect(answers).toMatchObject([{ outcome: 'redirect', status: 302, why: `the answer is ${why}` }])
    }
    const { answers } = await probeAt({ '127.0.0.1': { http: (_, response) => response.writeHead(301).end() } })
    expect(answers).toMatchObject([{ outcome: 'redirect', why: 'the answer is a redirect without a Location, so to nowhere' }])
  })

  it('to the twin with www. is followed to its own addresses, which are judged as well', async () => {
    const asked: string[] = []
    const trace = (addresses: string[]) => async (name: string) => {
      asked.push(name)
      return { addresses }
    }
    const token: Edge = { http: (_, response) => response.end(TOKEN) }
    const to: Edge = {
      http: ({ headers }, response) => {
        response.writeHead(301, { location: `http://www.${headers.host}/token` }).end()
      },
    }
    const request = { addresses: ['127.0.0.2'], path: '/a', token: TOKEN }
    const edges = { '127.0.0.2': to, '127.0.0.3': token }
    const other = await probeAt(edges, request, { trace: trace(['127.0.0.3']) })
    expect(other.answers).toMatchObject([{ address: '127.0.0.2', outcome: 'ok' }])
    const none = await probeAt(edges, request, { trace: trace([]) })
    expect(none.answers).toMatchObject([{ outcome: 'redirect', why: expect.stringContaining('which has no address') }])
    const local = await probeAt(edges, request, { trace: trace(['localhost']) })
    expect(local.answers).toMatchObject([
      { outcome: 'private', why: 'a redirect leads to localhost, which is not a public address' },
    ])
    const lost = async () => Promise.reject(new DomainctlError('DNS_UNREACHABLE', 'no resolver', { hint: '' }))
    const silent = await probeAt(edges, request, { trace: lost })
    expect(silent.answers).toMatchObject([{ outcome: 'redirect', why: expect.stringContaining('which has no address') }])
    expect(asked).toEqual(Array(3).fill(`www.${NAME}`))
  })
})

describe('the judgement of a redirect', () => {
  const judge = (location: string | undefined, name = NAME) =>
    redirect(location, { name, before: [new URL(`http://${name}/`)], port: 80 })

  it('follows nothing but the name and its twin, on 80 and 443, whatever a server sends', () => {
    const host = fc.oneof(fc.webAuthority(), fc.ipV4(), fc.constantFrom(NAME, `www.${NAME}`, `${NAME}.evil.test`, `x@${NAME}`))
    const url = fc.tuple(fc.constantFrom('http://', 'https://', '//', '\\\\', 'javascript:', ''), host, fc.webPath())
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          url.map((parts) => parts.join('')),
        ),
        (location) => {
          const found = judge(location)
          if ('refused' in found) return
          expect([NAME, `www.${NAME}`]).toContain(found.to.hostname)
          expect(['http:', 'https:']).toContain(found.to.protocol)
          expect(['', '80', '443']).toContain(found.to.port)
          expect(found.to.username + found.to.password + found.to.hash).toBe('')
        },
      ),
    )
  })

  it('takes the name without www. for a twin only where somebody can own it', () => {
    expect(judge('http://example.co.uk/', 'www.example.co.uk')).toHaveProperty('to.hostname', 'example.co.uk')
    expect(judge('http://example.co.uk/', 'www.example.co.uk')).not.toHaveProperty('refused')
    expect(judge('http://co.uk/', 'www.co.uk')).toHaveProperty('refused')
  })

  it('counts', () => {
    const before = Array.from({ length: MAX_REDIRECTS + 1 }, (_, i) => new URL(`http://${NAME}/${i}`))
    expect(redirect('/x', { name: NAME, before, port: 80 })).toHaveProperty('refused')
    expect(redirect('/x', { name: NAME, before: before.slice(1), port: 80 })).not.toHaveProperty('refused')
  })
})
