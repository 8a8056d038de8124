import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { createClient, makeCsr, startCa } from './acme.test.support.ts'

const URN = 'urn:ietf:params:acme:error:'
const PROFILES = {
  classic: { description: 'The default.' },
  shortlived: { description: 'Six days.', lifetimeSeconds: 6 * 86_400, maxNames: 2 },
}

async function open() {
  const ca = await startCa({ profiles: PROFILES })
  const client = createClient(ca)
  await client.register()
  return { ca, client }
}

it('profiles are in the directory, in orders, and decide how long certificates live', async () => {
  const { ca, client } = await open()
  const { body } = await client.exchange(ca.directoryUrl)
  expect(body).toMatchObject({ meta: { profiles: { classic: 'The default.', shortlived: 'Six days.' } } })
  for (const [asked, named, days] of [
    [undefined, 'classic', 90],
    ['classic', 'classic', 90],
    ['shortlived', 'shortlived', 6],
  ] as const) {
    const order = await client.orderWith({ profile: asked }, 'a.example.test')
    expect(order).toMatchObject({ status: 201, body: { profile: named } })
    await client.prove(order)
    const leaf = new X509Certificate((await client.finish(order, 'a.example.test')).pem)
    expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBe(days * 86_400_000)
    expect((await client.post(order.url)).body.profile).toBe(named)
  }
})

it('profiles that are not there are refused, and so are more names than one allows', async () => {
  const { ca, client } = await open()
  for (const profile of ['tlsclient', '', 'constructor', '__proto__'])
    expect(await client.orderWith({ profile }, 'a.example.test'), profile).toMatchObject({
      status: 400,
      body: { type: `${URN}invalidProfile` },
    })
  expect(await client.orderWith({ profile: 7 }, 'a.example.test')).toMatchObject({ body: { type: `${URN}malformed` } })
  const three = ['a.example.test', 'b.example.test', 'c.example.test']
  expect(await client.orderWith({ profile: 'shortlived' }, ...three)).toMatchObject({ body: { type: `${URN}malformed` } })
  expect((await client.order(...three)).status).toBe(201)

  const order = await client.orderWith({ profile: 'shortlived' }, 'a.example.test')
  await client.prove(order)
  const { csr } = await makeCsr(['a.example.test'])
  ca.settings.profiles = { classic: PROFILES.classic }
  expect(await client.post(order.body.finalize, { csr })).toMatchObject({ body: { type: `${URN}invalidProfile` } })
  ca.settings.profiles = PROFILES
  expect((await client.post(order.body.finalize, { csr })).body.status).toBe('valid')
})

it('a CA without profiles takes no notice of the member', async () => {
  const client = createClient(await startCa())
  await client.register()
  const order = await client.orderWith({ profile: 'classic' }, 'a.example.test')
  expect([order.status, order.body.profile]).toEqual([201, undefined])
})
