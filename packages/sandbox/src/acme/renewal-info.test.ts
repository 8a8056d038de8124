import 'reflect-metadata'
import { X509Certificate } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { describe, expect, it } from 'vitest'
import { type Ca, createClient, NOW, startCa } from './acme.test.support.ts'
import type { CaSettings } from './settings.ts'

const URN = 'urn:ietf:params:acme:error:'
const DAY_MS = 86_400_000

async function open(settings: Partial<CaSettings> = {}) {
  const ca = await startCa(settings)
  const client = createClient(ca)
  await client.register()
  return { ca, client, asked: (id: string) => client.exchange(`${client.base}/renewal-info/${id}`) }
}

/** As RFC 9773 §4.1 has it, read by another library than the one that signs. */
function renewalId(pem: string): string {
  const certificate = new x509.X509Certificate(pem.slice(0, pem.indexOf('-----END CERTIFICATE-----') + 25))
  const keyId = certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId ?? ''
  return [keyId, certificate.serialNumber].map((hex) => Buffer.from(hex, 'hex').toString('base64url')).join('.')
}

const inDays = (days: number) => new Date(NOW.getTime() + days * DAY_MS).toISOString().replace('.000Z', 'Z')

describe('renewal information', () => {
  it.each<[number, number, number]>([
    [90, 59.1, 60.9],
    [6, 2.94, 3.06],
  ])('of %d days: to be renewed between day %d and day %d', async (days, start, end) => {
    const { ca, client, asked } = await open({ lifetimeSeconds: days * 86_400 })
    const { pem } = await client.issue('a.example.test')
    expect((await client.exchange(ca.directoryUrl)).body.renewalInfo).toBe(`${client.base}/renewal-info`)
    expect(await asked(renewalId(pem))).toMatchObject({
      status: 200,
      headers: { 'retry-after': '21600', 'content-type': 'application/json' },
      body: { suggestedWindow: { start: inDays(start), end: inDays(end) } },
    })
    expect(ca.requests.renewalInfo).toBe(1)
  })

  it('can be moved, explained, and put back; is over when the certificate is revoked', async () => {
    const { ca, client, asked } = await open({ retryAfter: { renewalInfo: 60 } })
    const { pem, der } = await client.issue('a.example.test')
    const id = renewalId(pem)
    const before = (await asked(id)).body
    const window = { start: NOW, end: new Date(NOW.getTime() + DAY_MS), explanationURL: 'https://ca.example.test/incident' }
    ca.setRenewalWindow(pem, window)
    const moved = { suggestedWindow: { start: inDays(0), end: inDays(1) }, explanationURL: window.explanationURL }
    const reply = await asked(id)
    expect(reply.body).toEqual(moved)
    expect(reply.headers['retry-after']).toBe('60')
    ca.setRenewalWindow(new X509Certificate(pem), undefined)
    expect((await asked(id)).body).toEqual(before)
    ca.setRenewalWindow(id, window)
    await client.post(`${client.base}/revoke-cert`, { certificate: der })
    const { suggestedWindow } = (await asked(id)).body
    expect(new Date(suggestedWindow.end) < NOW && suggestedWindow.start < suggestedWindow.end).toBe(true)
  })

  it('is there for its certificates alone', async () => {
    const { ca, client, asked } = await open()
    const [key = '', serial = ''] = renewalId((await client.issue('a.example.test')).pem).split('.')
    for (const id of ['x', '.a', `${key}.`, `${key}.${serial}.${serial}`, `${key}.${serial}=`, `${key}.a*`])
      expect(await asked(id), id).toMatchObject({ status: 400, body: { type: `${URN}malformed` } })
    for (const id of [`${serial}.${key}`, `${key}.AAAA`, `AAAA.${serial}`])
      expect(await asked(id), id).toMatchObject({ status: 404, body: { type: `${URN}malformed` } })
    expect(await client.post(`${client.base}/renewal-info/${key}.${serial}`)).toMatchObject({ status: 405 })
    const fault = ca.addFault({ resource: 'renewalInfo', answer: { status: 503, type: 'serverInternal', detail: 'Down.' } })
    expect(await asked(`${key}.${serial}`)).toMatchObject({ status: 503 })
    expect(fault.hits).toBe(1)
  })

  it('refuses a window that is none, and a certificate that it does not know', async () => {
    const { ca, client } = await open()
    const { pem } = await client.issue('a.example.test')
    const usage = expect.objectContaining({ code: 'USAGE' })
    const good = { start: NOW, end: new Date(NOW.getTime() + 1) }
    for (const wrong of [
      { start: NOW, end: NOW },
      { start: NOW, end: new Date(Number.NaN) },
      { ...good, explanationURL: 'x' },
    ])
      expect(() => ca.setRenewalWindow(pem, wrong)).toThrow(usage)
    for (const other of [ca.issuerRoot, 'x', '']) expect(() => ca.setRenewalWindow(other, good)).toThrow(usage)
  })

  it('can be left out', async () => {
    const { ca, client, asked } = await open({ renewalInfo: false })
    expect((await client.exchange(ca.directoryUrl)).body.renewalInfo).toBeUndefined()
    const { pem } = await client.issue('a.example.test')
    expect((await asked(renewalId(pem))).status).toBe(404)
    const order = await client.orderWith({ replaces: renewalId(pem) }, 'a.example.test')
    expect([order.status, order.body.replaces]).toEqual([201, undefined])
  })
})

