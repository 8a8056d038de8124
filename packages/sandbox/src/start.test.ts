import { X509Certificate } from 'node:crypto'
import { createServer as createWebServer } from 'node:http'
import { Agent } from 'node:https'
import { createServer } from 'node:net'
import { systemClock } from '@domainctl/core'
import { axios, Client, crypto } from 'acme-client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { listen } from './loopback.ts'
import type { SandboxOptions } from './sandbox.ts'
import { startSandbox } from './start.ts'

const globals = () => [globalThis.Request, globalThis.Response, globalThis.Headers, globalThis.fetch, globalThis.crypto]
/** Before any sandbox was started. */
const GLOBALS = globals()

async function open(options: SandboxOptions = {}) {
  const sandbox = await startSandbox(options)
  onTestFinished(() => sandbox.stop())
  return sandbox
}

/** acme-client's own `auto()`, as its users call it; it has one HTTP client for all of the process. */
async function issueByAcmeClient(sandbox: Awaited<ReturnType<typeof open>>, altNames: string[]): Promise<X509Certificate[]> {
  axios.defaults.httpsAgent = new Agent({ ca: sandbox.ca.tlsRoot })
  const client = new Client({ directoryUrl: sandbox.ca.directoryUrl, accountKey: await crypto.createPrivateEcdsaKey() })
  const [, csr] = await crypto.createCsr({ altNames }, await crypto.createPrivateEcdsaKey())
  const txt = (name: string, value: string) => ({ name: `_acme-challenge.${name}`, type: 'TXT', value }) as const
  const chain = await client.auto({
    csr,
    email: 'somebody@example.test',
    termsOfServiceAgreed: true,
    challengePriority: ['dns-01'],
    // It would look at the system's resolver.
    skipChallengeVerification: true,
    challengeCreateFn: async ({ identifier }, _, value) => sandbox.dns.add(txt(identifier.value, value)),
    challengeRemoveFn: async ({ identifier }, _, value) => sandbox.dns.remove(txt(identifier.value, value)),
  })
  return crypto.splitPemChain(chain).map((pem) => new X509Certificate(pem))
}

