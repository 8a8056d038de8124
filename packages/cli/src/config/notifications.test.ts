import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@domainctl/core'
import { notifiers } from '@domainctl/providers'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../command.test.support.ts'
import { loadConfig, NOTIFIED_BY } from './config.ts'
import { setUpBy } from './notifications.ts'
import { reachOf } from './reach.ts'

const HOOK = { type: 'webhook', url: 'env:HOOK_URL', secret: 'env:HOOK_SECRET' }

async function load(notifications: unknown, env: Record<string, string> = {}) {
  const cwd = await temporaryFolder()
  if (notifications !== undefined) await writeFile(join(cwd, 'domainctl.config.json'), JSON.stringify({ notifications }))
  return loadConfig({}, { cwd, env })
}

describe('notifications of the configuration', () => {
  it('are none where nothing is said of them', async () => {
    expect((await load(undefined)).notifications).toBeUndefined()
  })

  it('are channels, routes, templates and times', async () => {
    const routes = [
      { channels: ['ops'], severity: 'warning', labels: { team: 'web' }, events: ['domain.failed'], tenants: ['acme'] },
    ]
    const templates = { 'domain.failed': { title: '{names} {labels.team}' } }
    const { notifications } = await load({ channels: { ops: HOOK }, routes, templates, group: '30s', repeat: '2h' })
    expect(notifications).toMatchObject({ routes, templates, groupMs: 30_000, repeatMs: 7_200_000 })
    expect([...(notifications?.channels.values() ?? [])]).toMatchObject([{ name: 'ops', type: 'webhook' }])
    expect(await notifications?.channels.get('ops')?.describe()).toEqual([
      { option: 'url', secret: true, source: 'domainctl.config.json' },
      { option: 'secret', secret: true, source: 'domainctl.config.json' },
    ])
  })

  it('are set up by the usual variables as well, but not in a sandbox, whose commands tell nobody outside', async () => {
    expect([...NOTIFIED_BY]).toEqual(Object.keys(notifiers).flatMap(setUpBy))
    const env = { SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/x' }
    const { notifications } = await load({ channels: { ops: HOOK } }, env)
    expect([...(notifications?.channels.keys() ?? [])]).toEqual(['ops', 'slack'])
    expect(await notifications?.channels.get('slack')?.describe()).toEqual([
      { option: 'url', secret: true, source: 'SLACK_WEBHOOK_URL' },
    ])
    await notifications?.channels.get('slack')?.open({ clock: systemClock(), reach: 'public' })
    expect([...((await load(undefined, env)).notifications?.channels.keys() ?? [])]).toEqual(['slack'])
    expect((await load(undefined, { ...env, DOMAINCTL_SANDBOX: '1' })).notifications?.channels.size).toBe(0)
    expect(reachOf(true, { env: { DOMAINCTL_SANDBOX: '1' } })).toBe('private')
    expect([reachOf(true, { env: {} }), reachOf(false, { env: {} })]).toEqual(['any', 'public'])
  })

  it.each([
    [{}, 'notifications.channels: expected a mapping from names'],
    [{ channels: { ops: { url: 'x' } } }, 'notifications.channels.ops.type: expected the type of a channel'],
    [{ channels: { ops: { type: 'slak' } } }, 'notifications.channels.ops.type: there is no channel of type "slak"'],
    [{ channels: { ops: { ...HOOK, url: 'https://hooks.example/secret-path' } } }, 'expected a reference to the secret'],
    [{ channels: { ops: { ...HOOK, urll: 'x' } } }, 'notifications.channels.ops.urll is no setting'],
    [{ channels: { ops: { type: 'webhook', url: 'env:X' } } }, 'notifications.channels.ops.secret is missing'],
    [
      { channels: { ops: HOOK }, routes: [{ channels: ['opps'] }] },
      'notifications.routes.0.channels: expected names of channels (ops), found "opps"',
    ],
    [
      { channels: { ops: HOOK }, routes: [{ channels: ['ops'], severity: 'bad' }] },
      'severity: expected one of info, warning, critical',
    ],
    [{ channels: { ops: HOOK }, routes: [{ channels: ['ops'], event: [] }] }, 'notifications.routes.0.event is no setting'],
    [
      { channels: { ops: HOOK }, templates: { default: { title: '{nmae}' } } },
      'notifications.templates.default: expected placeholders',
    ],
    [{ channels: { ops: HOOK }, templates: { 'domain.none': {} } }, 'notifications.templates'],
    [{ channels: { ops: HOOK }, group: 'soon' }, 'notifications.group: expected a duration'],
  ])('are refused, and the place is named: %j', async (wrong, message) => {
    const loading = load(wrong)
    await expect(loading).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) })
    await expect(loading).rejects.not.toMatchObject({ message: expect.stringContaining('secret-path') })
  })
})
