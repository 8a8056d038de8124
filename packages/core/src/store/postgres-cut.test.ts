import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { type ByteRelay, startByteRelay } from './byte-relay.test.support.ts'
import { openPostgresStore } from './open-postgres.ts'
import { type PostgresServer, postgresMissing, startPostgres } from './postgres-server.test.support.ts'

const missing = postgresMissing('18')
/** Of the bytes of a change, that every message is cut somewhere: some hundred cuts in each direction. */
const STRIDE = 29

describe.skipIf(missing !== null)('a connection that ends after any byte', { timeout: 120_000 }, () => {
  const resources = new AsyncDisposableStack()
  let server: PostgresServer
  let relay: ByteRelay
  beforeAll(async () => {
    server = resources.use(await startPostgres('18'))
    relay = resources.use(await startByteRelay(server.port))
  }, 60_000)
  afterAll(() => resources.disposeAsync())

  it.each(['to', 'from'] as const)('%s the server loses nothing of a change, and writes none twice', async (direction) => {
    const url = (await server.createDatabase()).replace(`:${server.port}/`, `:${relay.port}/`)
    const store = await openPostgresStore(url, { clock: systemClock(), random: systemRandom(), key: '0f'.repeat(32) })
    const domain = sampleDomain({ name: 'example.com' })
    await store.addDomain(domain, [])
    const claim = { owner: 'me', ttlMs: 60_000, isGone: () => false }
    const isOver = (bytes: number) => bytes > relay.passed
    let changes = 0
    for (let bytes = 1; changes === 0 || !isOver(bytes - STRIDE); bytes += STRIDE) {
      relay.cutAfter(bytes, direction)
      const claimed = await store.claim(domain.id, claim)
      if (!claimed) throw new Error('the domain is gone')
      changes += 1
      const changed = { ...claimed.domain, attempts: changes }
      await store.commit(claimed.lease, { domain: changed, events: [sampleEvent('thing.done')] }, { release: true })
    }
    expect(changes).toBeGreaterThan(50)
    expect(await store.getDomain('default', 'example.com')).toMatchObject({ attempts: changes })
    expect(await store.history({ limit: 1000 })).toHaveLength(changes)
    await store.close()
  })
})
