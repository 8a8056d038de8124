import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HealthNews } from './damping.ts'
import { type Incident, type IncidentNews, isPartOf, type Member, placeOf, withNews } from './incidents.ts'

const PLACE = placeOf({ address: '203.0.113.7', layer: 'http', code: 'HTTP_SERVER_ERROR' })

function member(n: number, parts: Partial<Member> = {}): Member {
  return {
    tenant: 'default',
    name: `shop${n}.example`,
    labels: { customer: 'acme', number: String(n) },
    ...(PLACE !== undefined && { place: PLACE }),
    channels: ['ops'],
    failedAt: n * 1000,
    reminders: 0,
    newIncidentId: `incident ${n}`,
    ...parts,
  }
}

/** What is told of these, one after the other, all at one place. */
function tell(steps: readonly { news: HealthNews; member: Member }[]): { told: IncidentNews[]; incident: Incident | null } {
  let incident: Incident | null = null
  const told: IncidentNews[] = []
  for (const { news, member } of steps) {
    const step = withNews(incident, news, member)
    if (step.news) told.push(step.news)
    incident = step.incident && step.incident.open > 0 ? step.incident : null
  }
  return { told, incident }
}

describe('an incident', () => {
  it('of one domain begins and ends', () => {
    const one = member(1)
    expect(
      tell([
        { news: 'outage', member: one },
        { news: 'recovery', member: one },
      ]),
    ).toEqual({
      told: ['outage', 'recovery'],
      incident: null,
    })
  })

  it('of many domains behind one address is told once, and when it grows tenfold; its end is that of the last', () => {
    const many = Array.from({ length: 400 }, (_, n) => member(n))
    const { told, incident } = tell(many.map((member) => ({ news: 'outage', member })))
    expect(told).toEqual(['outage', 'growth', 'growth'])
    expect(incident).toMatchObject({ domains: 400, open: 400, beganAt: 0, labels: { customer: 'acme' } })
    expect(incident?.names).toHaveLength(100)
    const steps = [
      ...many.map((member) => ({ news: 'outage' as const, member })),
      ...many.map((member) => ({ news: 'recovery' as const, member })),
    ]
    expect(tell(steps).told).toEqual(['outage', 'growth', 'growth', 'recovery'])
  })

  it('is reminded of once for all of its domains', () => {
    const [one, two] = [member(1), member(2)]
    const { told } = tell([
      { news: 'outage', member: one },
      { news: 'outage', member: two },
      { news: 'reminder', member: { ...one, reminders: 1 } },
      { news: 'reminder', member: { ...two, reminders: 1 } },
      { news: 'reminder', member: { ...two, reminders: 2 } },
    ])
    expect(told).toEqual(['outage', 'reminder', 'reminder'])
  })

  it('is about an address, its layer and what is wrong there', () => {
    expect(PLACE).toBe('203.0.113.7 http HTTP_SERVER_ERROR')
    expect(placeOf({ layer: 'dns', code: 'NXDOMAIN' })).toBeUndefined()
  })

  it('is the same whether a server that is away is silent or refuses', () => {
    const places = ['TCP_REFUSED', 'TCP_TIMED_OUT'].map((code) => placeOf({ address: '203.0.113.7', layer: 'tcp', code }))
    expect(new Set(places)).toEqual(new Set(['203.0.113.7 tcp']))
  })

  it('is that of those alone of whom the same people hear', () => {
    const seen = { address: '203.0.113.7', layer: 'tcp', code: 'TCP_REFUSED' }
    expect(new Set([placeOf(seen), placeOf(seen, ['ops']), placeOf(seen, ['ops', 'acme'])]).size).toBe(3)
  })

  it('of domains that flapped says that they stay away, once', () => {
    const [one, two] = [member(1), member(2)]
    const { told, incident } = tell([
      { news: 'flapping', member: one },
      { news: 'flapping', member: two },
      { news: 'stays broken', member: one },
      { news: 'stays broken', member: two },
    ])
    expect(told).toEqual(['flapping', 'stays broken'])
    expect(incident).toMatchObject({ open: 2, domains: 2 })
    expect(
      tell([
        { news: 'outage', member: one },
        { news: 'stays broken', member: two },
      ]).told,
    ).toEqual(['outage'])
  })

  it('takes in what breaks in the half hour in which all domains of a server are checked, and nothing later', () => {
    const { incident } = tell([{ news: 'outage', member: member(1) }])
    if (!incident) throw new Error('it has begun')
    const joins = (minutes: number) => isPartOf(incident, 'outage', member(2, { failedAt: 1000 + minutes * 60_000 }))
    expect([-5, 0, 15, 30, 31, 1440].map(joins)).toEqual([true, true, true, true, false, false])
  })

  it('that flaps takes in what flaps as well, and hides no outage', () => {
    const { incident } = tell([{ news: 'flapping', member: member(1) }])
    if (!incident) throw new Error('it has begun')
    expect([isPartOf(incident, 'flapping', member(2)), isPartOf(incident, 'outage', member(2))]).toEqual([true, false])
  })

  it('counts a domain that comes back once, also beyond the hundred whose names are kept', () => {
    const many = Array.from({ length: 150 }, (_, n) => member(n))
    const again = many.slice(100).flatMap((member) => [
      { news: 'recovery' as const, member },
      { news: 'outage' as const, member },
    ])
    const { incident, told } = tell([...many.map((member) => ({ news: 'outage' as const, member })), ...again, ...again])
    expect(incident).toMatchObject({ domains: 150, open: 150 })
    expect(told).toEqual(['outage', 'growth', 'growth'])
  })

  it('begins once and ends once, in whatever order its domains break and recover', () => {
    const moves = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 200 })
    fc.assert(
      fc.property(moves, (toggled) => {
        const broken = new Set<number>()
        const steps = toggled.map((n) => {
          const news: HealthNews = broken.has(n) ? 'recovery' : 'outage'
          if (!broken.delete(n)) broken.add(n)
          return { news, member: member(n) }
        })
        const { told, incident } = tell(steps)
        expect(incident?.open ?? 0).toBe(broken.size)
        const turns = told.filter((news) => news !== 'growth')
        for (const [i, news] of turns.entries()) expect(news).toBe(i % 2 === 0 ? 'outage' : 'recovery')
        expect(turns.length % 2).toBe(broken.size > 0 ? 1 : 0)
      }),
    )
  })
})
