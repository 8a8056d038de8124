import { inParallel } from '@domainctl/core'
import { expect, test } from 'vitest'
import { openEngine, readChain } from './engine.ts'
import { txtAt, untilShown } from './lookup.ts'
import type { Suite } from './suite.ts'

/** From a name to its certificate, and the renewal, with a provider that writes the records; also of many names at once. */
export const mainRoad: Suite = (world) => {
  oneAtATime(world)
  atOnce(50, 16)(world)
}

/** Many names by one engine, so many of them under way at a time. */
export function atOnce(count: number, width: number): Suite {
  return (world) => {
    test(`${count} names at once, with one account, and no TXT left`, async () => {
      await using engine = await openEngine(world())
      const { domainctl } = engine
      const before = await world().requests()
      const names = Array.from({ length: count }, (_, i) => `bulk${i}.example.test`)
      const issued = await inParallel(names, width, (name) => domainctl.issue(name))
      expect(issued.filter(({ issued }) => issued)).toHaveLength(count)
      expect(new Set(issued.map(({ certificate }) => certificate.serial)).size).toBe(count)
      for (const name of names) expect(await txtAt(world(), `_acme-challenge.${name}`)).toEqual([])
      const asked = await world().requests()
      const accounts = (asked.newAccount ?? 0) - (before.newAccount ?? 0)
      if (!world().refusesNonces) expect(accounts).toBe(1)
      expect((await domainctl.list({}, { limit: 1000 })).domains.filter(({ status }) => status === 'active')).toHaveLength(count)
    })
  }
}

/** The road of one name. */
export const oneAtATime: Suite = (world) => {
  test("apex and wildcard in one certificate; nothing is left behind, and a stranger's TXT is untouched", async () => {
    await using engine = await openEngine(world())
    const { domainctl } = engine
    await world().publish([{ name: '_acme-challenge.example.test', type: 'TXT', value: 'of somebody else' }])

    const issuance = await domainctl.issue('example.test', { wildcard: true })
    expect(issuance).toMatchObject({ issued: true, domain: { status: 'active' } })
    const { fullchain } = await domainctl.export('example.test')
    expect(readChain(world(), fullchain)).toMatchObject({ names: ['*.example.test', 'example.test'], trusted: true })
    expect(await txtAt(world(), '_acme-challenge.example.test')).toEqual(['of somebody else'])
    expect((await domainctl.get('example.test')).records).toEqual([])

    // A good certificate is kept.
    expect(await domainctl.issue('example.test')).toMatchObject({ issued: false })
    expect(await domainctl.renew('example.test')).toMatchObject({ issued: false })

    const renewal = await domainctl.renew('example.test', { force: true })
    expect(renewal.issued).toBe(true)
    expect(renewal.certificate.serial).not.toBe(issuance.certificate.serial)
    expect(await txtAt(world(), '_acme-challenge.example.test')).toEqual(['of somebody else'])
  })

  test('a challenge that is delegated by CNAME into another zone is written there', async () => {
    await using engine = await openEngine(world())
    const { domainctl } = engine
    const name = 'delegated.example.test'
    const { records } = await domainctl.add(name, { delegate: 'validation.test' })
    const target = records[0]?.value ?? ''
    expect(records[0]).toMatchObject({ purpose: 'delegation', type: 'CNAME', name: `_acme-challenge.${name}` })

    const early = await domainctl.verify(name)
    expect(early).toMatchObject({
      ok: false,
      error: { code: 'DNS_NOT_READY', actor: 'customer' },
      domain: { status: 'pending_dns' },
    })
    await expect(domainctl.issue(name)).rejects.toMatchObject({ code: 'DNS_NOT_READY' })

    await world().publish([{ name: `_acme-challenge.${name}`, type: 'CNAME', value: target }])
    expect(await domainctl.verify(name, { waitMs: 20_000 })).toMatchObject({ ok: true, domain: { status: 'issuing' } })
    expect(await domainctl.issue(name)).toMatchObject({ issued: true, domain: { status: 'active' } })
    expect(await txtAt(world(), target)).toEqual([])
    const history = await domainctl.history(name)
    expect(history.find(({ event }) => event === 'record.written')?.message).toBe(`TXT ${target}`)
  })

  test('remove takes the challenge records of an open order away', async () => {
    await using engine = await openEngine(world())
    const { domainctl } = engine
    const stop = new AbortController()
    const name = 'removed.example.test'
    const interrupted = domainctl.issue(name, {
      signal: stop.signal,
      onProgress: ({ message }) => message.includes('waiting for the name servers') && stop.abort(),
    })
    await expect(interrupted).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(await txtAt(world(), `_acme-challenge.${name}`)).toEqual([])
    expect(await domainctl.remove(name)).toMatchObject({ domain: { status: 'deleted' } })
    await expect(domainctl.verify(name)).rejects.toMatchObject({ code: 'DOMAIN_STATUS' })
    expect((await domainctl.issue(name)).issued).toBe(true)
  })

  test('a tenant whose ownership record is gone is warned at the renewal; without preflight wrong routing stops nothing', async () => {
    await using engine = await openEngine(world(), { tenant: 'customer' })
    const { domainctl } = engine
    const name = 'tenant.example.test'
    const { records } = await domainctl.add(name, { target: 'edge.example.test' })
    const { name: at = '', value = '' } = records.find(({ purpose }) => purpose === 'ownership') ?? {}
    await world().publish([{ name: at, type: 'TXT', value }])
    await untilShown(world(), [{ name: at, type: 'TXT' }])
    // Waited for in vain, and looked at twice.
    await expect(domainctl.issue(name, { waitMs: 200 })).rejects.toMatchObject({ code: 'DNS_NOT_READY' })
    expect(await domainctl.issue(name, { preflight: false })).toMatchObject({ issued: true, domain: { status: 'active' } })
    expect(await domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
    await world().unpublish({ name: at, type: 'TXT' })
    await untilShown(world(), [{ name: at, type: 'TXT' }])
    const renewed = await domainctl.renew(name, { force: true })
    expect(renewed).toMatchObject({ issued: true, domain: { status: 'active' } })
    expect(renewed.warnings).toEqual([
      expect.stringContaining(`The ownership record of ${name} is not there: put it back before`),
    ])
  })
}
