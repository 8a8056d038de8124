import { expect, it } from 'vitest'
import { withFollowers } from './followers.ts'

const target = 'edge.hosting.test'

/** A name that is a CNAME to another one. */
function alias(name: string, value: string, problem = 'ROUTING_ELSEWHERE') {
  const remove = [{ type: 'CNAME' as const, name, value }]
  return {
    purpose: 'routing',
    ok: false,
    problem,
    record: { type: 'CNAME' as const, name, expected: [target] },
    explanation: 'It leads elsewhere.',
    advice: ['Change it.'],
    fix: { action: 'change', type: 'CNAME' as const, name, value: target, ttl: 300, remove, panel: {} },
  }
}
const bare = { ...alias('example.test', 'old.test'), problem: 'CNAME_AT_APEX' }
const www = alias('www.example.test', 'example.test')

it('a CNAME to a name of the same domain that is not right itself has to be left alone', () => {
  const [first, second] = withFollowers([bare, www])
  expect(first).toEqual(bare)
  expect(second).toMatchObject({
    problem: 'ROUTING_ELSEWHERE',
    ok: false,
    explanation: expect.stringContaining('nothing has to be'),
  })
  expect(second?.fix).toEqual({ action: 'wait', type: 'CNAME', name: 'www.example.test', value: target, ttl: 300 })
  expect(second).not.toHaveProperty('advice')
})

it.each([
  ['is right', { ...bare, ok: true }],
  ['is to lead elsewhere', { ...bare, record: { ...bare.record, expected: ['other.test'] } }],
  ['is looked at for another reason', { ...bare, purpose: 'ownership' }],
  ['leads back', alias('example.test', 'www.example.test')],
])('not where that one %s', (_, other) => {
  expect(withFollowers([other, www])[1]).toEqual(www)
})

it.each([
  ['a loop', alias('www.example.test', 'example.test', 'CHAIN_LOOP')],
  ['itself', alias('www.example.test', 'www.example.test')],
  ['with something beside', { ...www, fix: { ...www.fix, remove: [...www.fix.remove, ...bare.fix.remove] } }],
])('not %s', (_, check) => expect(withFollowers([bare, check])[1]).toEqual(check))
