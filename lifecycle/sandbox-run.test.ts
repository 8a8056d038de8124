import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

describe('run', () => {
  let world: SandboxWorld
  beforeAll(async () => {
    world = await startSandboxWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const once = async (domainctl: Awaited<ReturnType<typeof openEngine>>['domainctl']) => {
    const outcomes: string[] = []
    const signal = new AbortController().signal
    await domainctl.run({
      signal,
      once: true,
      onOutcome: ({ name, done, error }) => outcomes.push(`${name} ${error?.code ?? done}`),
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

  it('looks at awaited records until their time is over, and gives up then', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    await domainctl.add('never.example.test', { ownership: 'txt', provider: 'manual' })
    expect(await once(domainctl)).toEqual(['never.example.test not ready'])
    expect(await once(domainctl)).toEqual([])
    world.clock.advance(HOUR)
    expect(await once(domainctl)).toEqual(['never.example.test not ready'])
    world.clock.advance(5 * DAY)
    expect(await once(domainctl)).toEqual(['never.example.test not ready'])
    expect(await domainctl.get('never.example.test')).toMatchObject({ status: 'failed', reason: 'DNS_NOT_READY' })
    world.clock.advance(5 * DAY)
    expect(await once(domainctl)).toEqual([])
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
