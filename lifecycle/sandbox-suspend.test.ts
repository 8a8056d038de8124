import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShell } from './command.ts'
import { openEngine } from './engine.ts'
import { txtAt } from './lookup.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

const DAY = 86_400_000

describe('suspending', () => {
  let world: SandboxWorld
  beforeAll(async () => {
    world = await startSandboxWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  const once = { once: true, signal: new AbortController().signal }

  it('keeps a domain from being renewed by whomever, and resuming renews it', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    const { certificate } = await domainctl.issue('aside.example.test', { provider: 'rfc2136' })
    const { domain, warnings } = await domainctl.suspend('aside.example.test', { reason: 'has not paid\nsince May' })
    expect(warnings).toEqual([])
    expect(domain).toMatchObject({ status: 'suspended', reason: expect.stringContaining('has not paid') })
    expect(domain.reason).not.toContain('\n')
    expect(domain.nextActionAt).toBeUndefined()

    world.clock.advance(89 * DAY)
    await domainctl.run(once)
    expect(await domainctl.renewals()).toEqual([])
    for (const verb of ['verify', 'issue', 'renew', 'deploy', 'apply'] as const) {
      await expect(domainctl[verb]('aside.example.test'), verb).rejects.toMatchObject({
        code: 'DOMAIN_STATUS',
        hint: expect.stringContaining('domainctl resume aside.example.test'),
      })
    }
    expect((await domainctl.get('aside.example.test')).certificate).toMatchObject({ serial: certificate.serial })

    const again = await domainctl.suspend('aside.example.test')
    expect(again.domain.reason, 'the reason stays').toBe(domain.reason)
    const resumed = await domainctl.resume('aside.example.test')
    expect(resumed).toMatchObject({ status: 'active' })
    expect(resumed.reason).toBeUndefined()
    await domainctl.run(once)
    const renewed = await domainctl.get('aside.example.test')
    expect(renewed.certificate?.serial).not.toBe(certificate.serial)
    const events = await domainctl.history('aside.example.test')
    expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['domain.suspended', 'domain.resumed']))
  })

  it('gives up an open order and takes its records away; the next one begins anew', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    const name = 'half-way.example.test'
    world.addFault({ resource: 'finalize', refuse: { status: 503 } })
    await expect(domainctl.issue(name, { provider: 'rfc2136' })).rejects.toMatchObject({ kind: 'ca-unavailable' })
    world.clearFaults()
    await domainctl.suspend(name)
    expect(await txtAt(world, `_acme-challenge.${name}`)).toEqual([])
    expect(await domainctl.resume(name)).toMatchObject({ status: 'pending_dns', attempts: 0 })
    world.clock.advance(DAY)
    expect(await domainctl.issue(name)).toMatchObject({ domain: { status: 'active' } })
  })

  it('does not take up what is not suspended, nor put aside what is removed', async () => {
    await using engine = await openEngine(world)
    const { domainctl } = engine
    const name = 'other.example.test'
    const added = await domainctl.add(name, { provider: 'rfc2136' })
    expect(await domainctl.resume(name)).toEqual(added)
    await expect(domainctl.suspend(name, { reason: ' ' })).rejects.toMatchObject({ code: 'USAGE' })
    await expect(domainctl.suspend(name, { reason: 'x'.repeat(201) })).rejects.toMatchObject({ code: 'USAGE' })
    await domainctl.suspend(name)
    expect(await domainctl.remove(name)).toMatchObject({ domain: { status: 'deleted' } })
    for (const verb of ['suspend', 'resume'] as const) {
      await expect(domainctl[verb](name)).rejects.toMatchObject({ code: 'DOMAIN_STATUS' })
    }
  })

  it('is two commands', async () => {
    // The command goes by the time of the machine, from which the other tests have departed.
    await using own = await startSandboxWorld()
    await using shell = await openShell(own)
    expect(await shell.domainctl('issue', 'typed.example.test')).toMatchObject({ code: 0 })
    const suspended = await shell.domainctl('suspend', 'typed.example.test', '--reason', 'on hold')
    expect(suspended).toMatchObject({ code: 0 })
    expect(suspended.stdout + suspended.stderr).toMatch(
      /typed\.example\.test is suspended \(on hold\)\.\s+Its\s+certificate\s+ends\s+in/,
    )
    expect((await shell.domainctl('list', '--status', 'suspended')).stdout).toContain('typed.example.test')
    expect(await shell.domainctl('renew', 'typed.example.test', '--force')).toMatchObject({ code: 2 })
    expect(await shell.domainctl('resume', 'typed.example.test')).toMatchObject({ code: 0 })
    expect(await shell.domainctl('suspend', 'nobody.example.test')).toMatchObject({ code: 2 })
  })
})
