import { describe, expect, it } from 'vitest'
import { NEVER, startExample } from '../../dns/lab.test.support.ts'
import type { Domain } from '../../domain/model.ts'
import { lookAtProofs } from '../checks.ts'
import { lookAtChallenges } from './challenges.ts'
import { lookAtRouting } from './routing.ts'

const NAME = 'shop.example.test'
const PROOF = `_domainctl.${NAME}`
const TARGET = 'edge.example.test'
const EDGE = `${TARGET} A 192.0.2.1`
const OLD = ['old.example.test A 198.51.100.7', '*.example.test CNAME old.example.test']

async function openScene(extra: string[]) {
  const { dns, zone, clock } = await startExample({ count: 2, extra })
  const looking = { dns, signal: NEVER, now: clock.now() }
  return {
    zone,
    routing: async (wanted: { target?: string; addresses?: string[] } = { target: TARGET }) =>
      await lookAtRouting(looking, { name: NAME, ...wanted }, new Set([NAME])),
    challenge: async () => await lookAtChallenges(looking, [NAME], new Set(), async () => new Set()),
    proofs: async (o: { target?: string; delegate?: string } = {}) => {
      const names = [
        {
          name: NAME,
          ownership: { token: 't0ken', state: 'missing' },
          ...(o.target && { routing: { target: o.target, state: 'missing' } }),
          ...(o.delegate && { delegation: { target: o.delegate, state: 'missing' } }),
        },
      ]
      return await lookAtProofs(looking, { name: NAME, names } as unknown as Domain)
    },
  }
}

describe('a wildcard is no record at the name', () => {
  it.each([
    ['a CNAME', OLD],
    ['an address', ['*.example.test A 198.51.100.7']],
  ])('%s that routing finds: the wanted CNAME is missing, and nothing has to go', async (_, wildcard) => {
    const { routing } = await openScene([EDGE, ...wildcard])
    const [check] = await routing()
    expect(check).toMatchObject({
      problem: 'RECORD_MISSING',
      fix: { action: 'create', type: 'CNAME', name: NAME, value: TARGET },
    })
    expect(check?.fix).not.toHaveProperty('remove')
    expect(check?.explanation).toContain('leave it')
    expect(check?.seen[0]?.values).not.toEqual([])
  })

  it('addresses that are wanted in place of it', async () => {
    const { routing } = await openScene(OLD)
    const [check] = await routing({ addresses: ['192.0.2.9'] })
    expect(check).toMatchObject({ problem: 'RECORD_MISSING', fix: { action: 'create', type: 'A', value: '192.0.2.9' } })
    expect(check?.fix).not.toHaveProperty('remove')
  })

  it.each([
    ['beside', OLD],
    ['below', ['old.example.test A 198.51.100.7', `*.${NAME} CNAME old.example.test`]],
  ])('but a record of its own is one, also where a wildcard %s it shows the same', async (_, wildcard) => {
    const { routing } = await openScene([EDGE, `${NAME} CNAME old.example.test`, ...wildcard])
    const [check] = await routing()
    expect(check).toMatchObject({ problem: 'ROUTING_ELSEWHERE', fix: { action: 'change', remove: [{ type: 'CNAME' }] } })
  })

  it('a CNAME or a TXT of it that hides the ownership record: that record is missing', async () => {
    for (const wildcard of [OLD, ['*.example.test TXT v=spf1 -all']]) {
      const { proofs } = await openScene(wildcard)
      const [check] = await proofs()
      expect(check).toMatchObject({ problem: 'RECORD_MISSING', fix: { action: 'create', type: 'TXT', name: PROOF } })
      expect(check?.fix).not.toHaveProperty('remove')
      expect(check?.explanation).toContain('leave it')
    }
  })

  it('the CNAME of a delegation', async () => {
    const { proofs } = await openScene([`${NAME} A 192.0.2.1`, `*.${NAME} CNAME old.example.test`])
    const checks = await proofs({ delegate: 'x.validation.test' })
    expect(checks.find(({ purpose }) => purpose === 'delegation')).toMatchObject({
      problem: 'RECORD_MISSING',
      fix: { action: 'create', type: 'CNAME', name: `_acme-challenge.${NAME}` },
    })
  })

  it('the name of the challenge: the wildcard is not told to go', async () => {
    const lost = await openScene(['*.example.test CNAME gone.nowhere.invalid'])
    const [check] = await lost.challenge()
    expect(check).toMatchObject({ problem: 'CHALLENGE_UNREACHABLE', ok: false })
    expect(check).not.toHaveProperty('fix')
    expect(check?.explanation).toContain('Leave the wildcard')
    const [found] = await (await openScene(OLD)).challenge()
    expect(found).toMatchObject({ problem: 'CHALLENGE_CNAME', ok: true })
    expect(found?.explanation).not.toContain('remove')
  })
})

describe('a record below a name that a wildcard serves', () => {
  it.each([
    ['CNAME', 'old.example.test', OLD],
    ['A', '198.51.100.7', ['*.example.test A 198.51.100.7']],
  ])('comes with a %s of the name itself, and then the name stays', async (type, value, wildcard) => {
    const { proofs, zone, routing } = await openScene(wildcard)
    const [check] = await proofs()
    expect(check).toMatchObject({ fix: { action: 'create', name: PROOF, more: [{ type, name: NAME, value }] } })
    expect(check?.explanation).toContain('RFC 4592')
    for (const { name, type, value } of [check?.fix, ...(check?.fix?.more ?? [])].flatMap((record) => record ?? []))
      zone.records.push({ name, type, value })
    expect(await proofs()).toMatchObject([{ ok: true }])
    expect(await routing({ addresses: ['198.51.100.7'] })).toMatchObject([{ ok: true }])
  })

  it('once, where two records are missing below it, and not where the name gets another record anyway', async () => {
    const { proofs } = await openScene([EDGE, ...OLD])
    const both = await proofs({ delegate: 'x.validation.test' })
    expect(both.flatMap(({ fix }) => fix?.more ?? [])).toHaveLength(1)
    const rerouted = await proofs({ target: TARGET })
    expect(rerouted.map(({ problem }) => problem)).toEqual(['RECORD_MISSING', 'RECORD_MISSING'])
    expect(rerouted.flatMap(({ fix }) => fix?.more ?? [])).toEqual([])
    // A wildcard that leads where the name should lead is to be kept as well.
    const right = await openScene([EDGE, `*.example.test CNAME ${TARGET}`])
    expect((await right.proofs({ target: TARGET }))[0]?.fix?.more).toMatchObject([{ type: 'CNAME', name: NAME, value: TARGET }])
  })

  it('not where the name has a record of its own', async () => {
    const { proofs } = await openScene([...OLD, `${NAME} A 192.0.2.1`])
    expect((await proofs())[0]?.fix).not.toHaveProperty('more')
  })
})
