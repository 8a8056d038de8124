import { expect, test } from 'vitest'
import { nameServersOf, whereabouts } from './delegation.ts'
import type { Message, ResourceRecord } from './message.ts'

const apex = 'example.test'
const name = 'a.sub.example.test'

function reply(o: Partial<Message>): Message {
  return { rcode: 'NOERROR', aa: true, answers: [], authorities: [], additionals: [], ...o }
}

function record(type: ResourceRecord['type'], owner: string, value = ''): ResourceRecord {
  return { type, name: owner, ttl: 60, value }
}

test.each<[string, Partial<Message>, ReturnType<typeof whereabouts>]>([
  ['no data', { authorities: [record('SOA', apex)] }, { kind: 'here', isMissing: false }],
  ['no such name', { rcode: 'NXDOMAIN', authorities: [record('SOA', apex)] }, { kind: 'here', isMissing: true }],
  ['no data and no SOA', {}, { kind: 'here', isMissing: false }],
  ['the SOA of a child', { authorities: [record('SOA', 'sub.example.test')] }, { kind: 'child', child: 'sub.example.test' }],
  ['the SOA of the name itself', { answers: [record('SOA', name)] }, { kind: 'child', child: name }],
  [
    'SOAs of several zones',
    { authorities: [record('SOA', 'test'), record('SOA', apex), record('SOA', '')] },
    { kind: 'here', isMissing: false },
  ],
  [
    'records of a child beside its NS records',
    { answers: [record('TXT', name, 'x')], authorities: [record('NS', 'sub.example.test', 'ns.test')] },
    { kind: 'child', child: 'sub.example.test' },
  ],
  [
    'records beside the NS records of the zone',
    { answers: [record('TXT', name, 'x')], authorities: [record('NS', apex, 'ns.test')] },
    { kind: 'here', isMissing: false },
  ],
  ['the SOA of a zone above', { authorities: [record('SOA', 'test')] }, undefined],
  ['the SOA of another zone', { aa: false, authorities: [record('SOA', 'other.test')] }, undefined],
  ['no data without authority', { aa: false, authorities: [record('SOA', apex)] }, undefined],
  ['a CNAME', { answers: [record('CNAME', name, 'x.test')] }, { kind: 'alias' }],
  ['a CNAME with the SOA of its target', { answers: [record('CNAME', name, apex), record('SOA', apex)] }, { kind: 'alias' }],
  ['a CNAME in a loop', { rcode: 'SERVFAIL', answers: [record('CNAME', name, name)] }, { kind: 'alias' }],
  ['a CNAME from a cache', { aa: false, answers: [record('CNAME', name, 'x.test')] }, undefined],
  ['a CNAME elsewhere', { rcode: 'SERVFAIL', answers: [record('CNAME', 'x.test', 'y.test')] }, undefined],
  ['REFUSED', { rcode: 'REFUSED', aa: false }, undefined],
  ['SERVFAIL with a referral', { rcode: 'SERVFAIL', authorities: [record('NS', 'sub.example.test', 'ns.test')] }, undefined],
  ['a referral to the zone itself', { aa: false, authorities: [record('NS', apex, 'ns.test')] }, undefined],
  ['a referral upwards', { aa: false, authorities: [record('NS', '', 'ns.test')] }, undefined],
  ['a referral beside the way', { aa: false, authorities: [record('NS', 'b.sub.example.test', 'ns.test')] }, undefined],
  ['a referral below the name', { aa: false, authorities: [record('NS', `x.${name}`, 'ns.test')] }, undefined],
  [
    'a referral to a name that only ends alike',
    { aa: false, authorities: [record('NS', 'b.example.test', 'ns.test')] },
    undefined,
  ],
])('%s', (_, message, expected) => {
  expect(whereabouts(apex, name, reply(message))).toEqual(expected)
})

test('a referral gives the servers of its zone and the glue', () => {
  const glue = [record('A', 'ns.sub.example.test', '192.0.2.1')]
  const authorities = [
    record('NS', 'sub.example.test', 'ns.sub.example.test'),
    record('NS', 'sub.example.test', 'ns.test'),
    record('NS', 'other.example.test', 'no.test'),
  ]
  const referral = { kind: 'referral', child: 'sub.example.test', names: ['ns.sub.example.test', 'ns.test'], glue }
  expect(whereabouts(apex, name, reply({ aa: false, authorities, additionals: glue }))).toEqual(referral)
  // Some servers set AA on referrals.
  expect(whereabouts(apex, name, reply({ aa: true, authorities, additionals: glue }))).toEqual(referral)
})

test('of thousands of name servers a few are kept, each once', () => {
  const many = Array.from({ length: 4000 }, (_, i) => record('NS', 'sub.example.test', `ns${i >> 1}.test`))
  const names = nameServersOf('sub.example.test', many)
  expect(names).toHaveLength(64)
  expect(new Set(names).size).toBe(64)
})
