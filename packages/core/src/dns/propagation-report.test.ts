import { expect, test } from 'vitest'
import type { ServerAnswer } from '../contracts/dns.ts'
import { leftOut } from './propagation-report.ts'

function warningsFor(address: string, answer: Pick<ServerAnswer, 'outcome' | 'rcode'>): string[] {
  const server = { name: 'ns1.example.test', address }
  const zone = {
    apex: 'example.test',
    servers: [server],
    nameServers: [server.name],
    source: 'parent' as const,
    refused: [],
    warnings: [],
  }
  const seen = new Map([[server, { server, values: [], ...answer }]])
  return leftOut({ name: 'a.example.test', values: ['x'], zone, seen, resolvers: new Map(), isDone: true })
}

test('a machine without IPv6 is no fault of the zone; any other failure is told', () => {
  const noRoute = { outcome: 'unreachable', rcode: 'no route from here' } as const
  const timeout = { outcome: 'unreachable', rcode: 'timeout' } as const
  expect(warningsFor('2001:db8::1', noRoute)).toEqual([])
  expect(warningsFor('192.0.2.1', noRoute)).toHaveLength(1)
  expect(warningsFor('2001:db8::1', timeout)).toEqual([
    'Name server ns1.example.test (2001:db8::1) of example.test was left out: unreachable (timeout).',
  ])
  expect(warningsFor('192.0.2.1', { outcome: 'answer', rcode: 'NOERROR' })).toEqual([])
})
