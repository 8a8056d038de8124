import { describe, expect, it } from 'vitest'
import type { Notice } from './notice.ts'
import { channelsFor, type NoticeRoute } from './notice-routes.ts'

const notice: Notice = {
  id: 'n',
  at: new Date(0),
  tenant: 'acme',
  event: 'domain.failed',
  severity: 'warning',
  names: ['example.com'],
  title: 't',
  text: 'x',
  labels: { team: 'web', tier: 'gold' },
}
const CHANNELS = ['ops', 'mail', 'pager']
const to = (...routes: NoticeRoute[]) => channelsFor(notice, routes, CHANNELS)

describe('channelsFor', () => {
  it('is every channel without routes, and none where none fits', () => {
    expect(to()).toEqual(CHANNELS)
    expect(to({ channels: ['ops'], severity: 'critical' })).toEqual([])
  })

  it('adds those that the notice itself names, as far as there are such', () => {
    const ended: Notice = { ...notice, severity: 'info', channels: ['pager', 'gone'] }
    expect(channelsFor(ended, [{ channels: ['ops'] }], CHANNELS)).toEqual(['ops', 'pager'])
    expect(channelsFor(ended, [{ channels: ['ops'], severity: 'critical' }], CHANNELS)).toEqual(['pager'])
  })

  it.each([
    ['nothing', {}, true],
    ['its event', { events: ['domain.failed', 'domain.expiring'] }, true],
    ['another event', { events: ['domain.renewed'] }, false],
    ['less severe', { severity: 'info' }, true],
    ['as severe', { severity: 'warning' }, true],
    ['more severe', { severity: 'critical' }, false],
    ['its tenant', { tenants: ['default', 'acme'] }, true],
    ['another tenant', { tenants: ['default'] }, false],
    ['all labels', { labels: { team: 'web', tier: 'gold' } }, true],
    ['another value', { labels: { team: 'db' } }, false],
    ['a label that it has not', { labels: { constructor: 'x' } }, false],
    ['one of two', { events: ['domain.failed'], tenants: ['default'] }, false],
  ] satisfies [string, Omit<NoticeRoute, 'channels'>, boolean][])('fits a route for %s', (_, route, fits) => {
    expect(to({ ...route, channels: ['mail'] })).toEqual(fits ? ['mail'] : [])
  })

  it('is each channel of all routes that fit, once', () => {
    expect(to({ channels: ['pager', 'ops'] }, { channels: ['ops', 'mail'], tenants: ['other'] }, { channels: ['ops'] })).toEqual([
      'ops',
      'pager',
    ])
  })
})
