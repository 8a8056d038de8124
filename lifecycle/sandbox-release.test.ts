import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShell } from './command.ts'
import { openEngine } from './engine.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

const DAY = 86_400_000

describe('the quarantine of a removed name', () => {
  let world: SandboxWorld
  beforeAll(async () => {
    world = await startSandboxWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  /** A name that a tenant has proven and removed, in a state that another tenant works on as well. */
  async function removedBy(tenant: string, name: string) {
    const env = { DOMAINCTL_TENANT: tenant }
    const shell = await openShell(world, env)
    const added = await shell.domainctl('add', name, '--ownership', 'txt', '--json')
    const [{ domain }] = JSON.parse(added.stdout).results
    await world.publish(domain.records.map(({ name, type, value }: Record<string, string>) => ({ name, type, value })))
    expect(await shell.domainctl('verify', name)).toMatchObject({ code: 0 })
    expect(await shell.domainctl('remove', name, '--yes')).toMatchObject({ code: 0 })
    return shell
  }

  it('lets nobody else have it without a fresh ownership record, until an operator releases it', async () => {
    await using shell = await removedBy('one', 'gone.example.test')
    const other = ['--tenant', 'default', '--json']
    const refused = await shell.domainctl('add', 'gone.example.test', '--ownership', 'none', ...other)
    expect(refused.code).not.toBe(0)
    expect(JSON.parse(refused.stdout).results[0].error).toMatchObject({
      code: 'OWNERSHIP_TAKEN',
      hint: expect.stringContaining('domainctl release gone.example.test'),
    })
    const added = JSON.parse((await shell.domainctl('add', 'gone.example.test', ...other)).stdout).results[0].domain
    expect(added.records).toContainEqual(expect.objectContaining({ purpose: 'ownership', state: 'unknown' }))
    expect(await shell.domainctl('remove', 'gone.example.test', '--yes', ...other)).toMatchObject({ code: 0 })
    expect(await shell.domainctl('release', 'gone.example.test', '--yes', ...other)).toMatchObject({ code: 0 })

    const unasked = await shell.domainctl('release', 'gone.example.test')
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    const released = await shell.domainctl('release', 'gone.example.test', '--yes', '--reason', 'sold\nelsewhere')
    expect(released).toMatchObject({ code: 0, stdout: expect.stringContaining('gone.example.test is released') })
    const audit = JSON.parse((await shell.domainctl('audit', '--event', 'domain.released', '--json', '--tenant', 'one')).stdout)
    expect(audit.events.at(-1)).toMatchObject({ event: 'domain.released', message: 'sold elsewhere', tenant: 'one' })
    const free = JSON.parse((await shell.domainctl('add', 'gone.example.test', ...other)).stdout).results[0].domain
    expect(free.records).toEqual([])
    const again = await shell.domainctl('release', 'gone.example.test', '--yes', '--json')
    expect(JSON.parse(again.stdout).results[0].error).toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
  })

  it('is over after 7 days, also where nobody has erased it', async () => {
    await using engine = await openEngine(world, { tenant: 'one' })
    const { domainctl } = engine
    const { records } = await domainctl.add('late.example.test', { ownership: 'txt' })
    await world.publish(records.map(({ name, type, value }) => ({ name, type, value })))
    await domainctl.verify('late.example.test')
    await domainctl.remove('late.example.test')
    const other = await engine.again({ tenant: 'two' })
    await expect(other.add('late.example.test', { ownership: 'none' })).rejects.toMatchObject({
      code: 'OWNERSHIP_TAKEN',
    })
    world.clock.advance(7 * DAY + 1000)
    expect(await other.add('late.example.test', { ownership: 'none' })).toMatchObject({ records: [] })
  })

  it('is ended of none that is not removed, and keeps one whose key was in wrong hands', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    await domainctl.issue('leaked.example.test')
    await expect(domainctl.release('leaked.example.test')).rejects.toMatchObject({
      code: 'DOMAIN_STATUS',
      hint: expect.stringContaining('domainctl remove leaked.example.test'),
    })
    await expect(domainctl.release('nowhere.example.test')).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
    await domainctl.revoke('leaked.example.test', { reason: 'keyCompromise' })
    await domainctl.remove('leaked.example.test')
    await expect(domainctl.release('leaked.example.test', { reason: ' ' })).rejects.toMatchObject({ code: 'USAGE' })
    for (const _ of [1, 2]) {
      expect(await domainctl.release('leaked.example.test')).toEqual({ name: 'leaked.example.test', erased: false })
    }
    const events = (await domainctl.history('leaked.example.test')).filter(({ event }) => event === 'domain.released')
    expect(events).toHaveLength(1)
    expect((await domainctl.get('leaked.example.test')).nextActionAt).toBeUndefined()
  })
})
