import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DomainEvent, TRANSITIONS, transition } from './machine.ts'
import type { Domain, DomainStatus } from './model.ts'

const then = new Date('2026-01-01T00:00:00Z')
const now = new Date('2026-11-20T12:00:00Z')
const statuses: DomainStatus[] = ['pending_dns', 'pending_probe', 'issuing', 'active', 'failed', 'suspended', 'deleted']
const events = Object.keys(TRANSITIONS) as DomainEvent[]
const domain = (status: DomainStatus) => ({ status, statusSince: then }) as Domain

describe('the state machine', () => {
  it('takes a name from its records to a certificate', () => {
    const issued = transition(transition(domain('pending_dns'), 'verified', now), 'issued', now)
    expect(issued).toMatchObject({ status: 'active', statusSince: now })
  })

  it('waits between records and certificate for the HTTP probe of a domain that wants one, back as well as forth', () => {
    const waiting = transition(domain('pending_dns'), 'proven', now)
    expect(waiting).toMatchObject({ status: 'pending_probe', statusSince: now })
    expect(transition(waiting, 'proven', then)).toBe(waiting)
    expect(transition(waiting, 'verified', now).status).toBe('issuing')
    expect(transition(waiting, 'reopened', now).status).toBe('pending_dns')
    expect(transition(waiting, 'gave_up', now).status).toBe('failed')
    expect(transition(waiting, 'issued', now).status).toBe('active')
    expect(transition(domain('issuing'), 'proven', now).status).toBe('pending_probe')
  })

  it('changes nothing, and no time, where an event means nothing', () => {
    expect(transition(domain('active'), 'verified', now)).toEqual(domain('active'))
    expect(transition(domain('deleted'), 'issued', now)).toEqual(domain('deleted'))
  })

  it('never leaves quarantine or suspension by itself, and a renewal never takes an active domain down', () => {
    const byItself: DomainEvent[] = ['proven', 'verified', 'issued', 'gave_up', 'reopened']
    fc.assert(
      fc.property(fc.constantFrom(...statuses), fc.array(fc.constantFrom(...byItself)), (status, sequence) => {
        const end = sequence.reduce((at, event) => transition(at, event, now), domain(status)).status
        if (status === 'deleted' || status === 'suspended' || status === 'active') expect(end).toBe(status)
      }),
    )
  })

  it('stays within the statuses, whatever happens', () => {
    fc.assert(
      fc.property(fc.constantFrom(...statuses), fc.array(fc.constantFrom(...events)), (status, sequence) => {
        expect(statuses).toContain(sequence.reduce((at, event) => transition(at, event, now), domain(status)).status)
      }),
    )
  })
})
