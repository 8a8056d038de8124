// The service's own code against a CA and name servers of its own for each test: no domain, no account, no network.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDomainctl } from '@domainctl/core'
import { createRfc2136 } from '@domainctl/providers'
import { handshake, type Sandbox, startSandbox } from '@domainctl/sandbox'
import { describe, expect, test } from 'vitest'
import { connect } from './connect.ts'

describe.concurrent('ten customers at once, each in a sandbox of their own', () => {
  test.each(Array.from({ length: 10 }, (_, i) => `shop${i}.example.test`))('%s', async (name) => {
    await using service = await openService()
    const { sandbox, domainctl } = service

    const first = await connect(domainctl, name)
    expect(first).toMatchObject({ status: 'waiting', create: [{ type: 'TXT' }, { type: 'CNAME', value: 'edge.example.test' }] })
    // The customer does what the page says.
    if (first.status === 'waiting') first.create.forEach(sandbox.dns.add)

    const second = await connect(domainctl, name)
    expect(second.status).toBe('connected')
    if (second.status === 'connected') sandbox.https.install(second)
    const seen = await handshake({ endpoint: sandbox.https.endpoint, name, roots: sandbox.ca.issuerRoot })
    expect(seen.names).toEqual([name])
  })
})

test('a CA that says "in an hour" is not asked again before', async () => {
  await using service = await openService()
  const { sandbox, domainctl } = service
  const first = await connect(domainctl, 'shop.example.test')
  if (first.status === 'waiting') first.create.forEach(sandbox.dns.add)

  const answer = { status: 429, type: 'rateLimited', detail: 'too many new orders recently', retryAfter: '3600' }
  const limited = sandbox.ca.addFault({ resource: 'newOrder', nth: 1, answer })
  expect(await connect(domainctl, 'shop.example.test')).toMatchObject({ status: 'delayed', retryAt: expect.any(Date) })
  expect(await connect(domainctl, 'shop.example.test')).toMatchObject({ status: 'delayed', retryAt: expect.any(Date) })
  expect(limited.hits).toBe(1)
  expect(sandbox.ca.requests.newOrder).toBe(1)
})

/** domainctl as the service uses it, in a sandbox, with a state that goes with it. */
async function openService() {
  await using opening = new AsyncDisposableStack()
  const sandbox: Sandbox = opening.use(await startSandbox())
  const directory = await mkdtemp(join(tmpdir(), 'custom-domains-'))
  opening.defer(() => rm(directory, { recursive: true, force: true }))
  const domainctl = await createDomainctl({
    ...sandbox.engine,
    state: `file:${join(directory, 'state.db')}`,
    acceptTerms: true,
    provider: 'rfc2136',
    providers: { rfc2136: createRfc2136(sandbox.rfc2136) },
  })
  opening.defer(() => domainctl.close())
  const open = opening.move()
  return { sandbox, domainctl, [Symbol.asyncDispose]: () => open.disposeAsync() }
}
