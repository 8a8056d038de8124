import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Edit, planOf, rrsetOf } from './plan.ts'
import type { RecordSet, SetChange } from './types.ts'

const NAME = 'a.example.test'

function stored(type: string, values: string[], more: Partial<RecordSet> = {}): RecordSet {
  return { name: NAME, type, ttl: 300, values, ...more }
}

function edit(kind: Edit['kind'], values: string[], type: Edit['rrset']['type'] = 'TXT', name = NAME): Edit {
  return { kind, rrset: { name, type, ttl: 60, values } }
}

/** Each change as `CREATE TXT 60 "a" "b"`. */
function lines(changes: readonly SetChange[]): string[] {
  return changes.map(({ action, set }) => `${action} ${set.type} ${set.ttl} ${set.values.join(' + ')}`)
}

const code = (outcome: unknown): unknown => (outcome as { error?: { code: string } }).error?.code

describe('edits of one set', () => {
  it('are one change, with what others wrote as they wrote it', () => {
    const { changes, outcomes } = planOf([edit('add', ['b']), edit('add', ['c', 'b'])], [stored('TXT', ['"a" "x"'])])
    expect(lines(changes)).toEqual(['DELETE TXT 300 "a" "x"', 'CREATE TXT 300 "a" "x" + "b" + "c"'])
    expect(outcomes).toMatchObject([{ isWritten: true }, { isWritten: true }])
  })

  it('create what is not there, and delete what has nothing left', () => {
    expect(lines(planOf([edit('add', ['a'])], []).changes)).toEqual(['CREATE TXT 60 "a"'])
    expect(lines(planOf([edit('remove', ['a'])], [stored('TXT', ['"a"'])]).changes)).toEqual(['DELETE TXT 300 "a"'])
  })

  it('are no change where all is as it is wanted', () => {
    const there = [stored('TXT', ['"a"', '"b"'])]
    expect(planOf([edit('add', ['b']), edit('remove', ['c'])], there)).toMatchObject({
      changes: [],
      outcomes: [{ isWritten: false }, { isWritten: false }],
    })
    expect(planOf([edit('add', ['c']), edit('remove', ['c'])], there).changes).toEqual([])
  })

  it('replace the set one after the other, each with what was before it', () => {
    const { changes, outcomes } = planOf(
      [edit('set', ['192.0.2.2'], 'A'), edit('set', ['192.0.2.3'], 'A')],
      [stored('A', ['192.0.2.1'])],
    )
    expect(lines(changes)).toEqual(['DELETE A 300 192.0.2.1', 'CREATE A 60 192.0.2.3'])
    expect(outcomes).toMatchObject([{ previous: { values: ['192.0.2.1'] } }, { previous: { values: ['192.0.2.2'] } }])
  })

  it('change the TTL of a set that is set', () => {
    expect(lines(planOf([edit('set', ['"a"'], 'TXT')], [stored('TXT', ['"\\"a\\""'])]).changes)).toEqual([
      'DELETE TXT 300 "\\"a\\""',
      'CREATE TXT 60 "\\"a\\""',
    ])
  })
})

