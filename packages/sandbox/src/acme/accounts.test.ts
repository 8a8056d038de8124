import { describe, expect, it } from 'vitest'
import { type Client, createClient, KEYS, publicJwk, signJws, startCa } from './acme.test.support.ts'

const URN = 'urn:ietf:params:acme:error:'
const agreed = { termsOfServiceAgreed: true }

describe('an account', () => {
  it('is made once for each key, when the terms are agreed to', async () => {
    const ca = await startCa()
    const client = createClient(ca)
    const url = `${client.base}/new-account`
    expect(await client.post(url, { onlyReturnExisting: true })).toMatchObject({ body: { type: `${URN}accountDoesNotExist` } })
    const asked = await client.post(url, {})
    expect(asked).toMatchObject({ status: 403, body: { type: `${URN}userActionRequired` } })
    expect(asked.headers.link).toContain(`<${client.base}/terms>;rel="terms-of-service"`)
    const made = await client.post(url, { ...agreed, contact: ['mailto:a@example.test'] })
    expect(made.status).toBe(201)
    // RFC 8555 §7.1.2, and nothing else.
    expect(made.body).toEqual({
      status: 'valid',
      contact: ['mailto:a@example.test'],
      termsOfServiceAgreed: true,
      orders: `${made.headers.location}/orders`,
    })
    const again = await client.post(url, { onlyReturnExisting: true })
    expect(again).toMatchObject({ status: 200, headers: { location: made.headers.location }, body: made.body })
    expect(await client.exchange(`${client.base}/terms`)).toMatchObject({ status: 200, text: expect.stringContaining('tests') })
  })

  it('has contacts that mail could go to, and can change them', async () => {
    const client = createClient(await startCa())
    for (const [contact, type] of [
      [['tel:+1'], 'unsupportedContact'],
      [['mailto:'], 'invalidContact'],
      [['mailto:a@example.test,b@example.test'], 'invalidContact'],
      [['mailto:a@example.test?subject=x'], 'invalidContact'],
      [['mailto:a@localhost'], 'invalidContact'],
      [['mailto:..@b.test'], 'invalidContact'],
      [['mailto:a.@b.test'], 'invalidContact'],
      [['mailto:.a@b.test'], 'invalidContact'],
      [['mailto:a..b@c.test'], 'invalidContact'],
      [['mailto:@b.test'], 'invalidContact'],
      [['mailto:b.test'], 'invalidContact'],
      [['mailto:a@b@c.test'], 'invalidContact'],
      [['mailto:\u212a@b.test'], 'invalidContact'],
      [[`mailto:${'a'.repeat(65)}@b.test`], 'invalidContact'],
      [[`mailto:a@b.${'t'.repeat(64)}`], 'invalidContact'],
      [Array(11).fill('mailto:a@example.test'), 'invalidContact'],
      [[7], 'malformed'],
      ['mailto:a@example.test', 'malformed'],
    ] as [unknown, string][]) {
      const reply = await client.post(`${client.base}/new-account`, { ...agreed, contact })
      expect(reply, JSON.stringify(contact)).toMatchObject({ status: 400, body: { type: URN + type } })
    }
    const good = ['mailto:a@example.test', `mailto:a.b+c.${'d'.repeat(58)}@b.${'t'.repeat(63)}`, 'MAILTO:A@B.test']
    expect((await client.register(good)).status).toBe(201)
    const changed = await client.post(client.kid, { contact: ['mailto:b@example.test'], status: 'valid', orders: 'x' })
    expect(changed.body).toMatchObject({ contact: ['mailto:b@example.test'], status: 'valid', orders: `${client.kid}/orders` })
    expect((await client.post(client.kid)).body).toEqual(changed.body)
  })

  it('ends with what it has under way', async () => {
    const client = createClient(await startCa())
    await client.register()
    await client.order('a.example.test')
    expect((await client.post(client.kid, { status: 'deactivated' })).body).toMatchObject({ status: 'deactivated' })
    const kid = client.kid
    expect(await client.post(kid)).toMatchObject({ status: 401, body: { type: `${URN}unauthorized` } })
    client.kid = ''
    expect(await client.post(`${client.base}/new-account`, agreed)).toMatchObject({ status: 401 })
  })

  it('sees nothing of another', async () => {
    const ca = await startCa()
    const [one, two] = [createClient(ca), createClient(ca)]
    await one.register()
    await two.register()
    const order = await one.order('a.example.test')
    const [authorization = ''] = order.body.authorizations
    const [challenge] = (await one.post(authorization)).body.challenges
    const { url: certificate } = await one.issue('b.example.test')
    for (const url of [
      one.kid,
      `${one.kid}/orders`,
      order.url,
      order.body.finalize,
      authorization,
      challenge?.url ?? '',
      certificate,
    ]) {
      expect(await two.post(url, undefined), url).toMatchObject({ status: 403, body: { type: `${URN}unauthorized` } })
      const nobodys = url.replace(/[\w-]{16}(?=$|\/)/, 'A'.repeat(16))
      expect(await two.post(nobodys, undefined), nobodys).toMatchObject({ status: 404, body: { type: `${URN}malformed` } })
    }
  })

  it('lists its orders by pages', async () => {
    const client = createClient(await startCa())
    await client.register()
    const made: string[] = []
    for (let at = 0; at < 51; at += 1) made.push((await client.order(`n${at}.example.test`)).url)
    const first = await client.post(`${client.kid}/orders`)
    const [, next = ''] = /<([^>]+)>;rel="next"/.exec(String(first.headers.link)) ?? []
    const second = await client.post(next)
    expect([...first.body.orders, ...second.body.orders]).toEqual(made)
    expect(second.headers.link).not.toContain('next')
    expect(await client.post(`${client.kid}/orders?after=x`)).toMatchObject({ status: 400 })
  })
})

