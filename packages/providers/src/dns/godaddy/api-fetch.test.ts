import { afterEach, beforeEach, expect, it } from 'vitest'
import { type LoopbackApi, SECRET, startLoopbackApi } from './loopback-api.test.fixture.ts'
import { ALWAYS, providerAt, ZONE } from './subject.test.fixture.ts'

let api: LoopbackApi
beforeEach(async () => {
  api = await startLoopbackApi('example.test')
})
afterEach(() => api.close())

it('an answer without an end is given up', async () => {
  api.script('GET ', ...Array(5).fill({ status: 200, body: `"${'x'.repeat(16 * 1024 * 1024)}"` }))
  await expect(providerAt(api).getRRset(ZONE, 'www.example.test', 'TXT', ALWAYS)).rejects.toMatchObject({
    code: 'PROVIDER_UNREACHABLE',
    message: expect.stringContaining('more than 16 MiB'),
  })
})

it('a refusal that quotes the credentials in base64 shows none of them', async () => {
  const quoted = Buffer.from(`user:${SECRET}`).toString('base64url')
  api.script('GET ', { status: 400, body: { code: 'INVALID', message: `Not: ${quoted}` } })
  const error = await providerAt(api)
    .getRRset(ZONE, 'www.example.test', 'TXT', ALWAYS)
    .catch((error) => error)
  expect(error.message).toMatch(/Not: .*…/)
  expect(error.message).not.toContain(quoted.slice(8, -3))
})
