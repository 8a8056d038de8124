import { manualClock } from '@domainctl/core/testing'
import { describe, expect, it } from 'vitest'
import type { Reach } from '../posts/reach.ts'
import { post } from './post.ts'
import { ALWAYS, NOW, startReceiver } from './receiver.test.fixture.ts'

const SECRET = '/services/T000/B000/very-secret-path'
const clock = manualClock(NOW)

const send = (base: string, o: { reach?: Reach; signal?: AbortSignal } = {}) =>
  post({ url: base + SECRET, body: '{}', signal: ALWAYS, reach: 'any', clock, ...o })
const failure = (sending: Promise<void>) =>
  sending.then(
    () => null,
    (error: unknown) => error,
  )

describe('post', () => {
  it.each([
    [200, undefined],
    [202, undefined],
    [204, undefined],
    [301, 'CHANNEL_REFUSED'],
    [308, 'CHANNEL_REFUSED'],
    [400, 'NOTICE_REFUSED'],
    [401, 'CHANNEL_REFUSED'],
    [403, 'CHANNEL_REFUSED'],
    [404, 'CHANNEL_REFUSED'],
    [408, 'CHANNEL_UNREACHABLE'],
    [410, 'CHANNEL_REFUSED'],
    [413, 'NOTICE_REFUSED'],
    [429, 'CHANNEL_UNREACHABLE'],
    [500, 'CHANNEL_UNREACHABLE'],
    [503, 'CHANNEL_UNREACHABLE'],
  ])('takes an answer %i as %s, and shows nothing of the path', async (status, code) => {
    const { url } = await startReceiver((response) =>
      response
        .writeHead(status, { location: `${url}/elsewhere` })
        .end(status === 204 ? undefined : `no: ${url}${SECRET} \u001b[31m`),
    )
    const error = await failure(send(url))
    if (code === undefined) return expect(error).toBeNull()
    expect(error).toMatchObject({ code })
    expect(JSON.stringify([(error as Error).message, (error as Error).stack])).not.toContain('very-secret')
    expect((error as Error).message).not.toContain('\u001b')
  })

  it('follows no redirect', async () => {
    const inner = await startReceiver()
    const { url } = await startReceiver((response) => response.writeHead(307, { location: inner.url }).end())
    expect(await failure(send(url))).toMatchObject({
      code: 'CHANNEL_REFUSED',
      hint: expect.stringContaining('Redirects are not followed'),
    })
    expect(inner.received).toEqual([])
  })

  it.each([
    ['7', 7000],
    ['Sun, 22 Nov 2026 12:01:00 GMT', 60_000],
  ])('says when a receiver wants it again: %s', async (header, ms) => {
    const { url } = await startReceiver((response) => response.writeHead(429, { 'retry-after': header }).end())
    expect(await failure(send(url))).toMatchObject({ code: 'CHANNEL_UNREACHABLE', retryAt: new Date(NOW.getTime() + ms) })
  })

  it('connects to no private address unless it may, whether it is written or looked up', async () => {
    const { url, received } = await startReceiver()
    const byName = url.replace('127.0.0.1', 'localhost')
    for (const base of [url, byName, url.replace('127.0.0.1', '[::1]'), url.replace('127.0.0.1', '[::ffff:7f00:1]')]) {
      expect(await failure(send(base, { reach: 'public' })), base).toMatchObject({
        code: 'CHANNEL_REFUSED',
        hint: expect.stringContaining('--allow-private'),
      })
    }
    expect(received).toEqual([])
    await send(byName)
    await send(url, { reach: 'private' })
    expect(received).toHaveLength(2)
  })

  it('connects in a sandbox to nobody outside', async () => {
    expect(
      await failure(send('https://192.88.99.300.example'.replace('192.88.99.300.example', '9.9.9.9'), { reach: 'private' })),
    ).toMatchObject({
      code: 'CHANNEL_REFUSED',
      hint: expect.stringContaining('sandbox'),
    })
  })

  it('does not read an endless answer', async () => {
    const { url } = await startReceiver((response) => {
      response.writeHead(500)
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    expect(await failure(send(url))).toMatchObject({ code: 'CHANNEL_UNREACHABLE' })
  })

  it('says that nobody is there, or that the connection was cut', async () => {
    expect(await failure(send('http://127.0.0.1:1'))).toMatchObject({
      code: 'CHANNEL_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    })
    const { url } = await startReceiver((response) => response.destroy())
    expect(await failure(send(url))).toMatchObject({ code: 'CHANNEL_UNREACHABLE' })
  })

  it('ends with the caller, and takes the end of its time for an answer that did not come', async () => {
    const { url } = await startReceiver(() => undefined)
    const stop = new AbortController()
    const sending = failure(send(url, { signal: stop.signal }))
    stop.abort(new Error('enough'))
    expect(await sending).toBe(stop.signal.reason)
    expect(await failure(send(url, { signal: AbortSignal.timeout(50) }))).toMatchObject({ code: 'CHANNEL_UNREACHABLE' })
  })
})
