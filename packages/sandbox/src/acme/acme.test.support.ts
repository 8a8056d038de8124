import 'reflect-metadata'
import { generateKeyPairSync, type KeyObject, sign, webcrypto } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import { systemRandom } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509'
import { onTestFinished } from 'vitest'
import { createAuthority } from '../x509/authority.ts'
import { readCertificateRequest } from '../x509/request.ts'
import { createServerCertificate } from '../x509/server-certificate.ts'
import type { CertificateAuthority } from './certificate-authority.ts'
import type { LedgerLimits } from './ledger.ts'
import type { CaSettings } from './settings.ts'
import { startCertificateAuthority } from './start-certificate-authority.ts'
import type { Validation } from './validation.ts'

export const NOW = new Date('2026-06-01T12:00:00Z')

export type Ca = CertificateAuthority & { clock: ReturnType<typeof manualClock>; stop(): Promise<void> }

/** A CA whose clock stands still, and to which every proof is there unless told otherwise; it ends with the test. */
export async function startCa(
  settings: Partial<CaSettings> = {},
  { limits, ...checks }: Partial<Validation> & { limits?: Partial<LedgerLimits> } = {},
): Promise<Ca> {
  const clock = manualClock(NOW)
  const runtime = { clock, random: systemRandom() }
  const [authority, tls] = await Promise.all([createAuthority(runtime), createServerCertificate(runtime)])
  const caaIdentity = 'ca.sandbox.test'
  const readRequest = readCertificateRequest
  const validation = { caa: async () => {}, dns01: async () => {}, http01: async () => {}, ...checks }
  const ca = await startCertificateAuthority({
    authority,
    readRequest,
    tls,
    validation,
    settings,
    caaIdentity,
    ...(limits && { limits }),
    runtime,
  })
  onTestFinished(() => ca.stop())
  return Object.assign(ca, { clock })
}

/** The members of all resources and problems: which of them have to be there, each test says. */
export interface Body {
  algorithms: string[]
  authorizations: string[]
  certificate: string
  error: { type: string }
  challenges: { type: string; url: string; token: string; status: string }[]
  detail: string
  explanationURL?: string
  finalize: string
  newNonce: string
  profile?: string
  renewalInfo: string
  replaces?: string
  suggestedWindow: { start: string; end: string }
  orders: string[]
  status: string
  subproblems: { type: string; identifier: { value: string } }[]
  type: string
}

export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  body: Body
}

export interface Exchange {
  method?: string
  /** What the request line says in place of the path of the URL. */
  target?: string
  headers?: Record<string, string>
  body?: string | Buffer
}

/** What can be changed of a JWS before and after it is signed. */
export interface Wrong {
  header?: Record<string, unknown>
  key?: KeyObject
  jws?: Record<string, unknown>
  contentType?: string
}

export type Client = ReturnType<typeof createClient>

const HASHES: Record<string, string | null> = { ES256: 'sha256', ES384: 'sha384', ES512: 'sha512', RS256: 'sha256', EdDSA: null }

export const KEYS = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
  ES512: () => generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  EdDSA: () => generateKeyPairSync('ed25519').privateKey,
} as const

