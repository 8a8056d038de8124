import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HttpObserved, type HttpSighting, judgeHttp } from './http.ts'

const NAME = 'shop.example.test'
const URL_ASKED = `http://${NAME}/.well-known/domainctl`
const V4 = '192.0.2.1'
const V6 = '2001:db8::1'
const OLD = '198.51.100.9'

const ok = (address: string): HttpSighting => ({
  address,
  outcome: 'ok',
  status: 200,
  redirects: [],
  why: 'the answer is 200 (OK)',
})
const faulty = (address: string, outcome: HttpSighting['outcome'], why = `it is ${outcome}`): HttpSighting => ({
  address,
  outcome,
  redirects: [],
  why,
})

function judge(sightings: HttpSighting[], o: Partial<HttpObserved> = {}) {
  const addresses = sightings.map(({ address }) => address)
  return judgeHttp({ name: NAME, url: URL_ASKED, hasToken: true, addresses, sightings, ...o })
}

describe('the HTTP probe of a name', () => {
  it('is right when each address answers, and says where', () => {
    expect(judge([ok(V4), ok(V6)])).toEqual([
      {
        state: 'ok',
        explanation: `${URL_ASKED} is answered with its token at ${V4} (200), ${V6} (200).`,
        actor: 'operator',
        addresses: [V4, V6],
      },
    ])
  })

  it('tells what was not asked', () => {
    const [finding] = judge([ok(V4), faulty(V6, 'no-route')], { addresses: [V4, V6, OLD] })
    expect(finding).toMatchObject({ state: 'ok', addresses: [V4] })
    expect(finding?.explanation).toMatch(
      /Not asked: 2001:db8::1, since this machine has no way to IPv6\..*1 more of its 3 addresses/,
    )
  })

  it.each<[HttpSighting['outcome'], string, string]>([
    ['unreachable', 'HTTP_UNREACHABLE', 'missing'],
    ['status', 'HTTP_WRONG_ANSWER', 'wrong'],
    ['token', 'HTTP_WRONG_ANSWER', 'wrong'],
    ['tls', 'HTTP_WRONG_ANSWER', 'wrong'],
    ['redirect', 'HTTP_REDIRECTED', 'wrong'],
    ['private', 'HTTP_ADDRESS_PRIVATE', 'wrong'],
  ])('%s is %s, for the operator at a wanted address and for the customer at another', (outcome, problem, state) => {
    expect(judge([faulty(V4, outcome)], { ours: [V4] })).toMatchObject([{ problem, state, actor: 'operator', addresses: [V4] }])
    const [foreign, ...rest] = judge([ok(V4), faulty(OLD, outcome)], { ours: [V4] })
    expect(rest).toEqual([])
    expect(foreign).toMatchObject({ problem, state, actor: 'customer', addresses: [OLD] })
    expect(foreign?.explanation).toContain(`At ${OLD} it is ${outcome}`)
    expect(foreign?.explanation).toContain(`Remove the records of ${NAME} with ${OLD}.`)
  })

  it('blames a record where one of several addresses answers wrongly, and the server where none answers', () => {
    const actors = (...sightings: HttpSighting[]) => judge(sightings).map(({ actor }) => actor)
    expect(actors(ok(V4), faulty(OLD, 'token'))).toEqual(['customer'])
    expect(actors(ok(V4), faulty(OLD, 'unreachable'))).toEqual(['operator'])
    expect(actors(faulty(V4, 'token'), faulty(OLD, 'token'))).toEqual(['operator'])
    expect(actors(faulty('10.0.0.1', 'private'))).toEqual(['customer'])
  })

  it('knows a wanted IPv6 address however it is written', () => {
    expect(judge([faulty(V6, 'token')], { ours: ['2001:0DB8:0::0001'] })).toMatchObject([{ actor: 'operator' }])
  })

  it('has a finding for each problem and each who has to act', () => {
    const found = judge([faulty(V4, 'unreachable'), faulty(V6, 'status'), faulty(OLD, 'status')], { ours: [V4, V6] })
    expect(found.map(({ problem, actor }) => [problem, actor])).toEqual([
      ['HTTP_UNREACHABLE', 'operator'],
      ['HTTP_WRONG_ANSWER', 'operator'],
      ['HTTP_WRONG_ANSWER', 'customer'],
    ])
  })

  it('knows nothing where this machine reaches none of the addresses', () => {
    expect(judge([faulty(V6, 'no-route')])).toMatchObject([{ state: 'unknown', problem: 'HTTP_UNREACHABLE', actor: 'operator' }])
    expect(judge([])).toMatchObject([{ state: 'missing', problem: 'HTTP_UNREACHABLE', actor: 'customer' }])
  })

  it('always finds something, whatever was seen, and is right only when nothing was wrong', () => {
    const outcomes = ['ok', 'unreachable', 'no-route', 'status', 'token', 'redirect', 'private', 'tls'] as const
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())
    const sighting = fc.record(
      {
        address,
        outcome: fc.constantFrom(...outcomes),
        status: fc.nat(999),
        redirects: fc.array(fc.string()),
        why: fc.string(),
        server: fc.string(),
      },
      { requiredKeys: ['address', 'outcome', 'redirects', 'why'] },
    )
    const known = fc.option(fc.array(address), { nil: undefined })
    fc.assert(
      fc.property(fc.array(sighting), known, fc.boolean(), (sightings, ours, hasToken) => {
        const found = judge(sightings, { hasToken, ...(ours && { ours }) })
        expect(found.length).toBeGreaterThan(0)
        for (const { explanation } of found) expect(explanation).not.toBe('')
        const isRight = found.every(({ state }) => state === 'ok')
        const all = sightings.map(({ outcome }) => outcome)
        expect(isRight).toBe(all.includes('ok') && all.every((outcome) => outcome === 'ok' || outcome === 'no-route'))
      }),
    )
  })
})
