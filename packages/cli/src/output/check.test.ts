import type { Check } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { describeCheck } from './check.ts'

const plain = (_: string, text: string) => text
const name = '_domainctl.shop.example.com'
const value = `domainctl=${'0123456789abcdef'.repeat(2)}`

const doubled: Check = {
  purpose: 'ownership',
  record: { type: 'TXT', name, expected: [value] },
  seen: [{ server: 'ns1.example.com (192.0.2.1)', rcode: 'NXDOMAIN', values: [] }],
  ok: false,
  state: 'missing',
  problem: 'RECORD_ZONE_DOUBLED',
  explanation: `TXT ${name} is not there, but ${name}.example.com has it ("${value}"): the panel appended example.com to a name that ended with it already. Enter the name without example.com.`,
  fix: { action: 'create', type: 'TXT', name, value, ttl: 300, remove: [{ type: 'TXT', name: `${name}.example.com`, value }] },
  actor: 'customer',
}

describe('describeCheck', () => {
  it('fits into 80 columns: what is wrong, why, what to make and what to take away', () => {
    expect(describeCheck(doubled, plain, 80).join('\n')).toBe(`✖ ownership: TXT ${name}  RECORD_ZONE_DOUBLED
    expected  ${value}
    seen      ns1.example.com (192.0.2.1): NXDOMAIN
    why       TXT _domainctl.shop.example.com is not there, but
              _domainctl.shop.example.com.example.com has it
              ("domainctl=0123456789abcdef0123456789abcdef"): the panel appended
              example.com to a name that ended with it already. Enter the name
              without example.com.
    who acts  customer
    fix       create  TXT, TTL 300
              name    ${name}
              value   ${value}
    remove    TXT
              name    ${name}.example.com
              value   "${value}"`)
  })

  it('gives records as lines of a zone file where there is room, and what has to go without a TTL', () => {
    const lines = describeCheck(doubled, plain)
    expect(lines).toContain(`    fix       create  ${name}. 300 IN TXT "${value}"`)
    expect(lines).toContain(`    remove    ${name}.example.com. IN TXT "${value}"`)
  })

  it('has a line for the problem where the title is too long for it', () => {
    const record = { ...doubled.record, name: `_domainctl.${'long.'.repeat(8)}example.com` }
    const [title, problem] = describeCheck({ ...doubled, record }, plain, 80)
    expect(title).toBe(`✖ ownership: TXT ${record.name}`)
    expect(problem).toBe('    problem   RECORD_ZONE_DOUBLED')
  })

  it('lets no escape sequence of a customer through', () => {
    const fix = {
      action: 'change',
      type: 'TXT',
      name,
      value,
      ttl: 300,
      remove: [{ type: 'TXT', name, value: '\u001b[2J' }],
    } as const
    const check: Check = { ...doubled, explanation: 'It is "\u001b[2J".', fix: { ...fix, remove: [...fix.remove] } }
    for (const columns of [20, 80, undefined]) expect(describeCheck(check, plain, columns).join('\n')).not.toContain('\u001b')
  })

  it('says of a right record that it is right, and no more', () => {
    expect(describeCheck({ ...doubled, ok: true }, plain, 80)).toEqual([`✔ ownership: TXT ${name}`])
  })
})
