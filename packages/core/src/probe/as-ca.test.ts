import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { type Edge, NAME, probeAt } from './edge.test.support.ts'

// The HTTP probe as a CA asks for the answer to an HTTP-01 challenge.

const TOKEN = 'token.thumbprint'
const PATH = '/.well-known/acme-challenge/token'
const edge = (http: RequestListener): Edge => ({ http })
const saying = (body: string) => edge((_, response) => void response.end(body))
const asCa = { path: PATH, token: TOKEN, asCa: true }

describe('asked as by a CA', () => {
  it.each([
    [TOKEN, 'ok', 'the answer is 200 (OK) with the key authorization'],
    [`${TOKEN}\r\n \t`, 'ok', 'the answer is 200 (OK) with the key authorization'],
    [` ${TOKEN}`, 'token', 'the answer is 200 (OK) with something else in place of the key authorization'],
    ['<html>', 'token', 'the answer is 200 (OK) with something else in place of the key authorization'],
    ['x'.repeat(70_000), 'token', 'the answer is 200 (OK) with more than 64 KB in place of the key authorization'],
  ])('takes %.20j as %s', async (body, outcome, why) => {
    const { answers } = await probeAt({ '127.0.0.1': saying(body) }, asCa)
    expect(answers).toMatchObject([{ outcome, why }])
  })

  it('follows to another host, at its own address', async () => {
    const hosts: unknown[] = []
    const from = edge(({ headers }, response) => {
      const [, port] = headers.host?.split(':') ?? []
      response.writeHead(302, { location: `http://other.example.net:${port}/x` }).end()
    })
    const to = edge(({ headers, url }, response) => {
      hosts.push(headers.host?.split(':')[0], url)
      response.end(TOKEN)
    })
    const trace = async (name: string) => ({ addresses: name === 'other.example.net' ? ['127.0.0.2'] : [] })
    const { answers } = await probeAt({ '127.0.0.1': from, '127.0.0.2': to }, { ...asCa, addresses: ['127.0.0.1'] }, { trace })
    expect(answers).toMatchObject([{ outcome: 'ok' }])
    expect(hosts).toEqual(['other.example.net', '/x'])
  })

  it('follows 10 redirects and not 11, and none to an address, a port that CAs do not ask, or another scheme', async () => {
    const counting = (most: number) =>
      edge(({ url }, response) => {
        const n = Number(new URL(url ?? '', 'http://x').searchParams.get('n'))
        if (n === most) response.end(TOKEN)
        else response.writeHead(301, { location: `/?n=${n + 1}` }).end()
      })
    expect((await probeAt({ '127.0.0.1': counting(10) }, asCa)).answers).toMatchObject([{ outcome: 'ok' }])
    expect((await probeAt({ '127.0.0.1': counting(11) }, asCa)).answers).toMatchObject([
      { outcome: 'redirect', why: expect.stringMatching(/after 10 others/) },
    ])
    for (const [location, why] of [
      ['http://127.0.0.1/', /no CA follows/],
      ['http://[::1]/', /no CA follows/],
      ['http://2130706433/', /no CA follows/],
      [`http://${NAME}:8443/`, /a port that is not asked/],
      ['ftp://example.net/', /not HTTP/],
    ] as const) {
      const redirecting = edge((_, response) => void response.writeHead(302, { location }).end())
      expect((await probeAt({ '127.0.0.1': redirecting }, asCa)).answers).toMatchObject([
        { outcome: 'redirect', why: expect.stringMatching(why) },
      ])
    }
  })

  it.each([
    [301, 'ok', /with the key authorization/],
    [302, 'ok', /with the key authorization/],
    [303, 'redirect', /a redirect by 303 \(See Other\), which no CA follows/],
    [307, 'ok', /with the key authorization/],
    [308, 'ok', /with the key authorization/],
  ])('takes a redirect by %i as %s', async (status, outcome, why) => {
    const redirecting = edge(({ url }, response) => {
      if (url === PATH) response.writeHead(status, { location: '/there' }).end()
      else response.end(TOKEN)
    })
    expect((await probeAt({ '127.0.0.1': redirecting }, asCa)).answers).toMatchObject([
      { outcome, why: expect.stringMatching(why) },
    ])
  })

  it('connects to no private address, wherever a redirect leads', async () => {
    const redirecting = edge((_, response) => void response.writeHead(302, { location: 'http://inside.example.net/' }).end())
    const { answers } = await probeAt({ '127.0.0.1': redirecting }, asCa, {
      trace: async () => ({ addresses: ['169.254.169.254'] }),
    })
    expect(answers).toMatchObject([{ outcome: 'private' }])
  })
})
