import { describe, expect, it, vi } from 'vitest'
import { createClient, makeCsr, startCa } from './acme.test.support.ts'
import type { Fault } from './settings.ts'

const URN = 'urn:ietf:params:acme:error:'

describe('faults', () => {
  it('answer the request they are for, and end', async () => {
    const ca = await startCa()
    const client = createClient(ca)
    await client.register()
    const answer = { status: 429, type: 'rateLimited', detail: 'Enough.', retryAfter: '86400' }
    const fault = ca.addFault({ resource: 'newOrder', nth: 2, answer })
    expect((await client.order('a.example.test')).status).toBe(201)
    expect(fault.hits).toBe(0)
    expect(await client.order('b.example.test')).toMatchObject({
      status: 429,
      headers: { 'retry-after': '86400', 'content-type': 'application/problem+json', 'replay-nonce': expect.any(String) },
      body: { type: `${URN}rateLimited`, detail: 'Enough.', status: 429 },
    })
    expect((await client.order('c.example.test')).status).toBe(201)
    expect(fault.hits).toBe(1)
    expect((await client.post(`${client.kid}/orders`)).body.orders).toHaveLength(2)
  })

  it('strike every time until they are taken away', async () => {
    const ca = await startCa()
    const { exchange } = createClient(ca)
    const fault = ca.addFault({ resource: 'directory', answer: { status: 503, type: 'about:blank', detail: 'Down.' } })
    for (let at = 0; at < 2; at += 1)
      expect(await exchange(ca.directoryUrl)).toMatchObject({ status: 503, body: { type: 'about:blank' } })
    fault.remove()
    expect((await exchange(ca.directoryUrl)).status).toBe(200)
    expect(ca.requests.directory).toBe(3)
    expect(fault.hits).toBe(2)
  })

  it('hang up after the request was carried out', async () => {
    const ca = await startCa()
    const client = createClient(ca)
    await client.register()
    ca.addFault({ resource: 'newOrder', nth: 1, answer: 'hang-up' })
    await expect(client.order('a.example.test')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect((await client.post(`${client.kid}/orders`)).body.orders).toHaveLength(1)
    const fault = ca.addFault({ resource: 'newOrder', nth: 1, answer: 'hang-up' })
    await expect(client.order('')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(fault.hits).toBe(1)
  })

  it('cut an answer off after the request was carried out', async () => {
    const ca = await startCa()
    const client = createClient(ca)
    await client.register()
    const fault = ca.addFault({ resource: 'newOrder', nth: 1, answer: 'cut-off' })
    await expect(client.order('a.example.test')).rejects.toThrow(SyntaxError)
    expect(fault.hits).toBe(1)
    expect((await client.post(`${client.kid}/orders`)).body.orders).toHaveLength(1)
  })

  it('that cannot be written end the connection, not the CA', async () => {
    const ca = await startCa()
    const { exchange } = createClient(ca)
    ca.addFault({ resource: 'directory', nth: 1, answer: { status: 503, type: 'x', detail: '', retryAfter: 'a\nb' } })
    await expect(exchange(ca.directoryUrl)).rejects.toThrow()
    expect((await exchange(ca.directoryUrl)).status).toBe(200)
  })

  it('let an answer wait, and are counted once the request has been carried out', async () => {
    const [looking, seen] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const caa = vi.fn(async () => {})
    const ca = await startCa({}, { caa })
    const client = createClient(ca)
    await client.register()
    const order = await client.ready('a.example.test')
    ca.clock.advance(9 * 3_600_000)
    caa.mockImplementation(() => {
      looking.resolve()
      return seen.promise
    })
    const [carriedOut, answering] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const until = () => {
      carriedOut.resolve()
      return answering.promise
    }
    const fault = ca.addFault({ resource: 'finalize', nth: 1, answer: { until } })
    const finalized = client.post(order.body.finalize, { csr: (await makeCsr(['a.example.test'])).csr })
    await looking.promise
    expect(fault.hits).toBe(0)
    seen.resolve()
    await carriedOut.promise
    expect(fault.hits).toBe(1)
    expect((await client.post(order.url)).body).toMatchObject({ status: 'valid' })
    answering.resolve()
    expect((await finalized).body).toMatchObject({ status: 'valid' })
  })

  it.each<[string, Record<string, unknown>]>([
    ['nth of a fault', { nth: 0 }],
    ['nth of a fault', { nth: -1 }],
    ['nth of a fault', { nth: 1.5 }],
    ['nth of a fault', { nth: Number.NaN }],
    ['The resource of a fault', { resource: 'neworder' }],
    ['The resource of a fault', { resource: 'constructor' }],
    ['The status of a fault', { answer: { status: 200, type: 'x', detail: '' } }],
    ['The status of a fault', { answer: { status: 399, type: 'x', detail: '' } }],
    ['The status of a fault', { answer: { status: 600, type: 'x', detail: '' } }],
    ['The status of a fault', { answer: { status: 404.5, type: 'x', detail: '' } }],
    ['The status of a fault', { answer: 'hangup' }],
    ['The status of a fault', { answer: { until: 5 } }],
    ['The status of a fault', { answer: null }],
  ])('that could strike nothing are refused: %s %j', async (what, wrong) => {
    const { addFault, ...ca } = await startCa()
    // As somebody without types writes it.
    const fault = { resource: 'directory', answer: 'hang-up', ...wrong } as unknown as Fault
    expect(() => addFault(fault)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: expect.stringContaining(what),
        hint: expect.stringMatching(/^Such as /),
      }),
    )
    expect((await createClient({ addFault, ...ca }).exchange(ca.directoryUrl)).status).toBe(200)
  })
})
