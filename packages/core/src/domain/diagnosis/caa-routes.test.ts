import { describe, expect, test } from 'vitest'
import { caaAfterRouting } from './caa-routes.ts'

const NAME = 'shop.example.test'
const TARGET = 'edge.hosting.test'

function caaAt(name: string, actor: string) {
  const record = { type: 'CAA' as const, name, expected: ['0 issue "ca.test"'] }
  const fix = { action: 'create', type: 'CAA' as const, name, value: '0 issue "ca.test"' }
  return { purpose: 'caa', ok: false, record, explanation: 'Why. Add one.', advice: ['Add one.'], actor, fix }
}

function routed(fix: { action: string; remove?: { type: 'CNAME' | 'A'; name: string; value: string }[] }, ok = false) {
  const record = { type: 'CNAME' as const, name: NAME, expected: [TARGET] }
  const made = { type: 'CNAME' as const, name: NAME, value: TARGET }
  return { purpose: 'routing', ok, record, explanation: 'Elsewhere.', actor: 'customer', fix: { ...made, ...fix } }
}

const old = [{ type: 'CNAME' as const, name: NAME, value: 'site.oldhost.test' }]

describe('CAA waits for the CNAME', () => {
  test.each([
    ['beside which it cannot stand', caaAt(NAME, 'customer'), routed({ action: 'create' })],
    [
      'that leads to the records of another host now',
      caaAt('site.oldhost.test', 'operator'),
      routed({ action: 'change', remove: old }),
    ],
  ])('%s', (_, caa, route) => {
    const [told, same] = caaAfterRouting([caa, route])
    expect(told).toMatchObject({ ok: false, fix: { action: 'wait' } })
    expect(told).not.toHaveProperty('advice')
    expect(told?.explanation).toMatch(/^Why\. But shop\.example\.test has to be a CNAME to edge\.hosting\.test\..*look again\.$/)
    expect(same).toBe(route)
  })

  test.each([
    ['a name above it', caaAt('example.test', 'customer'), routed({ action: 'create' })],
    ['a CNAME that is right', caaAt(TARGET, 'operator'), routed({ action: 'change', remove: old }, true)],
    ['a CNAME that is only missing', caaAt(TARGET, 'operator'), routed({ action: 'create' })],
  ])('not for %s', (_, caa, route) => {
    expect(caaAfterRouting([caa, route])).toEqual([caa, route])
  })
})
