import { once } from 'node:events'
import { chmod, mkdtempDisposable } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { startCommitRelay } from './commit-relay.test.support.ts'
import { openPostgresStore } from './open-postgres.ts'
import { postgresMissing, startPostgres } from './postgres-server.test.support.ts'

/** Stands before a PostgreSQL and counts who comes. */
async function openDoor(port: number) {
  let knocks = 0
  const sockets = new Set<Socket>()
  const door = createServer((client) => {
    knocks += 1
    sockets.add(client.on('error', () => undefined))
    const server = connect(port, '127.0.0.1').on('error', () => client.destroy())
    sockets.add(server)
    client.pipe(server).pipe(client)
  })
  await once(door.listen(0, '127.0.0.1'), 'listening')
  const address = door.address() as AddressInfo
  return {
    get knocks() {
      return knocks
    },
    to: (url: string) => url.replace(`:${port}/`, `:${address.port}/`),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      door.close()
      await once(door, 'close')
    },
  }
}

const KEY = '0f'.repeat(32)
const missing = postgresMissing('18')

describe.skipIf(missing !== null)('a PostgreSQL that restarts', () => {
  it('is waited for by who comes while it ends', async () => {
    await using server = await startPostgres('18')
    const url = await server.createDatabase()
    // As long as somebody is there, it runs and lets nobody else in.
    const guest = new pg.Client({ connectionString: url })
    await guest.connect()
    const stopped = server.stop('smart')
    await vi.waitFor(() => expect(server.query('select 1')).rejects.toMatchObject({ code: '57P03' }), { timeout: 10_000 })

    await using door = await openDoor(server.port)
    // Without TLS, so that who comes a second time has been refused before.
    const opening = openPostgresStore(`${door.to(url)}?sslmode=disable`, {
      clock: systemClock(),
      random: systemRandom(),
      key: KEY,
    })
    opening.catch(() => undefined)
    await vi.waitFor(() => expect(door.knocks).toBeGreaterThan(1), { timeout: 20_000 })
    await guest.end()
    await stopped
    await server.start()
    const store = await opening
    expect(await store.listDomains({}, { limit: 1 })).toMatchObject({ domains: [] })
    await store.close()
  })

  it.skipIf(process.platform === 'win32')('is waited for at its socket, which is gone meanwhile', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'domainctl-socket-'))
    await chmod(folder.path, 0o777)
    await using server = await startPostgres('18', { unix_socket_directories: folder.path })
    const url = new URL(await server.createDatabase())
    url.searchParams.set('host', folder.path)
    url.searchParams.set('port', String(server.port))
    url.port = ''
    const store = await openPostgresStore(url.href, { clock: systemClock(), random: systemRandom(), key: KEY })
    await server.stop('fast')
    const adding = store.addDomain(sampleDomain({ name: 'example.com' }), [])
    adding.catch(() => undefined)
    await server.start()
    await adding
    expect(await store.getDomain('default', 'example.com')).toMatchObject({ name: 'example.com' })
    await store.close()
  })
})

describe.skipIf(missing !== null)('a connection that ends in a commit', () => {
  it.each(['before', 'after'] as const)('%s the server has heard of it, of one who only reads: reads again', async (when) => {
    await using server = await startPostgres('18')
    await using relay = await startCommitRelay(server.port)
    const url = (await server.createDatabase()).replace(`:${server.port}/`, `:${relay.port}/`)
    const store = await openPostgresStore(url, { clock: systemClock(), random: systemRandom(), key: KEY })
    await store.addDomain(sampleDomain({ name: 'example.com' }), [])
    relay.cutNextCommit(when)
    expect(await store.getDomain('default', 'example.com')).toMatchObject({ name: 'example.com' })
    expect(relay.cuts).toBe(1)
    await store.close()
  })

  it.each(['before', 'after'] as const)('%s the server has heard of it, of one who writes: is written once', async (when) => {
    await using server = await startPostgres('18')
    await using relay = await startCommitRelay(server.port)
    const url = (await server.createDatabase()).replace(`:${server.port}/`, `:${relay.port}/`)
    const store = await openPostgresStore(url, { clock: systemClock(), random: systemRandom(), key: KEY })
    relay.cutNextCommit(when)
    const domain = sampleDomain({ name: 'example.com' })
    await store.addDomain(domain, [sampleEvent('domain.added', { domainId: domain.id })])
    expect(relay.cuts).toBe(1)
    expect(await store.history({ domainId: domain.id, limit: 10 })).toHaveLength(1)
    await store.close()
  })
})