describe('an order that replaces a certificate', () => {
  const replacing = async (ca: Ca) => {
    const client = createClient(ca)
    await client.register()
    const replaces = renewalId((await client.issue('a.example.test', 'b.example.test')).pem)
    return { client, replaces }
  }

  it('says so, and is the only one', async () => {
    const { client, replaces } = await replacing(await startCa())
    const order = await client.orderWith({ replaces }, 'b.example.test', 'c.example.test')
    expect(order).toMatchObject({ status: 201, body: { replaces } })
    expect((await client.post(order.url)).body.replaces).toBe(replaces)
    const second = await client.orderWith({ replaces }, 'a.example.test')
    expect(second).toMatchObject({ status: 409, body: { type: `${URN}alreadyReplaced`, status: 409 } })
    await client.prove(order)
    await client.finish(order, 'b.example.test', 'c.example.test')
    expect((await client.orderWith({ replaces }, 'a.example.test')).status).toBe(409)
    expect((await client.order('a.example.test')).status).toBe(201)
  })

  it.each(['fails', 'expires'])('frees the certificate when it %s', async (how) => {
    const ca = await startCa()
    const { client, replaces } = await replacing(ca)
    const order = await client.orderWith({ replaces }, 'a.example.test')
    if (how === 'fails') await client.post(order.body.authorizations[0] ?? '', { status: 'deactivated' })
    else ca.clock.advance(7 * DAY_MS)
    expect(await client.orderWith({ replaces }, 'a.example.test')).toMatchObject({ status: 201, body: { replaces } })
    expect((await client.orderWith({ replaces }, 'a.example.test')).status).toBe(409)
  })

  it('is refused when it has no name of it, another account, or none to replace', async () => {
    const ca = await startCa()
    const [{ client, replaces }, { client: other }] = [await replacing(ca), await replacing(ca)]
    for (const [by, wrong, name, status, type] of [
      [client, replaces, 'c.example.test', 400, 'malformed'],
      [other, replaces, 'a.example.test', 403, 'unauthorized'],
      [client, 7, 'a.example.test', 400, 'malformed'],
      [client, 'x', 'a.example.test', 400, 'malformed'],
      [client, 'AAAA.AAAA', 'a.example.test', 404, 'malformed'],
    ] as const)
      expect(await by.orderWith({ replaces: wrong }, name)).toMatchObject({ status, body: { type: URN + type } })
    expect((await client.orderWith({ replaces }, 'a.example.test')).status).toBe(201)
  })
})
