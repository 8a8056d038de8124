import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom, type WrittenRecord } from '@domainctl/core'
import { createGodaddy } from '@domainctl/providers'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cleanUpMs, removeRecords, writeRecords } from '../packages/core/src/lifecycle/challenge-records.ts'
import { servicesOf } from '../packages/core/src/lifecycle/services.test.support.ts'
import type { Services } from '../packages/core/src/lifecycle/services.ts'
import { type Step, step } from '../packages/core/src/lifecycle/step.ts'
import { openSqliteStore } from '../packages/core/src/store/open.ts'
import { loopbackClock } from '../packages/core/src/testing/loopback-clock.ts'
import { sampleDomain, sampleRecord } from '../packages/core/src/testing/model-samples.ts'

// Records of one RRset are written and removed together, at a provider that writes whole sets.

const APEX = 'example.test'
const NAME = `_acme-challenge.${APEX}`
const THEIRS = 'of somebody else'

let sandbox: Sandbox
let folder: string
let services: Services
beforeEach(async () => {
  sandbox = await startSandbox({ zones: [APEX] })
  sandbox.apis.godaddy.requestLimit = Number.POSITIVE_INFINITY
  folder = await mkdtemp(join(tmpdir(), 'domainctl-records-'))
  services = await openServices()
})
afterEach(async () => {
  await services.store.close()
  await sandbox.stop()
  await rm(folder, { recursive: true })
})

async function openServices(): Promise<Services> {
  const [clock, random] = [loopbackClock(), systemRandom()]
  const store = await openSqliteStore(join(folder, 'state.db'), { clock, random })
  const godaddy = createGodaddy(sandbox.apis.godaddy.options, { clock, random })
  return servicesOf({ store, clock, random, provider: () => godaddy, providerNames: ['godaddy'] })
}

/** Works on a domain of this name, which is added. */
async function on<T>(
  name: string,
  act: (step: Step, record: (value: string, at?: string) => WrittenRecord) => Promise<T>,
): Promise<T> {
  const domain = sampleDomain({ name, provider: 'godaddy' })
  await services.store.addDomain(domain, [])
  let made = 0
  return step(services, name, {}, (current) =>
    act(current, (value, at = NAME) =>
      sampleRecord(domain, {
        id: `record ${++made} of ${name}`,
        provider: 'godaddy',
        zone: { id: APEX, name: APEX },
        name: at,
        value,
        ttl: 600,
      }),
    ),
  )
}

const journal = async (name = APEX) =>
  (await services.store.recordsOf(sampleDomain({ name }).id)).map(({ value, state }) => [value, state])
const values = (name = NAME) => [...sandbox.dns.values(name, 'TXT')].sort()
const refused = { status: 403, body: { code: 'ACCESS_DENIED', message: 'Not now' } }