/** A client of the test's own: it does no more than it is told, so that it can also do everything wrong. */
export function createClient(ca: CertificateAuthority, alg: keyof typeof KEYS = 'ES256') {
  const base = new URL(ca.directoryUrl).origin
  const agent = new Agent({ keepAlive: true, ca: ca.tlsRoot, maxSockets: 8 })
  onTestFinished(() => agent.destroy())
  const nonces: string[] = []

  function exchange(url: string, { method = 'GET', target, headers = {}, body }: Exchange = {}): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    const more = { ...(target !== undefined && { path: target }), headers: { 'user-agent': 'test', ...headers } }
    const outgoing = request(url, { method, agent, ...more }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('error', reject)
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const isJson = incoming.headers['content-type']?.includes('json')
        const nonce = incoming.headers['replay-nonce']
        if (typeof nonce === 'string') nonces.push(nonce)
        try {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: JSON.parse(isJson ? text : '{}') })
        } catch (error) {
          reject(error)
        }
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
    return promise
  }

  async function nonce(): Promise<string> {
    const kept = nonces.pop()
    if (kept !== undefined) return kept
    await exchange(`${base}/new-nonce`, { method: 'HEAD' })
    return nonces.pop() ?? ''
  }

  const client = {
    base,
    key: KEYS[alg](),
    alg: alg as string,
    kid: '',
    exchange,
    nonce,
    jwk: () => publicJwk(client.key),
    /** Signs a payload (undefined: POST-as-GET), in any way that is asked for. */
    async sign(url: string, payload: unknown, wrong: Wrong = {}): Promise<Record<string, unknown>> {
      const signer = client.kid === '' ? { jwk: client.jwk() } : { kid: client.kid }
      const header = { alg: client.alg, nonce: wrong.header && 'nonce' in wrong.header ? '' : await nonce(), url, ...signer }
      return { ...signJws({ ...header, ...wrong.header }, payload, wrong.key ?? client.key), ...wrong.jws }
    },
    async post(url: string, payload?: unknown, wrong: Wrong = {}): Promise<Reply> {
      const body = JSON.stringify(await client.sign(url, payload, wrong))
      return exchange(url, { method: 'POST', body, headers: { 'content-type': wrong.contentType ?? 'application/jose+json' } })
    },
    async register(contact?: string[]): Promise<Reply> {
      const reply = await client.post(`${base}/new-account`, { termsOfServiceAgreed: true, ...(contact && { contact }) })
      client.kid = String(reply.headers.location)
      return reply
    },
    async order(...names: string[]): Promise<Reply & { url: string }> {
      return client.orderWith({}, ...names)
    },
    /** An order with members of its own. */
    async orderWith(more: object, ...names: string[]): Promise<Reply & { url: string }> {
      const identifiers = names.map((value) => ({ type: 'dns', value }))
      const reply = await client.post(`${base}/new-order`, { identifiers, ...more })
      return { ...reply, url: String(reply.headers.location) }
    },
    /** Responds to the challenge of each authorization and looks at them until none is pending. */
    async prove(order: Reply): Promise<Reply[]> {
      const replies: Reply[] = []
      for (const url of order.body.authorizations) {
        let reply = await client.post(url)
        const [challenge] = reply.body.challenges
        if (challenge?.status === 'pending') await client.post(challenge.url, {})
        do reply = await client.post(url)
        while (reply.body.status === 'pending')
        replies.push(reply)
      }
      return replies
    },
    async ready(...names: string[]): Promise<Reply & { url: string }> {
      const order = await client.order(...names)
      await client.prove(order)
      return order
    },
    /** From the ready order to its certificate. */
    async finish(order: Reply, ...names: string[]): Promise<{ url: string; pem: string; der: string; privateKey: KeyObject }> {
      const { csr, privateKey } = await makeCsr(names)
      const reply = await client.post(order.body.finalize, { csr })
      const url = String(reply.body.certificate)
      const { text: pem } = await client.post(url)
      return { url, pem, der: derOf(pem), privateKey }
    },
    async issue(...names: string[]) {
      return client.finish(await client.ready(...names), ...names)
    },
  }
  return client
}

export function publicJwk(key: KeyObject): Record<string, unknown> {
  const { d, p, q, dp, dq, qi, ...members } = key.export({ format: 'jwk' })
  return members
}

export function signJws(header: Record<string, unknown>, payload: unknown, key: KeyObject): Record<string, string> {
  const encoded = Buffer.from(JSON.stringify(header)).toString('base64url')
  const content =
    payload === undefined
      ? ''
      : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)).toString('base64url')
  // What is no text may be an object without one.
  const alg = typeof header.alg === 'string' ? header.alg : ''
  const hash = Object.hasOwn(HASHES, alg) ? (HASHES[alg] ?? null) : 'sha256'
  const signature = sign(hash, Buffer.from(`${encoded}.${content}`), { key, dsaEncoding: 'ieee-p1363' })
  return { protected: encoded, payload: content, signature: signature.toString('base64url') }
}

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A certificate request for these names, with a key of its own or a given one. */
export async function makeCsr(names: string[], given?: KeyObject): Promise<{ csr: string; privateKey: KeyObject }> {
  const privateKey = given ?? KEYS.ES256()
  const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' })
  const privatePart = await webcrypto.subtle.importKey('pkcs8', pkcs8, ECDSA, true, ['sign'])
  const jwk = publicJwk(privateKey)
  const publicKey = await webcrypto.subtle.importKey('jwk', jwk, ECDSA, true, ['verify'])
  const csr = await Pkcs10CertificateRequestGenerator.create({
    keys: { privateKey: privatePart, publicKey },
    signingAlgorithm: ECDSA,
    extensions: [new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))],
  })
  return { csr: Buffer.from(csr.rawData).toString('base64url'), privateKey }
}

/** The first certificate of a chain, in base64url. */
export function derOf(pem: string): string {
  const [, base64 = ''] = /-----BEGIN CERTIFICATE-----([^-]+)/.exec(pem) ?? []
  return Buffer.from(base64, 'base64').toString('base64url')
}
