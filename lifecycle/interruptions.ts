import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { type Finished, openShell } from './command.ts'
import { txtAt } from './lookup.ts'
import type { Suite } from './suite.ts'
import type { CaResource, FaultInForce, FaultyWorld } from './world.ts'

/** What a test is called, and where it stops the command. */
const stations = [
  ['newOrder', 'newOrder'],
  ['authorization', 'authorization'],
  ['challenge', 'challenge'],
  ['the first look at the order', 'order'],
  ['finalize', 'finalize'],
  ['certificate', 'certificate'],
] as const satisfies readonly (readonly [string, CaResource])[]

/**
 * The command, ended at every point of its way. The CA refuses no nonce: every request that it counts is one that
 * domainctl meant.
 */
export const interruptions: Suite<FaultyWorld> = (world) => {
  afterEach(() => world().clearFaults())

  const orders = async () => (await world().requests()).newOrder ?? 0
  const ordersAre = (n: number) => vi.waitFor(async () => expect(await orders()).toBe(n), { timeout: 5_000 })
  /** Resolves when the running command has met the fault; a command that ended before tells why. */
  async function isHit(fault: FaultInForce, finished: Promise<Finished>): Promise<void> {
    const ended = finished.then(({ code, stderr }) => {
      if (fault.hits === 0) throw new Error(`the command ended with ${code} before it met the fault: ${stderr}`)
    })
    await Promise.race([vi.waitFor(() => expect(fault.hits).toBe(1), { timeout: 20_000, interval: 2 }), ended])
  }

  test.each(stations)(
    'SIGKILL while %s is on its way: the next run ends the same order, and no TXT stays',
    async (station, resource) => {
      await using shell = await openShell(world())
      const name = `killed-at-${resource.toLowerCase()}.example.test`
      // The account is there already: only the order is at stake.
      expect(await shell.domainctl('issue', `warm-up.${name}`)).toMatchObject({ code: 0 })
      const before = await orders()

      const fault = world().addFault({ resource, nth: 1, delay: () => sleep(400) })
      const { child, finished } = shell.start('issue', name)
      await isHit(fault, finished)
      child.kill('SIGKILL')
      expect(await finished).toMatchObject({ signal: 'SIGKILL' })
      // A sandbox has made the order by now; elsewhere the request reaches the CA all the same. Its answer is what is lost.
      if (station === 'newOrder') await ordersAre(before + 1)

      const second = await shell.domainctl('issue', name, '--json')
      expect(second, second.stderr).toMatchObject({ code: 0 })
      expect(await orders()).toBe(before + 1)
      expect(await txtAt(world(), `_acme-challenge.${name}`)).toEqual([])
      const history = JSON.parse((await shell.domainctl('history', name, '--json')).stdout)
      const events: string[] = history.events.map(({ event }: { event: string }) => event)
      // One key: an order that is planned anew gets a new one.
      expect(events.filter((event) => event === 'order.planned')).toHaveLength(1)
      expect(events.at(-1)).toBe('certificate.stored')
    },
  )

  test.each(stations)('SIGINT while %s is on its way: it stops cleanly, and the next run continues', async (_, resource) => {
    await using shell = await openShell(world())
    const name = `stopped-at-${resource.toLowerCase()}.example.test`
    const fault = world().addFault({ resource, nth: 1, delay: () => sleep(300) })
    const { child, finished } = shell.start('issue', name)
    await isHit(fault, finished)
    child.kill('SIGINT')
    const stopped = await finished
    expect(stopped, stopped.stderr).toMatchObject({ code: 130 })
    expect(await txtAt(world(), `_acme-challenge.${name}`)).toEqual([])

    const second = await shell.domainctl('issue', name)
    expect(second, second.stderr).toMatchObject({ code: 0 })
    expect(await txtAt(world(), `_acme-challenge.${name}`)).toEqual([])
  })

  test.each([0, 2, 5, 10, 20])(
    'a second SIGINT, %d ms after the first, ends it at once; the next run ends the same order',
    async (pause) => {
      await using shell = await openShell(world())
      const name = `twice-${pause}.example.test`
      const before = await orders()
      const fault = world().addFault({ resource: 'challenge', nth: 1, refuse: { status: 503 } })
      const { child, finished } = shell.start('issue', name)
      await isHit(fault, finished)
      child.kill('SIGINT')
      await sleep(pause)
      child.kill('SIGINT')
      await finished
      world().clearFaults()
      const second = await shell.domainctl('issue', name, '--force')
      expect(second, second.stderr).toMatchObject({ code: 0 })
      expect(await orders()).toBe(before + 1)
      expect(await txtAt(world(), `_acme-challenge.${name}`)).toEqual([])
    },
  )

  test('an answer to newOrder that is lost on the wire costs no second order', async () => {
    await using shell = await openShell(world())
    const name = 'lost-answer.example.test'
    const before = await orders()
    world().addFault({ resource: 'newOrder', nth: 1, loseAnswer: true })
    expect(await shell.domainctl('issue', name)).toMatchObject({ code: 5 })
    expect(await shell.domainctl('issue', name)).toMatchObject({ code: 0 })
    expect(await orders()).toBe(before + 1)
  })

  test('two processes: one works, the other says so and exits 9', async () => {
    await using shell = await openShell(world())
    const name = 'contended.example.test'
    const otherIsDone = Promise.withResolvers<void>()
    const fault = world().addFault({ resource: 'newOrder', nth: 1, delay: () => otherIsDone.promise })
    const { finished } = shell.start('issue', name)
    await isHit(fault, finished)
    const other = await shell.domainctl('issue', name, '--json')
    otherIsDone.resolve()
    expect(other.code).toBe(9)
    expect(JSON.parse(other.stdout).results[0].error).toMatchObject({ code: 'LEASE_HELD' })
    expect(await finished).toMatchObject({ code: 0 })
  })
}
