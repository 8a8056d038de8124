import { createHmac, timingSafeEqual } from 'node:crypto'
import { manualClock } from '@domainctl/core/testing'
import { expect, it } from 'vitest'
import { ALWAYS, messageOf, NOW, startReceiver } from '../receiver.test.fixture.ts'
import { manifest } from './manifest.ts'

const SECRET = 'a-secret-of-twenty-bytes'

/** As docs/guide/notifications.md tells a receiver to do it. */
function isOurs(headers: Record<string, unknown>, body: string, now: Date): boolean {
  const timestamp = String(headers['domainctl-timestamp'])
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > 300) return false
  const expected = Buffer.from(`v1=${createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex')}`)
  const given = Buffer.from(String(headers['domainctl-signature']))
  return given.length === expected.length && timingSafeEqual(given, expected)
}

it('posts what a receiver can check: who sent it, when, and whether it has it', async () => {
  const { url, received } = await startReceiver()
  const clock = manualClock(NOW)
  const webhook = manifest.create({ url: `${url}/hook`, secret: SECRET }, { clock, reach: 'any' })
  const message = messageOf({ incident: 'i-1', domainId: 'd-1', details: { code: 'X' } }, { id: 'notice-2' })
  await webhook.send(message, { signal: ALWAYS })
  clock.advance(600_000)
  await webhook.send(message, { signal: ALWAYS })
  const [first, again] = received
  if (!first || !again) throw new Error('nothing came')
  expect(isOurs(first.headers, first.body, NOW)).toBe(true)
  expect(isOurs(first.headers, `${first.body} `, NOW)).toBe(false)
  expect(isOurs({ ...first.headers, 'domainctl-timestamp': '1' }, first.body, NOW)).toBe(false)
  expect(isOurs(first.headers, first.body, clock.now())).toBe(false)
  expect(isOurs(again.headers, again.body, clock.now())).toBe(true)
  expect(again.body).toBe(first.body)
  expect(again.headers['domainctl-id']).toBe('message-1')
  expect(JSON.parse(first.body)).toMatchObject({
    id: 'message-1',
    event: 'domain.failed',
    notices: [
      { id: 'notice-1', at: NOW.toISOString(), incident: 'i-1', domainId: 'd-1', labels: { team: 'web' } },
      { id: 'notice-2' },
    ],
  })
})

it('wants a secret that cannot be guessed, and shows none', async () => {
  const create = (secret?: string) => () =>
    manifest.create({ url: 'https://hooks.example.com', secret }, { clock: manualClock(NOW), reach: 'public' })
  for (const secret of [undefined, '', 'short-secret'])
    expect(create(secret)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('short-secret') }),
    )
  const { url } = await startReceiver((response) => response.writeHead(500).end(`your secret is ${SECRET}`))
  const webhook = manifest.create({ url, secret: SECRET }, { clock: manualClock(NOW), reach: 'any' })
  await expect(webhook.send(messageOf(), { signal: ALWAYS })).rejects.toMatchObject({
    message: expect.not.stringContaining(SECRET),
  })
})
