import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('run', () => {
  let world: SandboxWorld
  beforeAll(async () => {
    world = await startSandboxWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const once = async (domainctl: Awaited<ReturnType<typeof openEngine>>['domainctl'], kind = 'domain') => {
    const outcomes: string[] = []
    const signal = new AbortController().signal
    await domainctl.run({
      signal,
      once: true,
      onOutcome: ({ kind: of, name, done, error }) => of === kind && outcomes.push(`${name} ${error?.code ?? done}`),
    })
    return outcomes
  }

  it('takes a name from its first look to its renewal', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    await domainctl.add('run.example.test', { provider: 'rfc2136' })
    expect(await once(domainctl)).toEqual(expect.arrayContaining(['run.example.test issued']))
    const { certificate } = await domainctl.get('run.example.test')
    expect(certificate).toBeDefined()
    await once(domainctl)
    expect((await domainctl.get('run.example.test')).certificate?.serial).toBe(certificate?.serial)
    world.clock.advance(new Date(certificate?.renewAt ?? 0).getTime() - world.clock.now().getTime() + DAY)
    expect(await once(domainctl)).toContain('run.example.test renewed')
    expect((await domainctl.get('run.example.test')).certificate?.serial).not.toBe(certificate?.serial)
  })

  it('checks what has a certificate, and tells of an outage at the third failure', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    await domainctl.add('nowhere.example.test', { provider: 'rfc2136' })
    await once(domainctl)
    const found = []
    for (const ms of [MINUTE, MINUTE / 2, MINUTE, MINUTE]) {
      world.clock.advance(ms)
      found.push(...(await once(domainctl, 'health')))
    }
    expect(found).toEqual(['checked', 'checked', 'outage'].map((done) => `nowhere.example.test ${done}`))
    expect(await domainctl.health('nowhere.example.test')).toMatchObject({ state: 'broken', problem: { layer: 'dns' } })
  })

  it('looks at awaited records until their time is over, and gives up then', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    await domainctl.add('never.example.test', { ownership: 'txt', provider: 'manual' })
    expect(await once(domainctl)).toEqual(['never.example.test not ready'])
    expect(await once(domainctl)).toEqual([])
    world.clock.advance(HOUR)
    expect(await once(domainctl)).toEqual(['never.example.test not ready'])
    world.clock.advance(5 * DAY)
    expect(await once(domainctl)).toEqual(['never.example.test gave up'])
    expect(await domainctl.get('never.example.test')).toMatchObject({ status: 'failed', reason: 'DNS_NOT_READY' })
    world.clock.advance(5 * DAY)
    expect(await once(domainctl)).toEqual([])
  })

  it('orders for a name as soon as its records are seen', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    const { records } = await domainctl.add('seen.example.test', { ownership: 'txt' })
    expect(await once(domainctl)).toEqual(['seen.example.test not ready'])
    await world.publish(records.map(({ name, type, value }) => ({ name, type, value })))
    expect(await once(domainctl)).toEqual([])
    world.clock.advance(MINUTE)
    expect(await once(domainctl)).toEqual(['seen.example.test verified', 'seen.example.test issued', 'seen.example.test nothing'])
    expect(await once(domainctl)).toEqual([])
  })

  it('looks at the records alone until something changes, or a diagnosis is due', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    await domainctl.add('cheap.example.test', { ownership: 'txt', provider: 'manual' })
    await once(domainctl)
    const found = async () => (await domainctl.get('cheap.example.test')).lastError?.message ?? ''
    expect(await found()).toContain('TXT')
    // Only a look at everything sees it.
    await world.publish([{ name: 'cheap.example.test', type: 'CAA', value: '0 issue "other.example"' }])
    world.clock.advance(MINUTE)
    expect(await once(domainctl)).toEqual(['cheap.example.test not ready'])
    expect(await found()).not.toContain('CAA')
    world.clock.advance(HOUR)
    expect(await once(domainctl)).toEqual(['cheap.example.test not ready'])
    expect(await found()).toContain('CAA')
    const { nextActionAt = 0, lastError } = await domainctl.get('cheap.example.test')
    expect(new Date(nextActionAt).getTime() - world.clock.now().getTime()).toBeLessThanOrEqual(5 * MINUTE)
    expect(lastError).toMatchObject({ code: 'DNS_NOT_READY' })
  })

  it('tries a renewal again that a person has to make possible, at a pace', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    const { records } = await domainctl.add('lost.example.test', { ownership: 'txt' })
    const published = records.map(({ name, type, value }) => ({ name, type, value }))
    await world.publish(published)
    await once(domainctl)
    const { certificate } = await domainctl.get('lost.example.test')
    for (const record of published) await world.unpublish(record)
    world.clock.advance(new Date(certificate?.renewAt ?? 0).getTime() - world.clock.now().getTime() - 4 * DAY)
    await domainctl.verify('lost.example.test')
    world.clock.advance(5 * DAY)
    expect(await once(domainctl)).toEqual(['lost.example.test DNS_NOT_READY'])
    expect(await once(domainctl)).toEqual([])
    await world.publish(published)
    world.clock.advance(HOUR)
    expect(await once(domainctl)).toContain('lost.example.test renewed')
  })

  it('erases a removed name when its quarantine is over', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    await domainctl.issue('gone.example.test')
    await domainctl.remove('gone.example.test')
    world.clock.advance(6 * DAY)
    expect(await once(domainctl)).toEqual([])
    world.clock.advance(2 * DAY)
    expect(await once(domainctl)).toEqual(['gone.example.test erased'])
    await expect(domainctl.get('gone.example.test')).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
    await domainctl.add('gone.example.test')
    expect(await once(domainctl)).toContain('gone.example.test issued')
  })

  it('keeps a removed name whose key was in wrong hands', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    await domainctl.issue('leaked.example.test')
    await domainctl.revoke('leaked.example.test', { reason: 'keyCompromise' })
    await domainctl.remove('leaked.example.test')
    world.clock.advance(8 * DAY)
    await once(domainctl)
    expect(await domainctl.get('leaked.example.test')).toMatchObject({ status: 'deleted' })
    expect(await once(domainctl)).toEqual([])
  })

  it('does all others when the row of one of them is damaged', async () => {
    await using engine = await openEngine(world)
    const { domainctl, directory } = engine
    for (const name of ['damaged.example.test', 'whole.example.test']) await domainctl.add(name)
    const edit = (sql: string) => {
      const database = new DatabaseSync(join(directory, 'state.db'))
      database.exec(sql)
      database.close()
    }
    edit("update domains set settings = '!' || settings where name = 'damaged.example.test'")
    const outcomes = await once(domainctl)
    expect(outcomes.filter((one) => one.startsWith('whole'))).toContain('whole.example.test issued')
    expect(outcomes.filter((one) => one.startsWith('damaged'))).toEqual([expect.stringMatching(/^damaged\.example\.test STATE_/)])
    edit("update domains set settings = substr(settings, 2) where name = 'damaged.example.test'")
    expect(await once(domainctl)).toContain('damaged.example.test issued')
  })

  it('ends when it is told to', async () => {
    await using engine = await openEngine(world)
    const stop = new AbortController()
    let ticks = 0
    await engine.domainctl.run({
      signal: stop.signal,
      onTick: () => {
        ticks += 1
        stop.abort()
      },
    })
    expect(ticks).toBe(1)
  })
})