describe('records of one RRset', () => {
  test('are written in one call and removed in one call; what others have there stays', async () => {
    sandbox.dns.add({ name: NAME, type: 'TXT', value: THEIRS, ttl: 600 })
    await on(APEX, async (current, record) => {
      const planned = [record('of the name'), record('elsewhere', `_acme-challenge.www.${APEX}`), record('of its wildcard')]
      await current.commit({ recordsWritten: planned })
      const written = await writeRecords(current, planned)
      expect(written).toEqual(planned.map((record) => ({ ...record, state: 'present' })))
      expect(values()).toEqual([THEIRS, 'of its wildcard', 'of the name'].sort())
      // Or in one: the adapter may send what comes at the same time together.
      expect(sandbox.apis.godaddy.requests.addRecords).toBeLessThanOrEqual(2)
      const { removed, warnings } = await removeRecords(current, written)
      expect(removed.map(({ value, state }) => [value, state])).toEqual(planned.map(({ value }) => [value, 'removing']))
      expect(warnings).toEqual([])
    })
    const { replaceRecords, deleteRecords } = sandbox.apis.godaddy.requests
    expect({ replaceRecords, deleteRecords }).toEqual({ replaceRecords: 1, deleteRecords: 1 })
    expect([values(), values(`_acme-challenge.www.${APEX}`), await journal()]).toEqual([[THEIRS], [], []])
  })

  test('stay in the journal, all of them, when their call fails; the others go', async () => {
    await on(APEX, async (current, record) => {
      const planned = [record('one'), record('two'), record('elsewhere', `_acme-challenge.www.${APEX}`)]
      await current.commit({ recordsWritten: planned })
      const written = await writeRecords(current, planned)
      const fault = sandbox.apis.godaddy.addFault({ operation: 'deleteRecords', nth: 1, answer: refused })
      const { removed, failure, warnings } = await removeRecords(current, written)
      expect(fault.hits).toBe(1)
      expect(failure?.code).toBe('PROVIDER_AUTH')
      expect(warnings).toEqual([failure?.message])
      expect(await journal()).toHaveLength(3 - removed.length)
      // Which of the two sets met the fault is not said; the other one is gone.
      const left = (await journal()).map(([value]) => value)
      expect([['one', 'two'], ['elsewhere']]).toContainEqual(left)
      expect([...values(), ...values(`_acme-challenge.www.${APEX}`)]).toEqual(left)
      if (left.length === 2)
        expect(warnings[0]).toMatch(/^2 TXT records at _acme-challenge\.example\.test could not be removed; they/)
      expect((await journal()).every(([, state]) => state === 'removing')).toBe(true)
      const again = await removeRecords(current, await services.store.recordsOf(current.domain.id))
      expect(again.removed.map(({ value }) => value)).toEqual(left)
    })
    expect([values(), values(`_acme-challenge.www.${APEX}`), await journal()]).toEqual([[], [], []])
  })

  test('are planned still when their call fails, and can be written again', async () => {
    await on(APEX, async (current, record) => {
      const planned = [record('one'), record('two')]
      await current.commit({ recordsWritten: planned })
      sandbox.apis.godaddy.addFault({ operation: 'addRecords', nth: 1, answer: refused })
      await expect(writeRecords(current, planned)).rejects.toMatchObject({ code: 'PROVIDER_AUTH' })
      expect(await journal()).toEqual([
        ['one', 'planned'],
        ['two', 'planned'],
      ])
      await writeRecords(current, planned)
      expect(values()).toEqual(['one', 'two'])
    })
  })

  test('leave a value that another order needs, until the last of them goes', async () => {
    const shared = 'shared'
    await on('other.test', async (other, theirs) => {
      const there = theirs(shared)
      await other.commit({ recordsWritten: [there] })
      await writeRecords(other, [there])
      await on(APEX, async (current, record) => {
        const planned = [record(shared), record('own')]
        await current.commit({ recordsWritten: planned })
        const { removed } = await removeRecords(current, await writeRecords(current, planned))
        expect(removed).toHaveLength(2)
        expect(values()).toEqual([shared])
      })
      expect((await removeRecords(other, [there])).removed).toHaveLength(1)
    })
    expect(values()).toEqual([])
  })

  test('have nothing to do with a value of that name in another zone', async () => {
    await on('other.test', async (other, theirs) => {
      const elsewhere = { ...theirs('shared'), zone: { id: 'at another provider', name: APEX } }
      await other.commit({ recordsWritten: [elsewhere] })
      await on(APEX, async (current, record) => {
        const planned = [record('shared')]
        await current.commit({ recordsWritten: planned })
        await removeRecords(current, await writeRecords(current, planned))
      })
    })
    expect(values()).toEqual([])
  })

  test('are kept in mind when the provider does not answer, which is told as what it is', async () => {
    const { clock } = services.runtime
    await on(APEX, async (current, record) => {
      const planned = [record('one')]
      await current.commit({ recordsWritten: planned })
      const written = await writeRecords(current, planned)
      const { promise: never, resolve: end } = Promise.withResolvers<void>()
      sandbox.apis.godaddy.addFault({ operation: 'getRecords', answer: { delay: () => never } })
      const since = clock.now().getTime()
      const { failure, removed } = await removeRecords(current, written)
      end()
      expect(removed).toEqual([])
      expect(failure).toMatchObject({ code: 'PROVIDER_UNREACHABLE', message: expect.stringContaining(NAME) })
      expect(clock.now().getTime() - since).toBe(cleanUpMs(1))
    })
    expect(await journal()).toEqual([['one', 'removing']])
  })

  test('are kept in mind while another process changes the RRset, and that is told', async () => {
    const theirs = { id: 'x', owner: 'another process', ttlMs: 3_600_000, isGone: () => false }
    await on(APEX, async (current, record) => {
      const planned = [record('one')]
      await current.commit({ recordsWritten: planned })
      const written = await writeRecords(current, planned)
      const { until } = await services.store.claimKey(`rrset:${APEX}:${NAME}:TXT`, theirs)
      const { failure } = await removeRecords(current, written)
      expect(failure).toMatchObject({ code: 'LEASE_HELD', retryAt: until, message: expect.stringContaining(NAME) })
    })
    expect(await journal()).toEqual([['one', 'removing']])
  })

  test('that a person made cost no call, and are left to that person', async () => {
    await on(APEX, async (current, record) => {
      const asked = { ...record('by hand'), state: 'asked' as const }
      await current.commit({ recordsWritten: [asked] })
      const { removed, warnings } = await removeRecords(current, [asked])
      expect(removed).toEqual([asked])
      expect(warnings).toEqual([`You may now remove the TXT record ${NAME} "by hand".`])
    })
    expect(Object.values(sandbox.apis.godaddy.requests).every((count) => count === 0)).toBe(true)
  })

  test('may be of any type that providers have, and of no other', async () => {
    await on(APEX, async (current, record) => {
      const addresses = ['192.0.2.1', '192.0.2.2'].map((value) => ({ ...record(value, `www.${APEX}`), type: 'A' }))
      const strange = { ...record('10 mail.example.test', `mail.${APEX}`), type: 'MX' }
      await current.commit({ recordsWritten: [...addresses, strange] })
      const written = await writeRecords(current, addresses)
      expect([...sandbox.dns.values(`www.${APEX}`, 'A')].sort()).toEqual(['192.0.2.1', '192.0.2.2'])
      await expect(writeRecords(current, [strange])).rejects.toMatchObject({ code: 'INTERNAL' })
      const { removed, failure } = await removeRecords(current, [...written, strange])
      expect(removed.map(({ value }) => value)).toEqual(['192.0.2.1', '192.0.2.2'])
      expect(failure?.message).toContain('MX')
    })
    expect(sandbox.dns.values(`www.${APEX}`, 'A')).toEqual([])
  })
})

