import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, test, vi } from 'vitest'
import { openEngine } from '../lifecycle/engine.ts'
import { startLabWorld } from './world.ts'

// CAA on BIND, judged before Pebble hears of a name.

const NAME = 'shop.example.test'
const ELSEWHERE = { name: 'example.test', type: 'CAA', value: '0 issue "other.ca"' } as const
/** How CAA names Pebble. */
const PEBBLE = { ...ELSEWHERE, value: '0 issue "pebble.letsencrypt.org"' } as const

test('CAA for another CA: nothing but the directory is asked of this one; the next CA of the list is, where CAA allows it', async () => {
  await using world = await startLabWorld({ dns: 'bind' })
  await world.publish([ELSEWHERE])
  await using engine = await openEngine(world)
  const refused = engine.domainctl.issue(NAME)
  await expect(refused).rejects.toMatchObject({ code: 'DNS_CAA_FORBIDS', kind: 'not-ready', actor: 'customer' })
  const { directory: _, ...asked } = await world.requests()
  expect(asked).toEqual({})

  await using other = await otherCa()
  await world.unpublish(ELSEWHERE)
  await world.publish([PEBBLE])
  const both = await engine.again({ ca: [other.url, world.ca] })
  // Where servers differ the strictest counts: the secondary follows in some milliseconds.
  const issued = await vi.waitFor(() => both.issue(NAME), { timeout: 20_000, interval: 200 })
  expect(issued).toMatchObject({ issued: true, certificate: { ca: world.ca } })
  expect(new Set(other.asked)).toEqual(new Set(['GET /directory']))
})

/** What another CA says of itself; whatever else it is asked, it has been asked too much. */
async function otherCa(): Promise<AsyncDisposable & { url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`)
    const at = (path: string) => `http://127.0.0.1/${path}`
    const meta = { caaIdentities: ['ca.nobody-allows.test'] }
    const directory = {
      newNonce: at('nonce'),
      newAccount: at('account'),
      newOrder: at('order'),
      revokeCert: at('revoke'),
      keyChange: at('key'),
      meta,
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(directory))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}/directory`, asked, [Symbol.asyncDispose]: close }
}