describe('startSandbox', () => {
  test("acme-client's auto() gets a certificate for apex and wildcard", async () => {
    const sandbox = await open()
    const [leaf, intermediate] = await issueByAcmeClient(sandbox, ['auto.example.test', '*.auto.example.test'])
    expect(leaf?.subjectAltName?.split(', ').sort()).toEqual(['DNS:*.auto.example.test', 'DNS:auto.example.test'])
    const root = new X509Certificate(sandbox.ca.issuerRoot)
    expect(leaf && intermediate && leaf.verify(intermediate.publicKey) && intermediate.verify(root.publicKey)).toBe(true)
    expect(sandbox.dns.values('_acme-challenge.auto.example.test', 'TXT')).toEqual([])
  })

  test("acme-client's auto() proves a name by HTTP-01, for an account that is bound to an external one", async () => {
    const answers = new Map<string, string>()
    const web = createWebServer((incoming, outgoing) => {
      const answer = answers.get(`${incoming.headers.host}${incoming.url}`)
      outgoing.writeHead(answer === undefined ? 404 : 200).end(answer)
    })
    onTestFinished(() => void web.close())
    const sandbox = await open({ ca: { httpPort: await listen(web, 0), externalAccount: { required: true } } })
    sandbox.dns.add({ name: 'shop.example.test', type: 'CNAME', value: 'edge.example.test' })
    axios.defaults.httpsAgent = new Agent({ ca: sandbox.ca.tlsRoot })
    const { directoryUrl } = sandbox.ca
    const bind = async (externalAccountBinding: { kid: string; hmacKey: string }) => {
      const client = new Client({ directoryUrl, accountKey: await crypto.createPrivateEcdsaKey(), externalAccountBinding })
      const [, csr] = await crypto.createCsr({ altNames: ['shop.example.test'] }, await crypto.createPrivateEcdsaKey())
      return client.auto({
        csr,
        termsOfServiceAgreed: true,
        challengePriority: ['http-01'],
        skipChallengeVerification: true,
        challengeCreateFn: async ({ identifier }, { token }, keyAuthorization) =>
          void answers.set(`${identifier.value}/.well-known/acme-challenge/${token}`, keyAuthorization),
        challengeRemoveFn: async () => answers.clear(),
      })
    }
    const key = sandbox.ca.addExternalAccountKey()
    const [leaf] = crypto.splitPemChain(await bind(key)).map((pem) => new X509Certificate(pem))
    expect(leaf?.subjectAltName).toBe('DNS:shop.example.test')
    await expect(bind(key)).rejects.toThrow('bound to another account')
  })

  test('ten side by side have nothing in common', async () => {
    const sandboxes = await Promise.all(Array.from({ length: 10 }, () => open()))
    const all = (what: (sandbox: (typeof sandboxes)[number]) => string) => new Set(sandboxes.map(what)).size
    expect(all(({ ca }) => ca.directoryUrl)).toBe(10)
    expect(all(({ ca }) => ca.issuerRoot)).toBe(10)
    expect(all(({ dns }) => dns.servers[0])).toBe(10)
    expect(all(({ dns }) => dns.tsigKey.secret)).toBe(10)
    expect(all(({ https }) => https.endpoint)).toBe(10)
    sandboxes[0]?.dns.add({ name: 'only.example.test', type: 'A', value: '127.0.0.1' })
    expect(sandboxes[1]?.dns.values('only.example.test', 'A')).toEqual([])
  })

  test('on a machine whose clock is in 2040', async () => {
    const system = systemClock()
    const ahead = Date.UTC(2040, 5, 1) - system.now().getTime()
    const clock = { ...system, now: () => new Date(system.now().getTime() + ahead) }
    const sandbox = await open({ runtime: { clock }, ca: { lifetimeSeconds: 10 * 365 * 86_400 } })
    // The client's machine has another clock, and its TLS goes by that.
    const [leaf] = await issueByAcmeClient(sandbox, ['later.example.test'])
    expect(leaf?.validFromDate.getUTCFullYear()).toBe(2040)
    // From 2050 on, X.509 writes years with four digits (RFC 5280 §4.1.2.5).
    expect(leaf?.validToDate.getUTCFullYear()).toBe(2050)
  })

  test('what is undefined is as when not given', async () => {
    const options: object = {
      zones: undefined,
      records: undefined,
      nameServers: undefined,
      lagMs: undefined,
      ca: { lifetimeSeconds: undefined, retryAfter: undefined },
      ports: { ca: undefined, dns: undefined, resolver: undefined, https: undefined },
      serve: undefined,
      runtime: { clock: undefined, random: undefined },
    }
    const sandbox = await open({ ...options })
    expect(sandbox.dns.values('edge.example.test', 'A')).toEqual(['127.0.0.1'])
    const [leaf] = await issueByAcmeClient(sandbox, ['undefined.example.test'])
    expect(Number(leaf?.validToDate) - Number(leaf?.validFromDate)).toBeGreaterThan(89 * 86_400_000)
  })

  test.each(['ca', 'dns', 'resolver', 'https'] as const)('a taken %s port is said, and nothing is left open', async (which) => {
    const occupant = createServer()
    const port = await listen(occupant, 0)
    onTestFinished(() => void occupant.close())
    await expect(startSandbox({ ports: { [which]: port } })).rejects.toMatchObject({
      code: 'SANDBOX_CANNOT_LISTEN',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    })
  })

  test('stop may be called twice, and frees the ports', async () => {
    const sandbox = await startSandbox()
    const { port } = new URL(sandbox.ca.directoryUrl)
    await Promise.all([sandbox.stop(), sandbox.stop()])
    const next = await open({ ports: { ca: Number(port) } })
    expect(next.ca.directoryUrl).toContain(`:${port}/`)
  })
})

test('leaves the Request, the Response and the fetch of the process as they are', async () => {
  await open()
  for (const [i, own] of globals().entries()) expect(own).toBe(GLOBALS[i])
})
