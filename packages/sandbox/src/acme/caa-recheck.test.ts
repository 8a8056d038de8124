import { describe, expect, it, vi } from 'vitest'
import { createClient, makeCsr, startCa } from './acme.test.support.ts'
import { AcmeProblem } from './problem.ts'
import type { CaaClaim } from './validation.ts'

const URN = 'urn:ietf:params:acme:error:'
const HOUR_MS = 3_600_000

/** A CA with a registered client, and what its look-ups of CAA make of a name. */
async function open(settings: Parameters<typeof startCa>[0] = {}) {
  const caa = vi.fn(async (_: CaaClaim) => {})
  const ca = await startCa(settings, { caa })
  const client = createClient(ca)
  await client.register()
  const finalize = async (order: { body: { finalize: string } }, ...names: string[]) =>
    client.post(order.body.finalize, { csr: (await makeCsr(names)).csr })
  return { ca, caa, client, finalize }
}

const forbid = async ({ name }: CaaClaim) => {
  throw new AcmeProblem('caa', 403, `CAA forbids ${name}`)
}

describe('CAA is looked at again when the order is finalized', () => {
  it('eight hours after the proof, not before', async () => {
    const { ca, caa, client, finalize } = await open()
    const [first, second] = [await client.ready('a.example.test'), await client.ready('*.b.example.test')]
    expect(caa).toHaveBeenCalledTimes(2)
    ca.clock.advance(8 * HOUR_MS)
    expect((await finalize(first, 'a.example.test')).body.status).toBe('valid')
    expect(caa).toHaveBeenCalledTimes(2)
    ca.clock.advance(1)
    expect((await finalize(second, '*.b.example.test')).body.status).toBe('valid')
    expect(caa).toHaveBeenCalledTimes(3)
    const claim = { name: 'b.example.test', wildcard: true, accountUrl: client.kid, method: 'dns-01' }
    expect(caa).toHaveBeenLastCalledWith(claim, expect.any(AbortSignal))
  })

  it('of an order that was left ready for days, which ends when it forbids by now', async () => {
    const { ca, caa, client, finalize } = await open()
    const order = await client.ready('a.example.test')
    ca.clock.advance(6 * 24 * HOUR_MS)
    caa.mockImplementation(forbid)
    const problem = { type: `${URN}caa`, detail: 'CAA forbids a.example.test', status: 403 }
    expect(await finalize(order, 'a.example.test')).toMatchObject({ status: 403, body: problem })
    const ended = await client.post(order.url)
    expect(ended.body).toMatchObject({ status: 'invalid', error: problem })
    expect(ended.body.certificate).toBeUndefined()
    caa.mockImplementation(async () => {})
    expect(await finalize(order, 'a.example.test')).toMatchObject({ status: 403, body: { type: `${URN}orderNotReady` } })
    expect((await client.issue('a.example.test')).pem).toContain('BEGIN')
  })

  it('of a proof that was taken over after 20 days, and of no other', async () => {
    const { ca, caa, client, finalize } = await open({ reuseAuthorizations: true })
    await client.issue('a.example.test')
    ca.clock.advance(20 * 24 * HOUR_MS)
    const order = await client.ready('a.example.test', 'b.example.test')
    caa.mockClear().mockImplementation(forbid)
    expect(await finalize(order, 'a.example.test', 'b.example.test')).toMatchObject({
      status: 403,
      body: { type: `${URN}caa`, detail: 'CAA forbids a.example.test' },
    })
    expect(caa.mock.calls.map(([{ name }]) => name)).toEqual(['a.example.test'])
    // The proof itself holds.
    const [authorization = ''] = order.body.authorizations
    expect((await client.post(authorization)).body.status).toBe('valid')
  })

  it('for names of a request that fits, whose order nobody else takes meanwhile', async () => {
    const { ca, caa, client, finalize } = await open()
    const order = await client.ready('a.example.test')
    ca.clock.advance(9 * HOUR_MS)
    const [looking, seen] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    caa.mockClear().mockImplementation(() => {
      looking.resolve()
      return seen.promise
    })
    expect((await finalize(order, 'b.example.test')).body.type).toBe(`${URN}badCSR`)
    expect(caa).not.toHaveBeenCalled()
    const first = finalize(order, 'a.example.test')
    await looking.promise
    expect((await finalize(order, 'a.example.test')).body.type).toBe(`${URN}orderNotReady`)
    seen.resolve()
    expect((await first).body.status).toBe('valid')
  })

  it('and a failure of the look-up is a refusal, not a crash', async () => {
    const { ca, caa, client, finalize } = await open()
    const order = await client.ready('a.example.test', 'b.example.test')
    ca.clock.advance(9 * HOUR_MS)
    caa.mockImplementation(() => Promise.reject(new TypeError('inside')))
    const refused = await finalize(order, 'a.example.test', 'b.example.test')
    expect(refused).toMatchObject({ status: 500, body: { type: `${URN}serverInternal` } })
    expect(refused.text).not.toContain('inside')
    expect((await client.post(order.url)).body).toMatchObject({ status: 'invalid' })
  })
})
