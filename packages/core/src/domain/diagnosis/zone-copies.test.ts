import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeCopies } from './zone-copies.ts'
import type { ServerView } from './zone-view.ts'

const zone = { apex: 'example.test', nameServers: ['ns1.old.test', 'ns1.new.test'], source: 'parent' as const, refused: [] }

function judge(servers: ServerView[]) {
  return judgeCopies({ zone, registrable: zone.apex, delegation: 'delegated', servers, warnings: [], resolvers: [] })
}

function server(name: string, o: Partial<ServerView> = {}): ServerView {
  return { server: { name, address: '192.0.2.1' }, outcome: 'answer', rcode: 'NOERROR', ...o }
}

test('servers that name different primaries have copies of their own', () => {
  const found = judge([
    server('ns1.old.test', { primary: 'ns1.old.test', serial: 7 }),
    server('ns1.new.test', { primary: 'ns1.new.test', serial: 2026010101 }),
    server('ns2.new.test', { primary: 'NS1.new.test', serial: 2026010101 }),
  ])
  expect(found).toMatchObject({ problem: 'ZONE_COPIES_DIFFER', actor: 'customer', state: 'wrong' })
  expect(found?.explanation).toContain('hold 2 copies of it: ns1.old.test (copy of ns1.old.test, number 7); ')
  expect(found?.explanation).toContain('ns1.new.test, ns2.new.test (copy of ns1.new.test')
  expect(found).not.toHaveProperty('action')
})

test('one primary: a server is late; one that is silent says nothing', () => {
  const primary = 'ns1.new.test'
  expect(judge([server('ns1.new.test', { primary, serial: 7 }), server('ns2.new.test', { primary, serial: 6 })])).toBeUndefined()
  const silent = server('ns1.old.test', { outcome: 'unreachable', rcode: 'timeout' })
  expect(judge([server('ns1.new.test', { primary }), silent])).toBeUndefined()
})

test('whatever servers say, it can be read', () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 })
  const view = fc.record({ name: text, primary: text, serial: fc.integer() })
  fc.assert(
    fc.property(fc.array(view, { maxLength: 12 }), (views) => {
      const found = judge(views.map(({ name, ...o }) => server(name, o)))
      if (found) expect(found.explanation).toMatch(/^[ -~…]+$/u)
    }),
  )
})
