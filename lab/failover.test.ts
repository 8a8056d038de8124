import { readFile } from 'node:fs/promises'
import type { DomainctlError } from '@domainctl/core'
import { expect, test } from 'vitest'
import { openEngine } from '../lifecycle/engine.ts'
import { type Pebble, startPebble } from './servers/pebble.ts'
import { type FaultyLabWorld, startFaultyLabWorld } from './world.ts'

// Requirements C2 on two Pebbles that look at the same BIND.

const NAME = 'shop.example.test'

interface Scene extends AsyncDisposable {
  world: FaultyLabWorld
  second: Pebble
  options: { ca: string[]; caRoots: string }
}

async function twoPebbles(): Promise<Scene> {
  await using opening = new AsyncDisposableStack()
  const world = opening.use(await startFaultyLabWorld())
  const second = await startPebble({ dnsServer: world.resolver })
  opening.defer(() => second.stop())
  const caRoots = world.tlsRoot + (await readFile(second.tls.rootFile, 'utf8'))
  const opened = opening.move()
  return {
    world,
    second,
    options: { ca: [world.ca, second.directoryUrl], caRoots },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

const failureOf = (work: Promise<unknown>): Promise<DomainctlError> =>
  work.then(
    () => Promise.reject(new Error('it was issued')),
    (error) => error,
  )

test('the first answers 429: the second issues', async () => {
  await using scene = await twoPebbles()
  await using engine = await openEngine(scene.world, scene.options)
  scene.world.addFault({ resource: 'newOrder', refuse: { status: 429, type: 'rateLimited', retryAfter: 3600 } })
  expect(await engine.domainctl.issue(NAME)).toMatchObject({ issued: true, certificate: { ca: scene.second.directoryUrl } })
  expect(await scene.second.requests()).toMatchObject({ 'POST /order-plz': expect.any(Number) })
})

test('a validation that fails is told as it is: the second hears of nothing', async () => {
  await using scene = await twoPebbles()
  const byHand = { ...scene.options, provider: 'manual', propagation: { mode: 'none' as const } }
  await using engine = await openEngine(scene.world, byHand)
  const o = { ownership: 'none' as const }
  // The records are asked for; that the command is repeated says that they are there, and they are not.
  expect(await failureOf(engine.domainctl.issue(NAME, o))).toMatchObject({ code: 'DNS_RECORDS_WANTED' })
  expect(await failureOf(engine.domainctl.issue(NAME, o))).toMatchObject({ code: 'CA_VALIDATION_FAILED', kind: 'ca-refused' })
  expect(Object.keys(await scene.second.requests()).filter((request) => request.startsWith('POST'))).toEqual([])
})

test('both down: come back later, with both reasons', async () => {
  await using scene = await twoPebbles()
  await using engine = await openEngine(scene.world, scene.options)
  scene.world.addFault({ resource: 'newOrder', refuse: { status: 503, retryAfter: 3600 } })
  await scene.second.stop()
  const error = await failureOf(engine.domainctl.issue(NAME))
  expect(error).toMatchObject({ kind: 'ca-unavailable', retryAt: expect.any(Date) })
  expect(error.message).toMatch(/failed at a new order: Service Unavailable/)
  expect(error.message).toContain(`${new URL(scene.second.directoryUrl).host} cannot be reached`)
})
