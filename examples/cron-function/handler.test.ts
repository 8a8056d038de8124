// Called as a schedule would, on a PostgreSQL and a CA of its own.
import { createDomainctl } from '@domainctl/core'
import { createRfc2136 } from '@domainctl/providers'
import { startSandbox } from '@domainctl/sandbox'
import { expect, test } from 'vitest'
import { postgresMissing, startPostgres } from '../../packages/core/src/store/postgres-server.test.support.ts'
import { createHandler } from './handler.ts'

const missing = postgresMissing('18')

test.skipIf(missing !== null)('issues what is due, says what failed, and ends in its time; the next call goes on', async () => {
  await using postgres = await startPostgres('18')
  await using sandbox = await startSandbox()
  const options = {
    ...sandbox.engine,
    state: await postgres.createDatabase(),
    encryptionKey: '0f'.repeat(32),
    acceptTerms: true,
    provider: 'rfc2136',
  }
  const providers = () => ({ rfc2136: createRfc2136(sandbox.rfc2136) })
  const operator = await createDomainctl({ ...options, providers: providers() })
  await operator.add('shop.example.test')
  await operator.add('refused.example.test')
  sandbox.dns.add({ name: 'refused.example.test', type: 'CAA', value: '0 issue "other-ca.example"' })

  const first = await createHandler({ ...options, providers: providers(), mayRunMs: 60_000 })()
  expect(first.done).toContainEqual({ name: 'shop.example.test', what: 'issued' })
  expect(first.failed).toMatchObject([{ name: 'refused.example.test', code: 'DNS_CAA_FORBIDS' }])
  expect(first.finished).toBe(true)
  // Nothing is due: nothing is done.
  expect(await createHandler({ ...options, providers: providers(), mayRunMs: 60_000 })()).toMatchObject({ done: [], failed: [] })

  // Its time is over while the CA has not answered: it ends all the same, and leaves no record behind.
  await operator.add('slow.example.test')
  const answering = Promise.withResolvers<void>()
  const over = new AbortController()
  const until = () => {
    over.abort()
    return answering.promise
  }
  const asked = sandbox.ca.addFault({ resource: 'finalize', nth: 1, answer: { until } })
  const cut = await createHandler({ ...options, providers: providers(), mayRunMs: 60_000, signal: over.signal })()
  expect(cut).toMatchObject({ finished: false, done: [] })
  expect(asked.hits).toBe(1)
  expect(sandbox.dns.values('_acme-challenge.slow.example.test', 'TXT')).toEqual([])
  answering.resolve()

  await operator.issue('slow.example.test')
  expect(await operator.get('slow.example.test')).toMatchObject({ status: 'active' })
  await operator.close()
})

test.each([35_000, 0, Number.NaN])('no function begins that has %d ms, in which nothing could be done', (mayRunMs) => {
  expect(() => createHandler({ state: 'file:state.db', mayRunMs })).toThrow(RangeError)
})