describe('edits at one name', () => {
  it('delete before they create, so that a CNAME takes the place of others', () => {
    const edits = [edit('remove', ['a']), edit('set', ['target.test'], 'CNAME')]
    expect(lines(planOf(edits, [stored('TXT', ['"a"'])]).changes)).toEqual(['DELETE TXT 300 "a"', 'CREATE CNAME 60 target.test.'])
  })

  it('are refused beside a CNAME, or as one beside others, and the other edits are made', () => {
    const cname = [stored('CNAME', ['target.test.'])]
    const { changes, outcomes } = planOf([edit('add', ['a']), edit('add', ['b'], 'TXT', 'b.example.test')], cname)
    expect(outcomes.map(code)).toEqual(['PROVIDER_CONFLICT', undefined])
    expect(lines(changes)).toEqual(['CREATE TXT 60 "b"'])
    expect(code(planOf([edit('set', ['x.test'], 'CNAME')], [stored('TXT', ['"a"'])]).outcomes[0])).toBe('PROVIDER_CONFLICT')
    expect(code(planOf([edit('add', ['x.test'], 'CNAME')], cname).outcomes[0])).toBe('PROVIDER_CONFLICT')
    expect(code(planOf([edit('set', ['x.test', 'y.test'], 'CNAME')], []).outcomes[0])).toBe('PROVIDER_REFUSED')
  })

  it.each([
    ['an alias', stored('A', [], { special: 'an alias to x.test', ttl: 0 })],
    ['one of several', stored('A', ['192.0.2.1'], { special: 'one of several sets, with the identifier x' })],
  ])('do not touch %s (cert-manager#5388)', (_, special) => {
    const edits = [edit('add', ['192.0.2.2'], 'A'), edit('set', [], 'A'), edit('set', ['x.test'], 'CNAME')]
    const { changes, outcomes } = planOf(edits, [special])
    expect(changes).toEqual([])
    expect(outcomes.map(code)).toEqual(Array(3).fill('PROVIDER_CONFLICT'))
    expect(outcomes[0]).toMatchObject({ error: { message: expect.stringContaining(special.special ?? '') } })
    expect(planOf([edit('remove', ['192.0.2.9'], 'A')], [special]).outcomes).toMatchObject([{ isWritten: false }])
  })

  it('do not take a value out of one of several', () => {
    const special = stored('TXT', ['"a"'], { special: 'one of several sets, with the identifier x' })
    expect(planOf([edit('remove', ['a'])], [special]).outcomes.map(code)).toEqual(['PROVIDER_CONFLICT'])
  })
})

it('shows sets with identifiers together, and an alias as nothing', () => {
  const special = 'one of several sets'
  const sets = [stored('A', ['192.0.2.1'], { special, ttl: 60 }), stored('A', ['192.0.2.2'], { special })]
  expect(rrsetOf(NAME, 'A', sets)).toEqual({ name: NAME, type: 'A', ttl: 60, values: ['192.0.2.1', '192.0.2.2'] })
  expect(rrsetOf(NAME, 'A', [stored('A', [], { special: 'an alias', ttl: 0 })])).toBeNull()
})

it('makes of any edits what they make one by one, and touches nothing else', () => {
  const value = fc.constantFrom('a', 'b', 'c', 'd', 'é"\\')
  const name = fc.constantFrom('a.example.test', 'b.example.test')
  const anEdit = fc
    .record({ kind: fc.constantFrom<Edit['kind']>('add', 'remove', 'set'), name, values: fc.array(value, { maxLength: 4 }) })
    .map(({ kind, name, values }) => edit(kind, values, 'TXT', name))
  fc.assert(
    fc.property(fc.array(anEdit, { maxLength: 8 }), fc.uniqueArray(value), (edits, there) => {
      const start: RecordSet[] = [stored('MX', ['10 mail.test.']), { ...stored('TXT', ['"other"']), name: 'c.example.test' }]
      const model = new Map<string, Set<string>>([[NAME, new Set(there)]])
      const first = planOf([edit('add', there)], start)
      const before = applied(start, first.changes)

      for (const { kind, rrset } of edits) {
        const held = model.get(rrset.name) ?? new Set()
        if (kind === 'set') held.clear()
        for (const each of rrset.values) kind === 'remove' ? held.delete(each) : held.add(each)
        model.set(rrset.name, held)
      }
      const after = applied(before, planOf(edits, before).changes)
      for (const [at, held] of model) {
        expect(new Set(rrsetOf(at, 'TXT', after)?.values ?? []), at).toEqual(held)
      }
      expect(after.filter(({ name, type }) => type === 'MX' || name === 'c.example.test')).toEqual(start)
    }),
  )
})

/** As Route 53 does it: a deletion names just what is there, and a creation finds nothing. */
function applied(sets: readonly RecordSet[], changes: readonly SetChange[]): RecordSet[] {
  const now = [...sets]
  for (const { action, set } of changes) {
    const at = now.findIndex(({ name, type }) => name === set.name && type === set.type)
    expect(now[at]).toEqual(action === 'CREATE' ? undefined : set)
    expect(new Set(set.values).size).toBe(set.values.length)
    if (action === 'CREATE') now.push(set)
    else now.splice(at, 1)
  }
  return now
}