describe('a key change', () => {
  const inner = (client: Client, key = KEYS.ES256(), wrong: { header?: object; payload?: object } = {}) => {
    const header = { alg: 'ES256', jwk: publicJwk(key), url: `${client.base}/key-change`, ...wrong.header }
    return signJws(header, { account: client.kid, oldKey: client.jwk(), ...wrong.payload }, key)
  }

  it('takes the account to the new key', async () => {
    const client = createClient(await startCa())
    await client.register()
    const old = client.key
    const next = KEYS.ES256()
    const changed = await client.post(`${client.base}/key-change`, inner(client, next))
    expect(changed).toMatchObject({ status: 200, headers: { location: client.kid } })
    expect(await client.post(client.kid)).toMatchObject({ body: { type: `${URN}malformed` } })
    client.key = next
    expect((await client.post(client.kid)).status).toBe(200)
    expect((await client.issue('a.example.test')).pem).toContain('BEGIN')
    const back = await client.post(`${client.base}/key-change`, inner(client, old))
    expect(back.status).toBe(200)
  })

  it('is refused when anything in it does not fit', async () => {
    const ca = await startCa()
    const [client, other] = [createClient(ca), createClient(ca)]
    await client.register()
    await other.register()
    const url = `${client.base}/key-change`
    const taken = await client.post(url, inner(client, other.key))
    expect(taken).toMatchObject({ status: 409, headers: { location: other.kid } })
    expect(await client.post(url, inner(client, client.key))).toMatchObject({ status: 409 })
    for (const wrong of [
      { header: { nonce: 'AAAA' } },
      { header: { url: client.base } },
      { header: { jwk: undefined, kid: client.kid } },
      { header: { jwk: publicJwk(KEYS.ES256()) } },
      { payload: { account: other.kid } },
      { payload: { oldKey: other.jwk() } },
      { payload: { oldKey: undefined } },
    ]) {
      const reply = await client.post(url, inner(client, undefined, wrong))
      expect(reply.body.type, JSON.stringify(wrong)).toMatch(/malformed|badPublicKey/)
    }
  })
})
