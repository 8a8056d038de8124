import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallOptions, Change, RRset, Zone } from '../contracts/dns-provider.ts'
import { describeAccess } from './provider-conformance/access.ts'
import { describeProxy } from './provider-conformance/proxy.ts'
import type { Conformance, ProviderSubject } from './provider-conformance/subject.ts'

export type { ProviderSubject }

/** How soon a call has to reject once its signal aborts. Generous for a busy machine; adapters do it at once. */
const ABORTED_WITHIN_MS = 1_000

/**
 * The specification of {@link DnsProvider} as vitest tests: every provider has to pass them. `setup` is called once.
 *
 * @example
 * describeDnsProvider('example', async () => ({ provider, zone: 'example.test', … }))
 */
export function describeDnsProvider(name: string, setup: () => Promise<ProviderSubject>): void {
  describe(`${name} as a DNS provider`, () => {
    const o: CallOptions = { signal: new AbortController().signal }
    let subject: ProviderSubject
    let zone: Zone

    beforeAll(async () => {
      subject = await setup()
      const found = await subject.provider.findZone(subject.zone, o)
      if (found === null) throw new Error(`the provider does not find the zone ${subject.zone}`)
      zone = found
    })
    afterAll(async () => {
      await subject?.provider.close?.()
      await subject?.close()
    })

    const at = (label: string): string => `${label}.${subject.zone}`
    const txt = (owner: string, ...values: string[]): RRset => ({ name: owner, type: 'TXT', ttl: 60, values })
    const served = async (owner: string, type: RRset['type'] = 'TXT') => (await subject.lookup(owner, type)).sort()
    /** The change, once its name servers serve it. */
    async function made(change: Promise<Change>): Promise<Change> {
      const done = await change
      expect(['applied', 'pending']).toContain(done.status)
      if (done.status === 'pending') await subject.provider.waitForSync?.(done, o)
      return done
    }
    const add = (rrset: RRset) => made(subject.provider.addValues(zone, rrset, o))
    const remove = (rrset: RRset) => made(subject.provider.removeValues(zone, rrset, o))
    const set = (rrset: RRset) => made(subject.provider.setRRset(zone, rrset, o))
    const get = (owner: string, type: RRset['type'] = 'TXT') => subject.provider.getRRset(zone, owner, type, o)
    const conformance: Conformance = { subject: () => subject, zone: () => zone, o, at, txt, served, get, set }

    describe('findZone', () => {
      it('finds the zone by its apex and by names below it that do not exist', async () => {
        expect(zone.name).toBe(subject.zone)
        expect(await subject.provider.findZone(at('find'), o)).toEqual(zone)
        expect(await subject.provider.findZone(at('_acme-challenge.deep.below.find'), o)).toEqual(zone)
      })

      it('has no zone for a name that is delegated to others', async () => {
        expect(await subject.provider.findZone(subject.delegated, o)).toBeNull()
        expect(await subject.provider.findZone(`_acme-challenge.${subject.delegated}`, o)).toBeNull()
      })

      it('has no zone for a name that is not its own', async () => {
        expect(await subject.provider.findZone('_acme-challenge.www.domainctl-elsewhere.invalid', o)).toBeNull()
        // Ends like the zone, but is not in it.
        expect(await subject.provider.findZone(`evil-${subject.zone}`, o)).toBeNull()
      })
    })

    describe('addValues and removeValues', () => {
      it('keeps two values at one name, and removing one keeps the other', async () => {
        const name = at('_acme-challenge.two')
        await add(txt(name, 'first'))
        await add(txt(name, 'second'))
        expect(await served(name)).toEqual(['first', 'second'])
        await remove(txt(name, 'first'))
        expect(await served(name)).toEqual(['second'])
        await remove(txt(name, 'second'))
        expect(await served(name)).toEqual([])
      })

      it('adds and removes several values in one call', async () => {
        const name = at('several')
        await add(txt(name, 'a', 'b', 'c'))
        await remove(txt(name, 'a', 'c'))
        expect(await served(name)).toEqual(['b'])
      })

      it('takes a repeated add and the removal of an absent value for success', async () => {
        const name = at('repeat')
        await remove(txt(name, 'never there'))
        await add(txt(name, 'same'))
        await add(txt(name, 'same'))
        expect(await served(name)).toEqual(['same'])
        await remove(txt(name, 'never there'))
        expect(await served(name)).toEqual(['same'])
        await remove(txt(name, 'same'))
        await remove(txt(name, 'same'))
        expect(await served(name)).toEqual([])
      })

      it('loses none of 20 values that are added to one name at once', async () => {
        const name = at('crowd')
        const values = Array.from({ length: 20 }, (_, i) => `value-${String(i).padStart(2, '0')}`)
        await Promise.all(values.map((value) => add(txt(name, value))))
        expect(await served(name)).toEqual(values)
        await Promise.all(values.slice(1).map((value) => remove(txt(name, value))))
        expect(await served(name)).toEqual(values.slice(0, 1))
      })

      it('loses none of 20 names that are written at once', async () => {
        const names = Array.from({ length: 20 }, (_, i) => at(`_acme-challenge.many-${i}`))
        await Promise.all(names.map((name) => add(txt(name, `of ${name}`))))
        for (const name of names) expect(await served(name)).toEqual([`of ${name}`])
        await Promise.all(names.map((name) => remove(txt(name, `of ${name}`))))
        for (const name of names) expect(await served(name)).toEqual([])
      })

      it("leaves somebody else's value at the same name alone", async () => {
        const name = at('shared')
        await subject.addForeign(name, 'theirs')
        await add(txt(name, 'ours'))
        expect(await served(name)).toEqual(['ours', 'theirs'])
        await remove(txt(name, 'ours'))
        expect(await served(name)).toEqual(['theirs'])
      })

      it('writes at the apex without touching what else is there', async () => {
        await subject.addForeign(subject.zone, 'v=spf1 -all')
        await add(txt(subject.zone, 'at the apex'))
        expect(await served(subject.zone)).toEqual(['at the apex', 'v=spf1 -all'])
        await remove(txt(subject.zone, 'at the apex'))
        expect(await served(subject.zone)).toEqual(['v=spf1 -all'])
        expect(await subject.provider.findZone(subject.zone, o)).toEqual(zone)
      })

      it.each([
        ['of 300 octets', 'x'.repeat(300)],
        ['of 255 octets', 'y'.repeat(255)],
        ['with quotes', 'say "hello" twice ""'],
        ['with backslashes', 'C:\\new\\"x"\\\\ \\065'],
        ['with semicolons and spaces', ' v=DKIM1; k=rsa;  p=abc '],
        ['in UTF-8', 'grüße, 世界'],
        ['that looks like a reference', '@ $ORIGIN *.example ()'],
      ])('writes and removes a TXT value %s as it is', async (kind, value) => {
        const name = at(`text-${kind.replaceAll(/\W+/g, '-').toLowerCase()}`)
        if (subject.asciiTextOnly && !/^[ -~]*$/.test(value)) {
          await add(txt(name, 'neighbour'))
          await expect(add(txt(name, value))).rejects.toMatchObject({ code: 'PROVIDER_REFUSED' })
          return expect(await served(name)).toEqual(['neighbour'])
        }
        await add(txt(name, value, 'neighbour'))
        expect(await served(name)).toEqual([value, 'neighbour'].sort())
        expect((await get(name))?.values.toSorted()).toEqual([value, 'neighbour'].sort())
        await remove(txt(name, value))
        expect(await served(name)).toEqual(['neighbour'])
      })

      it('refuses to write beside a CNAME, and its neighbours are written all the same', async () => {
        const alias = at('alias')
        await set({ name: alias, type: 'CNAME', ttl: 60, values: ['target.example'] })
        const [refused, ...others] = await Promise.allSettled([
          add(txt(alias, 'beside')),
          add(txt(at('neighbour-1'), 'fine')),
          add(txt(at('neighbour-2'), 'fine')),
        ])
        expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'PROVIDER_CONFLICT' } })
        expect(refused?.status === 'rejected' && String(refused.reason.message)).toContain(alias)
        expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
        expect(await served(at('neighbour-1'))).toEqual(['fine'])
        expect(await served(at('neighbour-2'))).toEqual(['fine'])
        expect(await served(alias, 'CNAME')).toEqual(['target.example'])
      })
    })

    describe('getRRset', () => {
      it('is null where nothing of the type is', async () => {
        expect(await get(at('nothing'))).toBeNull()
        const name = at('only-text')
        await add(txt(name, 'here'))
        expect(await get(name, 'A')).toBeNull()
        expect(await get(name, 'CNAME')).toBeNull()
        expect(await get(name)).toMatchObject({ name, type: 'TXT', values: ['here'] })
      })

      it('shows what somebody else has written', async () => {
        const name = at('seen')
        await subject.addForeign(name, 'theirs')
        expect((await get(name))?.values).toEqual(['theirs'])
      })
    })

    describe('setRRset', () => {
      it.each([
        ['A', ['192.0.2.1', '192.0.2.2'], ['192.0.2.3']],
        ['AAAA', ['2001:db8::1'], ['2001:db8::2', '2001:db8:0:1::']],
        ['CNAME', ['one.example'], ['two.example']],
      ] as const)('replaces the whole %s set and returns what was there', async (type, before, after) => {
        const name = at(`set-${type.toLowerCase()}`)
        const first = await set({ name, type, ttl: 60, values: [...before] })
        expect(first.previous).toBeNull()
        const second = await set({ name, type, ttl: 60, values: [...after] })
        expect(second.previous).toMatchObject({ name, type })
        expect(second.previous?.values.toSorted()).toEqual(before.toSorted())
        expect(await served(name, type)).toEqual(after.toSorted())
        await set({ name, type, ttl: 60, values: [...after] })
        expect(await served(name, type)).toEqual(after.toSorted())
      })

      it('refuses a CNAME where other records are, and keeps them', async () => {
        const name = at('occupied')
        await add(txt(name, 'first come'))
        await expect(set({ name, type: 'CNAME', ttl: 60, values: ['target.example'] })).rejects.toMatchObject({
          code: 'PROVIDER_CONFLICT',
        })
        expect(await served(name)).toEqual(['first come'])
      })
    })

    describeProxy(conformance)
    describeAccess(conformance)

    describe('cancellation', () => {
      it('does nothing for a signal that has aborted before', async () => {
        const name = at('aborted-before')
        const reason = new Error('changed my mind')
        const signal = AbortSignal.abort(reason)
        await expect(subject.provider.addValues(zone, txt(name, 'late'), { signal })).rejects.toBe(reason)
        await expect(subject.provider.findZone(name, { signal })).rejects.toBe(reason)
        await expect(subject.provider.getRRset(zone, name, 'TXT', { signal })).rejects.toBe(reason)
        const { provider } = subject
        if (provider.access) await expect(provider.access({ signal })).rejects.toBe(reason)
        if (provider.nameServers) await expect(provider.nameServers(zone, { signal })).rejects.toBe(reason)
        expect(await served(name)).toEqual([])
      })

      it('rejects soon when aborted on the way, spares the others, and can be repeated', async () => {
        const name = at('aborted')
        const reason = new Error('changed my mind')
        const controller = new AbortController()
        const aborted = subject.provider.addValues(zone, txt(name, 'again'), { signal: controller.signal })
        const neighbour = add(txt(at('not-aborted'), 'stays'))
        const since = performance.now()
        controller.abort(reason)
        await expect(aborted).rejects.toBe(reason)
        expect(performance.now() - since).toBeLessThan(ABORTED_WITHIN_MS)
        await neighbour
        expect(await served(at('not-aborted'))).toEqual(['stays'])
        await add(txt(name, 'again'))
        expect(await served(name)).toEqual(['again'])
      })
    })
  })
}
