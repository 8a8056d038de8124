import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { createCertificateCrypto } from '../acme/crypto.ts'
import { createIssuer } from '../acme/issuer.ts'
import { problem, type ScriptedCa, startScriptedCa } from '../acme/scripted-ca.test.support.ts'
import type { Issuer, IssuerAccount } from '../contracts/issuer.ts'
import type { Clock } from '../contracts/runtime.ts'
import { loopbackClock } from '../testing/loopback-clock.ts'
import { waitingInPlace } from './waits-in-place.ts'

let ca: ScriptedCa
let clock: Clock
let issuer: Issuer
let account: IssuerAccount
/** The first time that the CA has asked to wait. */
let told: Promise<void>
const o = { signal: new AbortController().signal }
const order = () => ({ status: 'ready', identifiers: [], authorizations: [], finalize: ca.url('/finalize') })
const busy = (seconds: number, status = 503) => ({
  status,
  headers: { 'retry-after': String(seconds) },
  contentType: 'application/problem+json',
  body: problem('rateLimited', 'Service busy; retry later.'),
})
const elapsed = async (work: () => Promise<unknown>) => {
  const start = clock.now().getTime()
  await work().catch(() => undefined)
  return clock.now().getTime() - start
}

beforeEach(async () => {
  ca = await startScriptedCa()
  clock = loopbackClock()
  const { promise, resolve } = Promise.withResolvers<void>()
  told = promise
  const logger = { log: (level: string) => void (level === 'info' && resolve()) }
  issuer = waitingInPlace(createIssuer({ ca: ca.directory, clock, logger }), { clock, logger })
  account = { url: ca.url('/account/1'), key: await createCertificateCrypto().createKey('ec256') }
  onTestFinished(async () => {
    await issuer.close()
    await ca.close()
  })
  ca.on('/order/1', { body: order() })
})

it.each([503, 429])('an answer %i with a short Retry-After is waited for, and the request sent again', async (status) => {
  ca.on('/new-order', busy(5, status), { status: 201, headers: { location: ca.url('/order/1') }, body: order() })
  const took = await elapsed(async () => {
    expect(await issuer.newOrder(account, { names: ['example.test'] }, o)).toMatchObject({ status: 'ready' })
  })
  expect(took).toBe(5_000)
  expect(ca.counts()).toMatchObject({ 'POST /new-order': 2 })
})

it('all others wait as well', async () => {
  ca.on('/order/2', busy(7), { body: order() })
  const start = clock.now().getTime()
  const refused = issuer.getOrder(account, ca.url('/order/2'), o)
  await told
  await issuer.getOrder(account, ca.url('/order/1'), o)
  expect(clock.now().getTime() - start).toBeGreaterThanOrEqual(7_000)
  expect(await refused).toMatchObject({ status: 'ready' })
})

it.each([
  ['a longer one', busy(31), { code: 'CA_RATE_LIMITED' }],
  ['none', { status: 503, body: problem('rateLimited', 'busy') }, { code: 'CA_RATE_LIMITED' }],
  [
    'a failure of the CA',
    { status: 500, headers: { 'retry-after': '1' }, body: problem('serverInternal', 'oops') },
    { code: 'CA_UNAVAILABLE' },
  ],
])('%s is the error of the caller, at once', async (_, answer, error) => {
  ca.on('/order/1', answer)
  const took = await elapsed(() => expect(issuer.getOrder(account, ca.url('/order/1'), o)).rejects.toMatchObject(error))
  expect(took).toBe(0)
  expect(ca.counts()).toMatchObject({ 'POST /order/1': 1 })
})

it('a CA that has room never again is given up after 30 seconds', async () => {
  ca.on('/order/1', busy(10))
  const took = await elapsed(() =>
    expect(issuer.getOrder(account, ca.url('/order/1'), o)).rejects.toMatchObject({ code: 'CA_RATE_LIMITED' }),
  )
  expect(took).toBe(30_000)
  expect(ca.counts()).toMatchObject({ 'POST /order/1': 4 })
})

it('the wait ends with the signal', async () => {
  ca.on('/order/1', busy(20))
  const ending = new AbortController()
  const waiting = issuer.getOrder(account, ca.url('/order/1'), { signal: ending.signal })
  await ca.next('/order/1')
  ending.abort(new Error('interrupted'))
  await expect(waiting).rejects.toThrow('interrupted')
})

it('a CA that has room for none of many is given up as soon by each of them', async () => {
  ca.on('/order/1', busy(1, 429))
  const took = await elapsed(() =>
    Promise.all(
      Array.from({ length: 50 }, () =>
        expect(issuer.getOrder(account, ca.url('/order/1'), o)).rejects.toMatchObject({ code: 'CA_RATE_LIMITED' }),
      ),
    ),
  )
  // And the pace at which the last of them is told.
  expect(took).toBeLessThanOrEqual(90_000)
  // Another time is another matter.
  await clock.sleep(120_000)
  ca.on('/order/1', busy(1, 429), { body: order() })
  expect(await issuer.getOrder(account, ca.url('/order/1'), o)).toMatchObject({ status: 'ready' })
})

it('a CA that has room for one after the other gives up none of many', async () => {
  const answers = Array.from({ length: 200 }, (_, n) => (n % 2 === 0 ? busy(1, 429) : { body: order() }))
  ca.on('/order/1', ...answers)
  await Promise.all(Array.from({ length: 50 }, () => issuer.getOrder(account, ca.url('/order/1'), o)))
})

it('a clock that is set back while a CA is waited for makes nobody wait for longer', async () => {
  let setBack = 0
  const moved: Clock = { ...clock, now: () => new Date(clock.now().getTime() - setBack) }
  const { promise, resolve } = Promise.withResolvers<void>()
  const logger = { log: () => resolve() }
  const other = waitingInPlace(createIssuer({ ca: ca.directory, clock: moved, logger }), { clock: moved, logger })
  ca.on('/order/1', busy(5), { body: order() })
  const took = await elapsed(async () => {
    const refused = other.getOrder(account, ca.url('/order/1'), o)
    await promise
    setBack = 3_600_000
    await Promise.all([refused, other.getOrder(account, ca.url('/order/1'), o)])
  })
  await other.close()
  expect(took).toBeLessThan(20_000)
})
