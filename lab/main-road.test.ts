import { inParallel } from '@domainctl/core'
import { createManual } from '@domainctl/providers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openEngine, readChain, txtAt } from './engine.ts'
import { type Lab, startLab } from './lab.ts'

describe.each(['bind', 'knot'] as const)('the main road by %s', (dns) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab({ dns })
  })
  afterAll(() => lab.stop())

  test("apex and wildcard in one certificate; nothing is left behind, and a stranger's TXT is untouched", async () => {
    await using engine = await openEngine(lab)
    const { domainctl } = engine
    await lab.nsupdate(['zone example.test', 'update add _acme-challenge.example.test 60 TXT "of somebody else"'])

    const issuance = await domainctl.issue('example.test', { wildcard: true })
    expect(issuance).toMatchObject({ issued: true, domain: { status: 'active' } })
    const { fullchain } = await domainctl.export('example.test')
    expect(await readChain(lab, fullchain)).toMatchObject({ names: ['*.example.test', 'example.test'], trusted: true })
    expect(await txtAt(lab, '_acme-challenge.example.test')).toEqual(['of somebody else'])
    expect((await domainctl.get('example.test')).records).toEqual([])

    // A good certificate is kept.
    expect(await domainctl.issue('example.test')).toMatchObject({ issued: false })
    expect(await domainctl.renew('example.test')).toMatchObject({ issued: false })

    const renewal = await domainctl.renew('example.test', { force: true })
    expect(renewal.issued).toBe(true)
    expect(renewal.certificate.serial).not.toBe(issuance.certificate.serial)
    expect(await txtAt(lab, '_acme-challenge.example.test')).toEqual(['of somebody else'])
  })

  test('a challenge that is delegated by CNAME into another zone is written there', async () => {
    await using engine = await openEngine(lab)
    const { domainctl } = engine
    const name = 'delegated.example.test'
    const { records } = await domainctl.add(name, { delegate: 'validation.test' })
    const [delegation] = records
    expect(delegation).toMatchObject({ purpose: 'delegation', type: 'CNAME', name: `_acme-challenge.${name}` })

    const early = await domainctl.verify(name)
    expect(early).toMatchObject({
      ok: false,
      error: { code: 'DNS_NOT_READY', actor: 'customer' },
      domain: { status: 'pending_dns' },
    })
    await expect(domainctl.issue(name)).rejects.toMatchObject({ code: 'DNS_NOT_READY' })

    await lab.nsupdate([`update add ${delegation?.name} 60 CNAME ${delegation?.value}.`])
    expect(await domainctl.verify(name, { waitMs: 20_000 })).toMatchObject({ ok: true, domain: { status: 'issuing' } })
    expect(await domainctl.issue(name)).toMatchObject({ issued: true, domain: { status: 'active' } })
    expect(await txtAt(lab, delegation?.value ?? '')).toEqual([])
    const history = await domainctl.history(name)
    expect(history.find(({ event }) => event === 'record.written')?.message).toBe(`TXT ${delegation?.value}`)
  })

  test('ownership by TXT, records by hand: the command asks for all at once, and goes on when they are there', async () => {
    await using engine = await openEngine(lab)
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
    expect(verification.checks.map(({ problem }) => problem)).toEqual(Array(4).fill('RECORD_MISSING'))
    await lab.nsupdate(
      records.map(({ type, name, value }) => `update add ${name} 60 ${type} ${type === 'TXT' ? `"${value}"` : `${value}.`}`),
    )
    expect(await domainctl.verify(name, { waitMs: 20_000 })).toMatchObject({ ok: true })

    const wanted = await domainctl.issue(name).catch((error) => error)
    expect(wanted).toMatchObject({ code: 'DNS_RECORDS_WANTED', kind: 'not-ready' })
    const challenges = (await domainctl.get(name)).records.filter(({ purpose }) => purpose === 'challenge')
    expect(challenges).toHaveLength(2)
    expect((await lab.requests())['POST /order-plz']).toBeGreaterThan(0)
    const orders = (await lab.requests())['POST /order-plz']

    await lab.nsupdate(challenges.map(({ name, value }) => `update add ${name} 60 TXT "${value}"`))
    // As a person does it: once the records are there, the same command is all it takes.
    const everywhere = async () => {
      const { addresses } = lab
      for (const server of [addresses.primary, addresses.secondary]) {
        for (const { name } of challenges) expect((await lab.dig(name, 'TXT', server)).answer).toHaveLength(1)
      }
    }
    await vi.waitFor(everywhere, { timeout: 10_000 })
    const issuance = await domainctl.issue(name)
    expect(issuance.issued).toBe(true)
    expect(issuance.warnings.filter((warning) => warning.includes('You may now remove'))).toHaveLength(2)
    // One order for both runs (a nonce that Pebble refused on purpose is asked again).
    expect((await lab.requests())['POST /order-plz']).toBe(orders)
    expect((await domainctl.history(name)).filter(({ event }) => event === 'order.created')).toHaveLength(1)
  })

  test('50 names at once, with one account, and no TXT left', async () => {
    await using engine = await openEngine(lab)
    const { domainctl } = engine
    const before = await lab.requests()
    const names = Array.from({ length: 50 }, (_, i) => `bulk${i}.example.test`)
    const issued = await inParallel(names, 16, (name) => domainctl.issue(name))
    expect(issued.filter(({ issued }) => issued)).toHaveLength(50)
    expect(new Set(issued.map(({ certificate }) => certificate.serial)).size).toBe(50)
    for (const name of names) expect(await txtAt(lab, `_acme-challenge.${name}`)).toEqual([])
    const asked = await lab.requests()
    const accounts = (asked['POST /sign-me-up'] ?? 0) - (before['POST /sign-me-up'] ?? 0)
    // 20 % of the nonces are refused, so one newAccount may be sent several times.
    expect(accounts).toBeLessThan(10)
    expect((await domainctl.list({}, { limit: 1000 })).domains.filter(({ status }) => status === 'active')).toHaveLength(50)
  })

  test('remove takes the challenge records of an open order away', async () => {
    await using engine = await openEngine(lab)
    const { domainctl } = engine
    const stop = new AbortController()
    const name = 'removed.example.test'
    const interrupted = domainctl.issue(name, {
      signal: stop.signal,
      onProgress: ({ message }) => message.includes('waiting for the name servers') && stop.abort(),
    })
    await expect(interrupted).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(await txtAt(lab, `_acme-challenge.${name}`)).toEqual([])
    expect(await domainctl.remove(name)).toMatchObject({ domain: { status: 'deleted' } })
    await expect(domainctl.verify(name)).rejects.toMatchObject({ code: 'DOMAIN_STATUS' })
    expect((await domainctl.issue(name)).issued).toBe(true)
  })
  test('a tenant whose ownership record is gone gets no renewal; without preflight wrong routing stops nothing', async () => {
    await using engine = await openEngine(lab, { tenant: 'customer' })
    const { domainctl } = engine
    const name = 'tenant.example.test'
    const { records } = await domainctl.add(name, { target: 'edge.example.test' })
    const ownership = records.find(({ purpose }) => purpose === 'ownership')
    await lab.nsupdate([`update add ${ownership?.name} 60 TXT "${ownership?.value}"`])
    await expect(domainctl.issue(name, { waitMs: 5_000 })).rejects.toMatchObject({ code: 'DNS_NOT_READY' })
    expect(await domainctl.issue(name, { preflight: false, waitMs: 20_000 })).toMatchObject({
      issued: true,
      domain: { status: 'active' },
    })
    expect(await domainctl.renew(name, { force: true })).toMatchObject({ issued: true })
    await lab.nsupdate([`update delete ${ownership?.name} TXT`])
    await vi.waitFor(
      async () => expect((await lab.dig(ownership?.name ?? '', 'TXT', lab.addresses.secondary)).answer).toEqual([]),
      { timeout: 10_000 },
    )
    await expect(domainctl.renew(name, { force: true })).rejects.toMatchObject({ code: 'DNS_NOT_READY' })
    expect(await domainctl.get(name)).toMatchObject({ status: 'active' })
  })

  test('an order that `renew` began by hand is ended by `issue`, though the certificate is good', async () => {
    await using engine = await openEngine(lab)
    const { domainctl } = engine
    const name = 'renewed-by-hand.example.test'
    await domainctl.issue(name)
    const byHand = await engine.again({ providers: { rfc2136: createManual() } })
    await expect(byHand.renew(name, { force: true })).rejects.toMatchObject({ code: 'DNS_RECORDS_WANTED' })
    const [challenge] = (await byHand.get(name)).records
    await lab.nsupdate([`update add ${challenge?.name} 60 TXT "${challenge?.value}"`])
    expect(await byHand.issue(name, { waitMs: 20_000 })).toMatchObject({ issued: true, reason: 'an order was open' })
  })
})
