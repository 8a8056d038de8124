import { DomainctlError, type RRset } from '@domainctl/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LoopbackPrimary, startLoopbackPrimary } from './loopback-primary.test.fixture.ts'
import { OPCODE, TYPE } from './message.ts'
import { RCODE } from './rcode.ts'
import { ALWAYS, providerAt, START, txt, ZONE } from './subject.test.fixture.ts'

describe('rfc2136', () => {
  let primary: LoopbackPrimary
  let provider: ReturnType<typeof providerAt>

  beforeEach(async () => {
    primary = await startLoopbackPrimary({
      zones: ['example.test', 'sub.example.test', 'customer.test'],
      secondary: 'customer.test',
      delegated: 'away.example.test',
      cached: 'cached.example.test',
      now: () => START,
    })
    provider = providerAt(primary)
  })
  afterEach(async () => {
    await provider.close?.()
    await primary.close()
  })
  const find = (name: string) => provider.findZone(name, ALWAYS)
  const failure = (call: Promise<unknown>): Promise<DomainctlError> =>
    call.then(
      () => expect.unreachable('it succeeded'),
      (error) => (error instanceof DomainctlError ? error : expect.unreachable(String(error))),
    )

  describe('findZone', () => {
    it('takes the longest zone', async () => {
      expect(await find('_acme-challenge.www.sub.example.test')).toEqual({ id: 'sub.example.test', name: 'sub.example.test' })
      expect(await find('_acme-challenge.WWW.example.test.')).toEqual({ id: 'example.test', name: 'example.test' })
    })

    it('needs one question for a name that does not exist, one more for its zone, and none for the same name again', async () => {
      await find('_acme-challenge.a.b.c.example.test')
      await find('_acme-challenge.a.b.c.example.test')
      expect(primary.received.map(({ opcode }) => opcode)).toEqual([OPCODE.QUERY, OPCODE.UPDATE])
      await find('_acme-challenge.d.example.test')
      expect(primary.received).toHaveLength(3)
    })

    it('has no zone that the server has and takes no updates of, and asks without changing anything', async () => {
      expect(await find('shop.customer.test')).toBeNull()
      expect(await find('customer.test')).toBeNull()
      expect(await find('shop.example.test')).toEqual(ZONE)
      expect(primary.updates.map(({ questions, authorities }) => [questions[0]?.name, authorities.length])).toEqual([
        ['customer.test', 0],
        ['customer.test', 0],
        ['example.test', 0],
      ])
    })

    it.each([
      ['REFUSED', { rcode: RCODE.REFUSED }],
      ['NOTAUTH', { rcode: RCODE.NOTAUTH }],
      ['NOTAUTH, unsigned', { rcode: RCODE.NOTAUTH, signed: false }],
      ['NOTIMP, unsigned', { rcode: RCODE.NOTIMP, signed: false }],
    ])('has no zone where an update is answered %s', async (_, answer) => {
      primary.behave = ({ opcode }) => (opcode === OPCODE.UPDATE ? answer : undefined)
      expect(await find('www.example.test')).toBeNull()
      primary.behave = () => undefined
      expect(await find('www.example.test')).toEqual(ZONE)
    })

    it.each([
      [RCODE.SERVFAIL, 'PROVIDER_UNREACHABLE'],
      [RCODE.FORMERR, 'PROVIDER_REFUSED'],
    ])('does not guess where an update is answered %i', async (rcode, code) => {
      primary.behave = ({ opcode }) => (opcode === OPCODE.UPDATE ? { rcode } : undefined)
      expect(await failure(find('www.example.test'))).toMatchObject({
        code,
        message: expect.stringContaining('updates of the zone example.test'),
      })
    })

    it('goes up from a name that is a CNAME, and does not take the zone of its target', async () => {
      primary.plant('alias.sub.example.test', 'CNAME', 'target.example.test')
      expect(await find('alias.sub.example.test')).toMatchObject({ name: 'sub.example.test' })
    })

    it('has no zone where the server only remembers what another has said', async () => {
      expect(await find('www.cached.example.test')).toBeNull()
      expect(await find('cached.example.test')).toBeNull()
    })

    it('asks each name upward of a server that has none of them, and remembers no failure', async () => {
      expect(await find('www.nowhere.invalid')).toBeNull()
      expect(primary.received.map(({ questions }) => questions[0]?.name)).toEqual([
        'www.nowhere.invalid',
        'nowhere.invalid',
        'invalid',
      ])
      await find('www.nowhere.invalid')
      expect(primary.received).toHaveLength(6)
    })

    it('goes up also where the server does not sign what it refuses, as Knot does', async () => {
      primary.behave = ({ questions }) =>
        questions[0]?.name === 'example.test' ? undefined : { rcode: RCODE.REFUSED, signed: false }
      expect(await find('www.example.test')).toMatchObject({ name: 'example.test' })
    })

    it('does not take the parent of a zone that the server cannot load', async () => {
      primary.behave = ({ questions }) => (questions[0]?.name.includes('sub') ? { rcode: RCODE.SERVFAIL } : undefined)
      expect(await failure(find('www.sub.example.test'))).toMatchObject({ code: 'PROVIDER_UNREACHABLE', actor: 'operator' })
    })

    it('asks nobody when the zone is configured', async () => {
      const fixed = providerAt(primary, { zone: 'Example.test.' })
      expect(await fixed.findZone('_acme-challenge.www.example.test', ALWAYS)).toEqual({
        id: 'example.test',
        name: 'example.test',
      })
      expect(await fixed.findZone('evil-example.test', ALWAYS)).toBeNull()
      expect(primary.received).toHaveLength(0)
    })

    it('looks again after the server has said that the zone is not its own', async () => {
      await find('www.example.test')
      primary.behave = () => ({ rcode: RCODE.NOTAUTH })
      await failure(provider.addValues(ZONE, txt('www', 'v'), ALWAYS))
      primary.behave = () => undefined
      await find('www.example.test')
      expect(primary.received.filter(({ opcode }) => opcode === OPCODE.QUERY)).toHaveLength(2)
    })
  })

  describe('an answer other than NOERROR', () => {
    it.each([
      [RCODE.REFUSED, 'PROVIDER_REFUSED', 'REFUSED', 'update-policy'],
      [RCODE.NOTAUTH, 'PROVIDER_ZONE_NOT_FOUND', 'NOTAUTH', 'primary'],
      [RCODE.NOTZONE, 'PROVIDER_ZONE_NOT_FOUND', 'NOTZONE', 'primary'],
      [RCODE.SERVFAIL, 'PROVIDER_UNREACHABLE', 'SERVFAIL', 'log'],
      [RCODE.NOTIMP, 'PROVIDER_REFUSED', 'NOTIMP', 'dynamic updates'],
      [RCODE.YXRRSET, 'PROVIDER_CONFLICT', 'YXRRSET', 'records'],
      [RCODE.NXRRSET, 'PROVIDER_CONFLICT', 'NXRRSET', 'records'],
      [11, 'PROVIDER_REFUSED', 'RCODE11', 'log'],
    ])('%i is %s', async (rcode, code, text, hint) => {
      primary.behave = ({ opcode }) => (opcode === OPCODE.UPDATE ? { rcode } : undefined)
      const calls = [
        provider.addValues(ZONE, txt('a', 'v'), ALWAYS),
        provider.removeValues(ZONE, txt('a', 'v'), ALWAYS),
        provider.setRRset(ZONE, { name: 'a.example.test', type: 'A', ttl: 60, values: ['192.0.2.1'] }, ALWAYS),
      ]
      for (const error of await Promise.all(calls.map(failure))) {
        expect(error).toMatchObject({ code, cause: { rcode: text, server: primary.address } })
        expect(error.message).toContain(text)
        expect(error.message).toContain('an update of a.example.test in the zone example.test')
        expect(error.hint).toContain(hint)
      }
    })

    it('is not believed without a signature when it would be taken for the state of the zone', async () => {
      primary.behave = () => ({ rcode: RCODE.NXDOMAIN, signed: false })
      expect(await failure(provider.getRRset(ZONE, 'a.example.test', 'TXT', ALWAYS))).toMatchObject({ code: 'PROVIDER_AUTH' })
      primary.behave = () => ({ rcode: RCODE.NOERROR, signed: false })
      expect(await failure(provider.addValues(ZONE, txt('a', 'v'), ALWAYS))).toMatchObject({ code: 'PROVIDER_AUTH' })
    })
  })

  describe('a CNAME in the way', () => {
    it('is named together with its target, and stays', async () => {
      primary.plant('alias.example.test', 'CNAME', 'target.elsewhere.test')
      const error = await failure(provider.addValues(ZONE, txt('alias', 'v'), ALWAYS))
      expect(error.code).toBe('PROVIDER_CONFLICT')
      expect(error.message).toContain('alias.example.test is a CNAME to target.elsewhere.test')
      const address: RRset = { name: 'alias.example.test', type: 'A', ttl: 60, values: ['192.0.2.1'] }
      expect((await failure(provider.setRRset(ZONE, address, ALWAYS))).message).toContain('target.elsewhere.test')
      expect(primary.values('alias.example.test', 'CNAME')).toEqual(['target.elsewhere.test'])
    })

    it('does not hinder the removal of a value', async () => {
      primary.plant('alias.example.test', 'CNAME', 'target.elsewhere.test')
      expect(await provider.removeValues(ZONE, txt('alias', 'v'), ALWAYS)).toEqual({ status: 'applied' })
    })
  })

  describe('addValues of a CNAME', () => {
    const cname = (...values: string[]): RRset => ({ name: 'alias.example.test', type: 'CNAME', ttl: 60, values })

    it('makes it, takes it for done when it is there, and replaces no other', async () => {
      await provider.addValues(ZONE, cname('one.test'), ALWAYS)
      await provider.addValues(ZONE, cname('ONE.test'), ALWAYS)
      expect(await failure(provider.addValues(ZONE, cname('two.test'), ALWAYS))).toMatchObject({ code: 'PROVIDER_CONFLICT' })
      expect(primary.values('alias.example.test', 'CNAME')).toEqual(['one.test'])
    })

    it('lets one of two concurrent callers win', async () => {
      const results = await Promise.allSettled(
        ['one.test', 'two.test'].map((target) => provider.addValues(ZONE, cname(target), ALWAYS)),
      )
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(primary.values('alias.example.test', 'CNAME')).toHaveLength(1)
    })

    it('refuses two at once', async () => {
      expect(await failure(provider.addValues(ZONE, cname('one.test', 'two.test'), ALWAYS))).toMatchObject({
        code: 'PROVIDER_REFUSED',
      })
    })
  })

  describe('setRRset', () => {
    const address = (...values: string[]): RRset => ({ name: 'www.example.test', type: 'A', ttl: 60, values })

    it('returns what it replaced, also when others write between its reading and its writing', async () => {
      primary.plant('www.example.test', 'A', '192.0.2.1')
      let intrusions = 2
      primary.behave = ({ opcode, authorities }) => {
        if (opcode === OPCODE.UPDATE && authorities.length > 0 && intrusions > 0) {
          primary.plant('www.example.test', 'A', `192.0.2.10${intrusions--}`)
        }
        return undefined
      }
      const { previous } = await provider.setRRset(ZONE, address('192.0.2.9'), ALWAYS)
      expect(previous?.values.toSorted()).toEqual(['192.0.2.1', '192.0.2.101', '192.0.2.102'])
      expect(primary.values('www.example.test', 'A')).toEqual(['192.0.2.9'])
    })

    it('gives up when the set never stays still', async () => {
      let intrusions = 0
      primary.behave = ({ opcode, authorities }) => {
        if (opcode === OPCODE.UPDATE && authorities.length > 0) primary.plant('www.example.test', 'A', `192.0.2.${++intrusions}`)
        return undefined
      }
      expect(await failure(provider.setRRset(ZONE, address('192.0.2.200'), ALWAYS))).toMatchObject({ code: 'PROVIDER_CONFLICT' })
      expect(intrusions).toBe(8)
    })

    it('loses no update among concurrent callers: each sees what another has set', async () => {
      const targets = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']
      const changes = await Promise.all(targets.map((target) => provider.setRRset(ZONE, address(target), ALWAYS)))
      const chain = [...changes.map(({ previous }) => previous?.values[0]), primary.values('www.example.test', 'A')[0]]
      expect(chain.toSorted()).toEqual([...targets, undefined].toSorted())
    })

    it('removes the set when there are no values', async () => {
      primary.plant('www.example.test', 'A', '192.0.2.1')
      expect((await provider.setRRset(ZONE, address(), ALWAYS)).previous?.values).toEqual(['192.0.2.1'])
      expect(primary.values('www.example.test', 'A')).toEqual([])
    })
  })

  describe('getRRset', () => {
    it('does not take what a wildcard stands in for as the set of the name', async () => {
      primary.plant('www.example.test', 'A', '192.0.2.1')
      // The zone says NXRRSET to the prerequisite, as it does where only `*.example.test` is there.
      primary.behave = ({ opcode }) => (opcode === OPCODE.UPDATE ? { rcode: RCODE.NXRRSET } : undefined)
      expect(await provider.getRRset(ZONE, 'www.example.test', 'A', ALWAYS)).toBeNull()
    })

    it('shows a value once that is there in two cuts', async () => {
      primary.plant('www.example.test', 'TXT', 'v', 'v')
      expect((await provider.getRRset(ZONE, 'www.example.test', 'TXT', ALWAYS))?.values).toEqual(['v'])
    })

    it('fails where the server has delegated the name away', async () => {
      const error = await failure(provider.getRRset(ZONE, 'www.away.example.test', 'TXT', ALWAYS))
      expect(error.code).toBe('PROVIDER_ZONE_NOT_FOUND')
    })
  })

  it('sends nothing for a name outside of the zone', async () => {
    const calls = [
      provider.addValues(ZONE, { ...txt('a', 'v'), name: 'a.evil-example.test' }, ALWAYS),
      provider.removeValues(ZONE, { ...txt('a', 'v'), name: 'test' }, ALWAYS),
      provider.setRRset(ZONE, { ...txt('a', 'v'), name: 'other.test' }, ALWAYS),
      provider.getRRset(ZONE, 'other.test', 'TXT', ALWAYS),
    ]
    for (const error of await Promise.all(calls.map(failure))) expect(error.code).toBe('PROVIDER_ZONE_NOT_FOUND')
    expect(primary.received).toHaveLength(0)
  })

  it('sends nothing when there are no values', async () => {
    expect(await provider.addValues(ZONE, txt('a'), ALWAYS)).toEqual({ status: 'applied' })
    expect(await provider.removeValues(ZONE, txt('a'), ALWAYS)).toEqual({ status: 'applied' })
    expect(primary.received).toHaveLength(0)
  })

  it('says which names cannot be written', async () => {
    const error = await failure(provider.addValues(ZONE, { ...txt('a', 'v'), name: `${'a'.repeat(64)}.example.test` }, ALWAYS))
    expect(error.code).toBe('NAME_INVALID')
  })

  it('uses the type numbers of the registry', () => {
    expect(TYPE).toMatchObject({ A: 1, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, TSIG: 250, CAA: 257 })
  })
})
