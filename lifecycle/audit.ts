import { AUDIT_EVENTS, type AuditEventMeaning, type AuditLine, type Domainctl, DomainctlError } from '@domainctl/core'
import { expect, test } from 'vitest'
import { openEngine, updaterOf } from './engine.ts'
import type { Suite } from './suite.ts'

/** The audit of the whole road: complete, in the words of its table, and without a secret. */
export const auditOfTheRoad: Suite = (world) => {
  test('every act has its line, no line has a secret, and nobody who works can change one', async () => {
    await using engine = await openEngine(world())
    const { domainctl } = engine
    const name = 'audited.example.test'
    const first = await domainctl.issue(name, { wildcard: true })
    const keys = [(await domainctl.export(name)).privateKey ?? '']
    const second = await domainctl.renew(name, { force: true })
    keys.push((await domainctl.export(name)).privateKey ?? '')
    keys.push((await domainctl.exportAccountKey()).privateKey)
    await domainctl.rotateAccountKey()
    keys.push((await domainctl.exportAccountKey()).privateKey)
    await domainctl.add('routed.example.test', { target: 'edge.example.test', ownership: 'none' })
    await domainctl.apply('routed.example.test')
    await domainctl.unapply('routed.example.test')
    await domainctl.revoke(name, { reason: 'superseded' })
    await domainctl.remove(name)
    const refusing = { ...updaterOf(world()), addValues: () => Promise.reject(noMore()) }
    await expect((await engine.again({ providers: { rfc2136: refusing } })).issue('refused.example.test')).rejects.toMatchObject({
      code: 'PROVIDER_REFUSED',
    })

    const lines = await allOf(domainctl)
    for (const { event, details = {} } of lines) {
      const known: AuditEventMeaning | undefined = Object.entries(AUDIT_EVENTS).find(([one]) => one === event)?.[1]
      expect(known, event).toBeDefined()
      expect(known?.details, event).toEqual(expect.arrayContaining(Object.keys(details)))
    }
    const of = (event: string) => lines.filter((line) => line.event === event)
    const serials = [first, second].map(({ certificate }) => certificate.serial)
    expect(of('certificate.stored').map(({ details }) => details?.serial)).toEqual(serials)
    expect(of('order.finalized')).toHaveLength(2)
    expect(of('certificate.revoked').map(({ details }) => details?.serial)).toEqual(serials.slice(1))
    const values = (event: string) => of(event).map(({ details }) => `${details?.name} ${details?.value}`)
    const refused = values('record.failed')
    expect(values('record.written').length).toBeGreaterThanOrEqual(5)
    expect(refused).toHaveLength(1)
    expect(values('record.planned').sort()).toEqual([...values('record.written'), ...refused].sort())
    expect(values('record.removed').sort()).toEqual(values('record.planned').sort())
    expect(of('record.failed')).toMatchObject([
      {
        message: expect.stringContaining('no more\\u{1b}[2J'),
        details: { doing: 'write', code: 'PROVIDER_REFUSED', zone: 'example.test' },
      },
    ])
    for (const event of ['account.confirmed', 'account.key_changed', 'account.key_exported', 'domain.removed', 'order.failed'])
      expect(of(event).length, event).toBeGreaterThan(0)

    const told = JSON.stringify(lines)
    const bodies = keys.flatMap((key) => key.split('\n').filter((line) => line.length > 20 && !line.includes('-----')))
    expect(bodies.length).toBeGreaterThanOrEqual(keys.length)
    for (const secret of [...bodies, world().rfc2136.secret, '0f'.repeat(32)]) expect(told).not.toContain(secret)
    expect(told).not.toMatch(/PRIVATE KEY|"d":/)

    // Of a name that was removed the lines are still there, and are found by it.
    const { events } = await domainctl.audit({ domain: name, events: ['certificate.*'] })
    expect(events.map(({ event, domain }) => [event, domain])).toEqual(
      ['certificate.stored', 'certificate.stored', 'certificate.revoked'].map((event) => [event, name]),
    )
  })
}

/** All lines, page by page. */
async function allOf(domainctl: Domainctl): Promise<AuditLine[]> {
  const lines: AuditLine[] = []
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<Domainctl['audit']>> = await domainctl.audit({ tenant: null }, { after, limit: 7 })
    lines.push(...page.events)
    after = page.next
  }
  return lines
}

function noMore(): DomainctlError {
  return new DomainctlError('PROVIDER_REFUSED', 'There is room for no more\u001b[2J.', { hint: 'Make room.' })
}
