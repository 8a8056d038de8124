import { describe, expect, it } from 'vitest'
import { createClient, makeCsr, NOW, startCa } from './acme.test.support.ts'

const URN = 'urn:ietf:params:acme:error:'
const DAY_MS = 86_400_000

describe('the settings', () => {
  it('refuse good nonces', async () => {
    const ca = await startCa({ nonceReject: 1 })
    const client = createClient(ca)
    const refused = await client.register()
    expect(refused).toMatchObject({ status: 400, body: { type: `${URN}badNonce` } })
    ca.settings.nonceReject = 0
    client.kid = ''
    expect((await client.register()).status).toBe(201)
    ca.settings.nonceReject = 0.5
    const statuses = await Promise.all(Array.from({ length: 64 }, async () => (await client.post(client.kid)).status))
    expect(new Set(statuses)).toEqual(new Set([200, 400]))
  })

  it('delay every answer by the clock', async () => {
    const ca = await startCa({ delayMs: 5000 })
    const { exchange } = createClient(ca)
    await exchange(ca.directoryUrl)
    await exchange(`${ca.directoryUrl}/nowhere`)
    expect(ca.clock.now().getTime() - NOW.getTime()).toBe(10_000)
  })

  it('keep orders processing, for so many looks', async () => {
    const ca = await startCa({ processingLooks: 2, retryAfter: { order: new Date('2026-06-01T12:01:00Z') } })
    const client = createClient(ca)
    await client.register()
    const order = await client.ready('a.example.test')
    const { csr } = await makeCsr(['a.example.test'])
    const first = await client.post(order.body.finalize, { csr })
    expect(first).toMatchObject({ body: { status: 'processing' }, headers: { 'retry-after': 'Mon, 01 Jun 2026 12:01:00 GMT' } })
    expect(first.body.certificate).toBeUndefined()
    expect((await client.post(order.body.finalize, { csr })).status).toBe(403)
    const looks = [await client.post(order.url), await client.post(order.url), await client.post(order.url)]
    expect(looks.map(({ body }) => body.status)).toEqual(['processing', 'processing', 'valid'])
  })

  it('reuse the proofs of an account, as long as they last', async () => {
    const ca = await startCa({ reuseAuthorizations: true })
    const client = createClient(ca)
    await client.register()
    const first = await client.ready('a.example.test')
    const second = await client.order('a.example.test')
    expect(second.body).toMatchObject({ status: 'ready', authorizations: first.body.authorizations })
    expect((await client.order('*.a.example.test')).body).toMatchObject({ status: 'pending' })
    ca.clock.advance(30 * DAY_MS)
    expect((await client.order('a.example.test')).body).toMatchObject({ status: 'pending' })
    ca.settings.reuseAuthorizations = false
    await client.ready('c.example.test')
    expect((await client.order('c.example.test')).body).toMatchObject({ status: 'pending' })
  })
})

describe('time', () => {
  it('ends orders and authorizations', async () => {
    const ca = await startCa()
    const client = createClient(ca)
    await client.register()
    const [pending, ready] = [await client.order('a.example.test'), await client.ready('b.example.test')]
    ca.clock.advance(7 * DAY_MS)
    expect((await client.post(pending.url)).body).toMatchObject({ status: 'invalid' })
    expect((await client.post(ready.url)).body).toMatchObject({ status: 'invalid', error: { detail: 'The order has expired.' } })
    const [authorization = ''] = pending.body.authorizations
    const expired = await client.post(authorization)
    expect(expired.body).toMatchObject({ status: 'expired' })
    const [challenge] = expired.body.challenges
    expect(await client.post(challenge?.url ?? '', {})).toMatchObject({ status: 400 })
    expect(await client.post(authorization, { status: 'deactivated' })).toMatchObject({ status: 400 })
  })

  it('does not bring back what was deactivated', async () => {
    const client = createClient(await startCa())
    await client.register()
    const order = await client.ready('a.example.test')
    const [authorization = ''] = order.body.authorizations
    expect(await client.post(authorization, { status: 'valid' })).toMatchObject({ status: 400 })
    expect((await client.post(authorization, { status: 'deactivated' })).body).toMatchObject({ status: 'deactivated' })
    expect((await client.post(order.url)).body).toMatchObject({ status: 'invalid', error: { type: `${URN}unauthorized` } })
  })
})
