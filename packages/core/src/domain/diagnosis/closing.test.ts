import { describe, expect, it } from 'vitest'
import { hiddenByZones } from './causes.ts'
import { closingOf } from './closing.ts'

const record = { name: '_domainctl.shop.example.test' }
const open = { purpose: 'ownership', ok: false, state: 'missing', problem: 'RECORD_MISSING', record, actor: 'customer' } as const
const fix = { action: 'create' }
const late = { ...open, problem: 'RECORD_PARTIAL', actor: 'provider', fix: { action: 'wait' } } as const
const suspended = {
  ...open,
  purpose: 'zone',
  state: 'wrong',
  problem: 'DOMAIN_SUSPENDED',
  record: { name: 'example.test' },
} as const
const broken = { ...open, purpose: 'routing', problem: 'CHAIN_BROKEN', actor: 'operator' } as const

describe('hiddenByZones', () => {
  const dead = { ...suspended, problem: 'ZONE_UNREACHABLE', state: 'unknown' }
  const unknown = { ...open, state: 'unknown' }

  it('hides what could not be seen, and all below a domain that shows nothing of its owner', () => {
    expect([...hiddenByZones([dead, open, unknown])]).toEqual([unknown])
    expect([...hiddenByZones([suspended, open, unknown])]).toEqual([open, unknown])
    expect([...hiddenByZones([{ ...suspended, problem: 'SPLIT_HORIZON' }, open])]).toEqual([open])
  })

  it('hides nothing of other zones, nothing below a warning, and nothing that is right', () => {
    const elsewhere = { ...unknown, record: { name: 'shop.example.org' } }
    const { problem: _, ...right } = { ...open, ok: true }
    expect(hiddenByZones([suspended, elsewhere, right]).size).toBe(0)
    expect(hiddenByZones([{ ...suspended, ok: true }, open]).size).toBe(0)
  })
})

describe('closingOf', () => {
  it.each([
    ['When that is done', [{ ...open, fix }, late, broken]],
    ['Nothing has to be changed', [late]],
    ['Nothing has to be changed', [late, { ...open, ok: true }]],
    ['Only the company that runs the name servers', [{ ...open, actor: 'provider' as const }, broken]],
    ['Only the hosting company', [broken, late]],
    // What is hidden is nobody's work yet.
    [
      'Only the hosting company',
      [
        { ...suspended, problem: 'SPLIT_HORIZON', actor: 'operator' as const },
        { ...open, fix },
      ],
    ],
  ])('%s', (start, checks) => {
    expect(closingOf(checks)).toMatch(new RegExp(`^${start}`))
    expect(closingOf(checks).length).toBeLessThanOrEqual(78)
  })
})
