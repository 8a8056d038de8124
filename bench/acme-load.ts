import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { Agent, request } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { inParallel } from '@domainctl/core'

/** The least that a client can do: it holds up a CA as little as Node can. */
export interface LoadOptions {
  directoryUrl: string
  /** PEM. */
  roots: string
  names: readonly string[]
  /** One for each name, in DER. */
  requests: readonly Uint8Array[]
  inFlight: number
  /** Has the TXT record at the server that the CA asks, or no more. */
  publish(name: string, value: string, present: boolean): Promise<void>
}

interface Reply {
  status: number
  location: string
  body: string
}

interface Resource {
  status: string
  authorizations: string[]
  challenges: { type: string; url: string; token: string }[]
  finalize: string
  certificate: string
}

/** Gets a certificate for each name, with validation. @returns certificates a second */
export async function certificatesPerSecond(o: LoadOptions): Promise<number> {
  const agent = new Agent({ ca: o.roots, keepAlive: true, maxSockets: o.inFlight })
  const client = await register(o.directoryUrl, agent)
  const started = performance.now()
  await inParallel(o.names, o.inFlight, async (name) => {
    const csr = o.requests[o.names.indexOf(name)]
    if (!csr) throw new Error(`no request for ${name}`)
    await issue(client, name, csr, o.publish)
  })
  const seconds = (performance.now() - started) / 1000
  agent.destroy()
  return o.names.length / seconds
}

type Client = Awaited<ReturnType<typeof register>>

async function issue(client: Client, name: string, csr: Uint8Array, publish: LoadOptions['publish']): Promise<void> {
  const created = await client.post(client.urls.newOrder, { identifiers: [{ type: 'dns', value: name }] })
  const order: Resource = JSON.parse(created.body)
  const written: [name: string, value: string][] = []
  for (const url of order.authorizations) {
    const { challenges }: Resource = JSON.parse((await client.post(url)).body)
    const challenge = challenges.find(({ type }) => type === 'dns-01')
    if (!challenge) throw new Error(`${url} offers no dns-01`)
    const digest = createHash('sha256').update(`${challenge.token}.${client.thumbprint}`).digest('base64url')
    written.push([`_acme-challenge.${name}`, digest])
    await publish(`_acme-challenge.${name}`, digest, true)
    await client.post(challenge.url, {})
  }
  await reach(client, created.location, 'ready')
  await client.post(order.finalize, { csr: Buffer.from(csr).toString('base64url') })
  const { certificate } = await reach(client, created.location, 'valid')
  await client.post(certificate)
  for (const [at, value] of written) await publish(at, value, false)
}

async function reach(client: Client, url: string, status: string): Promise<Resource> {
  for (;;) {
    const resource: Resource = JSON.parse((await client.post(url)).body)
    if (resource.status === status) return resource
    if (resource.status === 'invalid') throw new Error(`${url} became invalid`)
    await sleep(3)
  }
}

async function register(directoryUrl: string, agent: Agent) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key: KeyObject = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const { crv, kty, x, y } = key.export({ format: 'jwk' })
  const jwk = { crv, kty, x, y }
  const thumbprint = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url')
  const nonces: string[] = []
  let account = ''

  const send = (method: string, url: string, body?: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    const headers = { 'user-agent': 'bench', ...(body !== undefined && { 'content-type': 'application/jose+json' }) }
    const sent = request(url, { method, agent, headers }, async (response) => {
      const nonce = response.headers['replay-nonce']
      if (typeof nonce === 'string') nonces.push(nonce)
      const { statusCode: status = 0, headers } = response
      resolve({ status, location: headers.location ?? '', body: await text(response) })
    })
    sent.on('error', reject)
    // Pebble can lock itself up under load: then there is no figure, rather than no end.
    sent.setTimeout(5_000, () => sent.destroy(new Error(`${url} did not answer within 5 s`)))
    sent.end(body)
    return promise
  }
  const urls: { newNonce: string; newAccount: string; newOrder: string } = JSON.parse((await send('GET', directoryUrl)).body)
  const post = async (url: string, payload?: object): Promise<Reply> => {
    if (nonces.length === 0) await send('HEAD', urls.newNonce)
    const protectedHeader = { alg: 'ES256', nonce: nonces.pop(), url, ...(account === '' ? { jwk } : { kid: account }) }
    const encode = (part: object | undefined) => (part ? Buffer.from(JSON.stringify(part)).toString('base64url') : '')
    const [head, body] = [encode(protectedHeader), encode(payload)]
    const signature = sign('sha256', Buffer.from(`${head}.${body}`), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
    const reply = await send('POST', url, JSON.stringify({ protected: head, payload: body, signature }))
    if (reply.status >= 400) throw new Error(`${url} answered ${reply.status}: ${reply.body}`)
    return reply
  }
  account = (await post(urls.newAccount, { termsOfServiceAgreed: true })).location
  return { urls, thumbprint, post }
}
