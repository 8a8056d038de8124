import { createManual } from '@domainctl/providers'
import { expect, test } from 'vitest'
import { openEngine } from './engine.ts'
import { untilShown } from './lookup.ts'
import type { Suite } from './suite.ts'
import type { PublishedRecord } from './world.ts'

/** Records that a person makes. */
export const recordsByHand: Suite = (world) => {
  test('ownership by TXT, records by hand: the command asks for all at once, and goes on when they are there', async () => {
    await using engine = await openEngine(world())
    const { domainctl } = engine
    const name = 'by-hand.example.test'
    const { records } = await domainctl.add(name, {
      provider: 'manual',
      ownership: 'txt',
      san: ['www.by-hand.example.test'],
      target: 'edge.example.test',
    })
    expect(records.map(({ purpose }) => purpose).sort()).toEqual(['ownership', 'ownership', 'routing', 'routing'])

    const verification = await domainctl.verify(name)
    const problems = verification.checks.filter(({ ok }) => !ok).map(({ problem }) => problem)
    expect(problems).toEqual(Array(4).fill('RECORD_MISSING'))
    // What the names lead to has to be there as well.
    const edge = { name: 'edge.example.test', type: 'A', value: '192.0.2.1' } as const
    await world().publish([...records.map(asPublished), edge])
    expect(await domainctl.verify(name, { waitMs: 20_000 })).toMatchObject({ ok: true })

    const wanted = await domainctl.issue(name).catch((error) => error)
    expect(wanted).toMatchObject({ code: 'DNS_RECORDS_WANTED', kind: 'not-ready' })
    const challenges = (await domainctl.get(name)).records.filter(({ purpose }) => purpose === 'challenge').map(asPublished)
    expect(challenges).toHaveLength(2)
    const { newOrder: orders = 0 } = await world().requests()
    expect(orders).toBeGreaterThan(0)

    await world().publish(challenges)
    // As a person does it: once the records are there, the same command is all it takes.
    await untilShown(
      world(),
      challenges.map(({ name }) => ({ name, type: 'TXT' })),
    )
    const issuance = await domainctl.issue(name)
    expect(issuance.issued).toBe(true)
    expect(issuance.warnings.filter((warning) => warning.includes('You may now remove'))).toHaveLength(2)
    // One order for both runs (a nonce that the CA refused on purpose is asked again).
    expect((await world().requests()).newOrder).toBe(orders)
    expect((await domainctl.history(name)).filter(({ event }) => event === 'order.created')).toHaveLength(1)
  })

  test('an order that `renew` began by hand is ended by `issue`, though the certificate is good', async () => {
    await using engine = await openEngine(world())
    const { domainctl } = engine
    const name = 'renewed-by-hand.example.test'
    await domainctl.issue(name)
    const byHand = await engine.again({ providers: { rfc2136: createManual() } })
    // Pebble takes over one valid authorization in a hundred although it is told to take over none.
    let renewal: unknown
    for (let tries = 0; tries < 3 && !(renewal instanceof Error); tries++)
      renewal = await byHand.renew(name, { force: true }).catch((error) => error)
    expect(renewal, String(renewal)).toMatchObject({ code: 'DNS_RECORDS_WANTED' })
    await world().publish((await byHand.get(name)).records.map(asPublished))
    expect(await byHand.issue(name, { waitMs: 20_000 })).toMatchObject({ issued: true, reason: 'an order was open' })
  })

  test('with nobody looking, the CA is told only after a person has run the command again', async () => {
    await using engine = await openEngine(world(), { propagation: { mode: 'none' }, provider: 'manual' })
    const { domainctl } = engine
    const name = 'unwatched.example.test'
    await expect(domainctl.issue(name, { ownership: 'none' })).rejects.toMatchObject({ code: 'DNS_RECORDS_WANTED' })
    const challenges = (await domainctl.get(name)).records.map(asPublished)
    expect(challenges).toHaveLength(1)
    await world().publish(challenges)
    await untilShown(world(), [{ name: `_acme-challenge.${name}`, type: 'TXT' }])
    expect(await domainctl.issue(name)).toMatchObject({ issued: true })
  })
}

function asPublished({ name, type, value }: { name: string; type: string; value: string }): PublishedRecord {
  if (type !== 'TXT' && type !== 'CNAME') throw new Error(`no record of these tests is a ${type}`)
  return { name, type, value }
}
