import { once } from 'node:events'
import { Readable } from 'node:stream'
import { type AuditLine, systemClock, withProgress } from '@domainctl/core'
import { expect, it } from 'vitest'
import { postgresMissing, startPostgres } from '../packages/core/src/store/postgres-server.test.support.ts'
import { openEngine } from './engine.ts'
import { startSandboxWorld } from './sandbox-world.ts'

const real = { runtime: { clock: systemClock() } }

it('events follow what other processes do, from the call on, each once, and end with the signal', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world, real)
  const { domainctl } = engine
  await domainctl.add('before.example.test')
  const stop = new AbortController()
  const following = domainctl.events({ events: ['certificate.stored'], everyMs: 10, signal: stop.signal })
  const other = await engine.again()
  const seen: AuditLine[] = []
  const issuing = other.issue('new.example.test')
  for await (const line of following) {
    seen.push(line)
    stop.abort()
  }
  await issuing
  expect(seen).toMatchObject([{ event: 'certificate.stored', domain: 'new.example.test' }])
  // From the first on, and behind one that was dealt with, as after a restart; leaving the loop ends it.
  const added = async (after: number) => {
    for await (const line of domainctl.events({ events: ['domain.added'], after })) return line
    throw new Error('it has ended')
  }
  const first = await added(0)
  expect(first.domain).toBe('before.example.test')
  expect((await added(first.seq)).domain).toBe('new.example.test')
})

it.each([
  [{ everyMs: 0 }, 'USAGE'],
  [{ events: ['no event'] }, 'USAGE'],
  [{ domain: 'not a name' }, 'NAME_INVALID'],
  [{ after: -1 }, 'USAGE'],
])('events refuse %j in the loop', async (o, code) => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const read = async () => {
    for await (const _ of engine.domainctl.events(o));
  }
  await expect(read()).rejects.toMatchObject({ code })
})

it('leaving while nothing happens ends it, by return as by a stream that is destroyed', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world, real)
  const { domainctl } = engine
  await domainctl.add('before.example.test')
  // So seldom that only what interrupts the wait ends it.
  const seldom = { everyMs: 2 ** 31 - 1 }
  const lines = domainctl.events(seldom)[Symbol.asyncIterator]()
  const waiting = lines.next()
  expect(await lines.return?.()).toEqual({ done: true, value: undefined })
  expect(await waiting).toEqual({ done: true, value: undefined })

  for (const error of [undefined, new Error('the reader is gone')]) {
    const followed = Promise.withResolvers<void>()
    const stream = Readable.from(ending(domainctl.events({ ...seldom, after: 0 }), followed.resolve))
    const failed = error && once(stream, 'error')
    await once(stream, 'data')
    stream.destroy(error)
    await followed.promise
    if (error) expect(await failed).toEqual([error])
  }
})

it('a signal that has aborted before is no failure, and asks for nothing', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  for await (const _ of engine.domainctl.events({ signal: AbortSignal.abort() })) throw new Error('a line came')
  for await (const _ of engine.domainctl.events({ after: 0, signal: AbortSignal.abort() })) throw new Error('a line came')
})

it('closing ends the loops, those of tenants too, at once', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world, real)
  const other = await engine.again()
  const seldom = { everyMs: 2 ** 31 - 1, after: 0 }
  const waiting = [other, other.forTenant('ann')].map((one) => one.events(seldom)[Symbol.asyncIterator]().next())
  await other.close()
  for (const next of waiting) expect(await next).toEqual({ done: true, value: undefined })
  for await (const _ of other.events()) throw new Error('a line came')
})

it('progress comes by for await, and the certificate by the result', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const work = withProgress((o) => engine.domainctl.issue('shop.example.test', o))
  const names = new Set<string>()
  for await (const { name } of work) names.add(name)
  expect([...names]).toEqual(['shop.example.test'])
  expect(await work.result).toMatchObject({ issued: true, certificate: { names: ['shop.example.test'] } })
})

it('a tenant sees and changes its own domains alone, by one engine for all', async () => {
  await using world = await startSandboxWorld()
  await using engine = await openEngine(world)
  const { domainctl } = engine
  const [ann, bob] = [domainctl.forTenant('ann'), domainctl.forTenant('bob')]
  const own = { ownership: 'txt', provider: 'manual' } as const
  const { records } = await ann.add('shop.example.test', own)
  await expect(bob.get('shop.example.test')).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
  await expect(bob.remove('shop.example.test')).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
  await expect(bob.export('shop.example.test')).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
  expect((await bob.list()).domains).toEqual([])
  expect((await bob.audit()).events).toEqual([])
  expect((await ann.list()).domains).toMatchObject([{ name: 'shop.example.test', tenant: 'ann' }])
  expect((await domainctl.list({ tenant: null })).domains).toMatchObject([{ tenant: 'ann' }])
  // Both may ask for a name; whoever shows that it is theirs gets it.
  const bobs = await bob.add('shop.example.test', own)
  expect(bobs.records[0]?.value).not.toBe(records[0]?.value)
  for (const record of bobs.records) if (record.type === 'TXT') await world.publish([{ ...record, type: 'TXT' }])
  expect(await bob.verify('shop.example.test')).toMatchObject({ ok: true })
  expect(await ann.verify('shop.example.test')).toMatchObject({ ok: false, error: { code: 'DNS_NOT_READY' } })
  for (const asked of [bob.list({ tenant: 'ann' }), bob.list({ tenant: null }), bob.audit({ tenant: 'ann' })]) {
    await expect(asked).rejects.toMatchObject({ code: 'USAGE' })
  }
  expect(() => bob.events({ tenant: null })).toThrow(/bob cannot ask for what is of all tenants/)
  expect(() => domainctl.forTenant('no tenant')).toThrow(/cannot be a tenant's id/)
})

/** The same iterable, which tells when its pending `next` has come to an end. */
function ending<T>(lines: AsyncIterable<T>, ended: () => void): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = lines[Symbol.asyncIterator]()
      const { next } = iterator
      return Object.assign(iterator, {
        next: async () => {
          const result = await next.call(iterator)
          if (result.done) ended()
          return result
        },
      })
    },
  }
}

const missing = postgresMissing('18')

it.skipIf(missing !== null)(
  'events begin with the call on PostgreSQL, too, where lines are told once none before them can come',
  async () => {
    await using postgres = await startPostgres('18')
    await using world = await startSandboxWorld()
    const newState = async () => ({ state: await postgres.createDatabase(), encryptionKey: '0f'.repeat(32) })
    await using engine = await openEngine({ ...world, newState }, real)
    const { domainctl } = engine
    await domainctl.add('before.example.test')
    const following = domainctl.events({ everyMs: 10 })[Symbol.asyncIterator]()
    const next = async () => {
      const { value } = await following.next()
      if (!value) throw new Error('it has ended')
      return value
    }
    let hasBegun = false
    const first = next().finally(() => {
      hasBegun = true
    })
    for (let i = 0; !hasBegun; i++) await domainctl.add(`until${i}.example.test`)
    const seen = [await first]
    expect(seen[0]?.domain).not.toBe('before.example.test')
    const others = await Promise.all([1, 2, 3].map(() => engine.again()))
    await Promise.all(others.map((other, i) => other.add(`new${i}.example.test`)))
    const { events } = await domainctl.audit({}, { after: (seen[0]?.seq ?? 0) - 1, limit: 10_000 })
    while (seen.length < events.length) seen.push(await next())
    expect(seen).toEqual(events)
    await following.return?.()
  },
)
