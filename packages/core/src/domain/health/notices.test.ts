import { expect, it } from 'vitest'
import { type Incident, type IncidentNews, withNews } from './incidents.ts'
import { incidentNotice } from './notices.ts'

const BEGIN = Date.UTC(2026, 0, 1)
const SEEN = { at: new Date(BEGIN + 90_000), outcome: 'broken', layer: 'tcp', code: 'TCP_REFUSED', address: '192.0.2.1' } as const

function incidentOf(...names: string[]): Incident {
  let incident: Incident | null = null
  for (const name of names) {
    const member = { tenant: 'default', name, labels: {}, place: 'p', channels: ['ops'], failedAt: BEGIN, reminders: 0 }
    incident = withNews(incident, 'outage', { ...member, newIncidentId: 'i' }).incident
  }
  if (!incident) throw new Error('there are names')
  return incident
}
const notice = (news: IncidentNews, incident: Incident) => incidentNotice(news, incident, SEEN, { id: 'n', domainId: 'd' })

it.each<[IncidentNews, string, string]>([
  ['outage', 'cannot be reached as it should', 'cannot be reached as they should'],
  ['growth', 'cannot be reached as it should, at the same place', 'cannot be reached as they should, at the same place'],
  ['flapping', 'comes and goes', 'come and go'],
  ['reminder', 'still cannot be reached as it should', 'still cannot be reached as they should'],
  ['stays broken', 'came and went, and is away now', 'came and went, and are away now'],
  ['recovery', 'is well again', 'are well again'],
])('says %s of one and of several', (news, ofOne, ofSeveral) => {
  expect(notice(news, incidentOf('a.example')).title).toBe(`a.example ${ofOne}`)
  expect(notice(news, incidentOf('a.example', 'b.example')).title).toBe(`a.example and 1 other domain ${ofSeveral}`)
  expect(notice(news, incidentOf('a.example', 'b.example', 'c.example')).title).toMatch(/^a\.example and 2 other domains /)
})

it('shows names in Unicode, and tells programs the names as they are', () => {
  expect(notice('outage', incidentOf('xn--bcher-kva.example'))).toMatchObject({
    title: 'bücher.example cannot be reached as it should',
    names: ['xn--bcher-kva.example'],
  })
})

it('tells the end to those who were told the beginning, without what was wrong', () => {
  const incident = incidentOf('a.example', 'b.example')
  expect(notice('outage', incident)).toMatchObject({ severity: 'critical', channels: ['ops'], details: { code: 'TCP_REFUSED' } })
  const end = notice('recovery', incident)
  expect(end).toMatchObject({ event: 'domain.recovered', severity: 'info', channels: ['ops'], incident: 'i' })
  expect(end.details).not.toHaveProperty('code')
  expect(end.text).toBe('They were away for 2 min.')
  const unwatched = notice('unwatched', incident)
  expect(unwatched).toMatchObject({ event: 'domain.recovered', channels: ['ops'], details: { news: 'unwatched' } })
  expect(unwatched.details).not.toHaveProperty('code')
  expect(unwatched.title).toBe('The outage of a.example and 1 other domain is over')
})
