import { expect, test } from 'vitest'
import { API_PROVIDER_NAMES } from '../lifecycle/api-providers.ts'
import { openEngine, readChain } from '../lifecycle/engine.ts'
import { valuesAt } from '../lifecycle/lookup.ts'
import { atOnce, oneAtATime } from '../lifecycle/main-road.ts'
import { describeIn, type Suite } from '../lifecycle/suite.ts'
import { type ProviderWorld, startProviderWorld } from './provider-world.ts'

// Each provider on a CA that others wrote: Pebble asks the name servers of the sandbox, over whose zones the APIs are.

/**
 * Few: the name servers and the APIs share a process with the engine, and Pebble waits for an answer of theirs for 2 s, which
 * a busy machine may need when there is more to do at once.
 */
const AT_ONCE = 12
const WIDTH = 4

const STRANGER = 'of somebody else'

/** A customer's name: what is proven, delegated, issued and taken back, beside the records of strangers. */
const customer: Suite<ProviderWorld> = (world) => {
  test("a customer's name, delegated, with its wildcard: issued, renewed and removed; the records of others stay", async () => {
    const callsBefore = world().calls?.() ?? 0
    await using engine = await openEngine(world(), { tenant: 'customer' })
    const { domainctl } = engine
    const name = 'customer.example.test'
    const { records } = await domainctl.add(name, { ownership: 'txt', wildcard: true, delegate: 'validation.test' })
    expect(records.map(({ purpose, type }) => [purpose, type]).sort()).toEqual([
      ['delegation', 'CNAME'],
      ['ownership', 'TXT'],
    ])
    const target = records.find(({ type }) => type === 'CNAME')?.value ?? ''
    const ownership = records.find(({ type }) => type === 'TXT')
    if (!ownership) throw new Error('no ownership record is asked for')
    await world().publish([
      { name: target, type: 'TXT', value: STRANGER },
      { name: ownership.name, type: 'TXT', value: STRANGER },
    ])
    await expect(domainctl.issue(name)).rejects.toMatchObject({ code: 'DNS_NOT_READY' })
    for (const { name, type, value } of records) {
      if (type === 'TXT' || type === 'CNAME') await world().publish([{ name, type, value }])
    }

    const first = await domainctl.issue(name, { waitMs: 20_000 })
    expect(first).toMatchObject({ issued: true, domain: { status: 'active' } })
    const { fullchain } = await domainctl.export(name)
    expect(readChain(world(), fullchain)).toMatchObject({ names: [`*.${name}`, name], trusted: true })
    const renewed = await domainctl.renew(name, { force: true })
    expect(renewed.certificate.serial).not.toBe(first.certificate.serial)
    const written = (await domainctl.history(name)).filter(({ event }) => event === 'record.written')
    expect(written.length).toBeGreaterThanOrEqual(2)
    expect(new Set(written.map(({ message }) => message))).toEqual(new Set([`TXT ${target}`]))

    const removal = await domainctl.remove(name)
    expect(removal).toMatchObject({ domain: { status: 'deleted' }, removed: [] })
    await expect
      .poll(() => Promise.all(world().servers.map((server) => valuesAt(server, { name: target, type: 'TXT' }))))
      .toEqual(world().servers.map(() => [STRANGER]))
    expect(world().sandbox.dns.values(ownership.name, 'TXT').sort()).toEqual([ownership.value, STRANGER].sort())
    expect(world().sandbox.dns.values(`_acme-challenge.${name}`, 'CNAME')).toEqual([target])
    // It was this provider that wrote, where it has an API that counts.
    if (world().calls) expect(world().calls?.()).toBeGreaterThan(callsBefore)
  })
}

for (const name of [...API_PROVIDER_NAMES, 'rfc2136'] as const) {
  describeIn(
    `the whole lifecycle by ${name} on Pebble`,
    () => startProviderWorld(name),
    customer,
    oneAtATime,
    atOnce(AT_ONCE, WIDTH),
  )
}
