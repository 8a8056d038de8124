import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Domainctl } from '../contracts/domainctl.ts'
import type { DomainctlOptions } from '../contracts/options.ts'
import { createDomainctl } from '../create.ts'
import { byHand } from './by-hand.test.support.ts'

async function open(options: Partial<DomainctlOptions> = {}): Promise<{ domainctl: Domainctl; again: typeof open }> {
  const directory = mkdtempSync(join(tmpdir(), 'domainctl-add-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const again = async (more: Partial<DomainctlOptions> = {}) => {
    const providers = { manual: byHand, main: byHand }
    const domainctl = await createDomainctl({ state: `file:${join(directory, 'state.db')}`, providers, ...options, ...more })
    onTestFinished(() => domainctl.close())
    return { domainctl, again }
  }
  return again()
}

const purposes = (report: { records: { purpose: string }[] }) => report.records.map(({ purpose }) => purpose)

describe('add', () => {
  it("asks for no record in an operator's own zone, and for ownership where the records are made by others", async () => {
    const { domainctl, again } = await open({ provider: 'main' })
    expect(purposes(await domainctl.add('own.example.test'))).toEqual([])
    const { domainctl: unconfigured } = await again({ provider: 'manual' })
    expect(purposes(await unconfigured.add('explicit.example.test', { provider: 'manual' }))).toEqual([])
    const { domainctl: tenant } = await again({ tenant: 'acme' })
    expect(purposes(await tenant.add('customer.example.test'))).toEqual(['ownership'])
    expect(purposes(await tenant.add('trusted.example.test', { ownership: 'none' }))).toEqual([])
  })

  it('gives apex and wildcard one ownership record and one delegation target between them', async () => {
    const { domainctl } = await open()
    const report = await domainctl.add('example.test', { wildcard: true, delegate: 'validation.test' })
    expect(report.names).toEqual(['example.test', '*.example.test'])
    const [ownership, delegation, ...rest] = report.records
    expect(rest).toEqual([])
    expect(ownership).toMatchObject({ type: 'TXT', name: '_domainctl.example.test' })
    expect(ownership?.value).toMatch(/^domainctl=[0-9a-f]{32}$/)
    expect(delegation).toMatchObject({ type: 'CNAME', name: '_acme-challenge.example.test' })
    expect(delegation?.value).toMatch(/^[0-9a-f]{32}\.validation\.test$/)
  })

  it('uses the token of a name again within a tenant, and never in another', async () => {
    const { domainctl, again } = await open({ tenant: 'one' })
    const first = await domainctl.add('a.example.test')
    const second = await domainctl.add('b.example.test', { san: ['a.example.test'] })
    const token = (report: typeof first) => report.records.find(({ name }) => name === '_domainctl.a.example.test')?.value
    expect(token(second)).toBe(token(first))
    const { domainctl: other } = await again({ tenant: 'two' })
    expect(token(await other.add('a.example.test'))).not.toBe(token(first))
  })

  it.each([
    [' ', 'has no name'],
    ['a'.repeat(256), 'has a name of more than 255 characters'],
  ])('takes no root that no chain can end at: %j', async (preferredChain, why) => {
    const { domainctl } = await open({ provider: 'main' })
    await expect(domainctl.add('example.test', { preferredChain })).rejects.toMatchObject({
      code: 'USAGE',
      message: `The chain that is preferred ${why}.`,
    })
  })

  it('changes nothing when it is repeated, and refuses other settings by name', async () => {
    const { domainctl } = await open({ provider: 'main' })
    const first = await domainctl.add('example.test', { wildcard: true, labels: { team: 'web' } })
    expect(await domainctl.add('EXAMPLE.test.', { wildcard: true, labels: { team: 'web' } })).toEqual(first)
    await expect(domainctl.add('example.test', { labels: { team: 'web' } })).rejects.toMatchObject({
      code: 'DOMAIN_EXISTS',
      message: expect.stringContaining('names: is ["*.example.test","example.test"], asked for was ["example.test"]'),
    })
    await expect(domainctl.issue('example.test', { provider: 'manual' })).rejects.toMatchObject({
      code: 'DOMAIN_EXISTS',
      message: expect.stringContaining('(provider: is "main", asked for was "manual")'),
    })
  })

  it('waits for the HTTP probe where one is wanted, and keeps what it asks for', async () => {
    const { domainctl, again } = await open({ provider: 'main' })
    const probe = { path: '/.well-known/domainctl' }
    expect(await domainctl.add('example.test', { probe: true })).toMatchObject({ status: 'pending_probe', probe })
    const asked = { probe: { path: '/ready', token: 'abc123' }, target: 'edge.example.net' }
    expect(await domainctl.add('shop.example.test', asked)).toMatchObject({ status: 'pending_dns', probe: asked.probe })
    const { domainctl: other } = await again()
    expect(await other.get('shop.example.test')).toMatchObject({ probe: asked.probe })
    expect(await other.add('plain.example.test', { probe: false })).not.toHaveProperty('probe')
    await expect(other.add('shop.example.test', { ...asked, probe: true })).rejects.toMatchObject({ code: 'DOMAIN_EXISTS' })
    // What issue changes needs no removal.
    await expect(other.add('shop.example.test', { ...asked, healthCheck: { port: 8443 } })).rejects.toMatchObject({
      code: 'DOMAIN_EXISTS',
      hint: expect.stringContaining('domainctl issue shop.example.test'),
    })
  })

  it('knows a target and addresses again, however they are spelt', async () => {
    const { domainctl } = await open({ provider: 'main' })
    const valuesOf = ({ records }: { records: { value: string }[] }) => records.map(({ value }) => value)
    const idn = await domainctl.add('a.example.test', { target: '_x.bücher.example' })
    expect(valuesOf(idn)).toEqual(['_x.xn--bcher-kva.example'])
    expect(await domainctl.add('a.example.test', { target: '_X.xn--bcher-kva.example.' })).toEqual(idn)
    const served = await domainctl.add('b.example.test', { addresses: ['2001:DB8::0:1', '192.0.2.7', '2001:db8::1'] })
    expect(valuesOf(served).sort()).toEqual(['192.0.2.7', '2001:db8::1'])
    expect(await domainctl.add('b.example.test', { addresses: ['192.0.2.7', '2001:db8::1'] })).toEqual(served)
  })

  it('can be taken back and done again', async () => {
    const { domainctl } = await open({ provider: 'main' })
    const first = await domainctl.add('example.test')
    expect(await domainctl.remove('example.test')).toMatchObject({ domain: { status: 'deleted' }, removed: [] })
    expect((await domainctl.list()).domains).toEqual([])
    const second = await domainctl.add('example.test', { wildcard: true })
    expect(second).toMatchObject({ status: 'issuing', names: ['example.test', '*.example.test'] })
    expect(first.status).toBe('issuing')
  })

  it.each([
    [{ provider: 'nobody' }, 'PROVIDER_UNKNOWN'],
    [{ provider: 'constructor' }, 'PROVIDER_UNKNOWN'],
    [{ target: 'edge.example.net', addresses: ['192.0.2.1'] }, 'USAGE'],
    [{ addresses: ['192.0.2.256'] }, 'USAGE'],
    [{ target: 'not a host' }, 'USAGE'],
    [{ target: '*.edge.example.net' }, 'USAGE'],
    [{ target: 'edge.example.net:443' }, 'USAGE'],
    [{ delegate: '*.validation.test' }, 'USAGE'],
    [{ addresses: ['fe80::1%eth0'] }, 'USAGE'],
    [{ addresses: ['::'] }, 'USAGE'],
    [{ target: 'example.test' }, 'USAGE'],
    [{ probe: { path: 'ready' } }, 'USAGE'],
    [{ probe: { token: 'a b' } }, 'USAGE'],
    [{ ca: 'nonsense' }, 'CONFIG_INVALID'],
    [{ delegate: 'co.uk' }, 'NAME_INVALID'],
    [{ san: ['example.test'] }, 'NAME_INVALID'],
    [{ san: Array.from({ length: 100 }, (_, i) => `n${i}.example.test`) }, 'NAMES_TOO_MANY'],
  ])('refuses %j with %s, and keeps nothing', async (options, code) => {
    const { domainctl } = await open({ provider: 'main' })
    await expect(domainctl.add('example.test', options)).rejects.toMatchObject({ code })
    expect((await domainctl.list()).domains).toEqual([])
  })

  it('refuses to probe what is no name', async () => {
    const { domainctl } = await open({ provider: 'main' })
    await expect(domainctl.add('*.example.test', { probe: true })).rejects.toMatchObject({ code: 'USAGE' })
  })

  it('refuses a tenant that is not an id', async () => {
    const { domainctl } = await open({ tenant: '../etc' })
    await expect(domainctl.add('example.test')).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