test('forty names at GoDaddy are clean within the time that is given to them, right after they were written', async () => {
  const { clock } = services.runtime
  await on(APEX, async (current, record) => {
    const planned = Array.from({ length: 40 }, (_, n) => record('v', `_acme-challenge.n${n}.${APEX}`))
    await current.commit({ recordsWritten: planned })
    const written = await writeRecords(current, planned)
    const since = clock.now().getTime()
    expect((await removeRecords(current, written)).removed).toHaveLength(40)
    const took = clock.now().getTime() - since
    expect(took).toBeLessThan(cleanUpMs(40))
    // So long that what is enough for one name would not be.
    expect(took).toBeGreaterThan(cleanUpMs(1))
  })
})

test.each([
  ['lead to one name, where each waits for all the others', () => NAME],
  ['have names of their own, where all wait for the provider', (name: string) => `_acme-challenge.${name}.${APEX}`],
])('forty domains are clean whose challenges %s', async (_, placeOf) => {
  const { clock } = services.runtime
  const names = Array.from({ length: 40 }, (_, n) => `n${n}.test`)
  const since = clock.now().getTime()
  const failures = await Promise.all(
    names.map((name) =>
      on(name, async (current, record) => {
        const planned = [record(`of ${name}`, placeOf(name))]
        await current.commit({ recordsWritten: planned })
        return (await removeRecords(current, await writeRecords(current, planned))).failure
      }),
    ),
  )
  expect(failures.filter((failure) => failure !== undefined)).toEqual([])
  expect(names.flatMap((name) => values(placeOf(name)))).toEqual([])
  // So long that what is enough for one would not be.
  expect(clock.now().getTime() - since).toBeGreaterThan(2 * cleanUpMs(1))
})
