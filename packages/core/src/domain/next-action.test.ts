import { describe, expect, it } from 'vitest'
import type { Domain } from './model.ts'
import { nextActionOf, type StillDue } from './next-action.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const now = new Date('2026-03-01T00:00:00Z')
const at = (ms: number) => new Date(now.getTime() + ms)

function domain(of: Partial<Domain>): Domain {
  return {
    id: 'd',
    tenant: 'default',
    name: 'a.example',
    names: [],
    status: 'active',
    statusSince: now,
    provider: 'manual',
    challenge: 'dns-01',
    keyType: 'ec256',
    labels: {},
    attempts: 0,
    nextActionAt: now,
    createdAt: now,
    updatedAt: now,
    ...of,
  }
}

const certificate: NonNullable<StillDue['certificate']> = {
  notBefore: at(-30 * DAY),
  notAfter: at(60 * DAY),
  renewAt: at(30 * DAY),
  renewReason: 'a third of its lifetime is left',
  createdAt: at(-30 * DAY),
}
const still = (o: Partial<StillDue> = {}): StillDue => ({ now, hasLeftovers: false, failed: false, share: () => 0, ...o })

describe('nextActionOf', () => {
  it('is the renewal of a certificate that is in order', () => {
    expect(nextActionOf(domain({}), still({ certificate }))).toEqual(certificate.renewAt)
  })

  it('is the time to ask the CA again, where that is sooner', () => {
    const advice = { askedAt: now, nextCheckAt: at(6 * 60 * MINUTE) }
    expect(nextActionOf(domain({}), still({ certificate: { ...certificate, advice } }))).toEqual(advice.nextCheckAt)
  })

  it('is not now again, whatever is in the past', () => {
    const advice = { askedAt: at(-DAY), nextCheckAt: at(-MINUTE) }
    expect(nextActionOf(domain({}), still({ certificate: { ...certificate, advice } }))).toEqual(at(MINUTE))
  })

  it('is sooner where the certificate lives for minutes', () => {
    const minutes = {
      ...certificate,
      notBefore: at(-MINUTE),
      notAfter: at(5 * MINUTE),
      renewAt: at(3 * MINUTE),
      createdAt: at(0),
    }
    const advice = { askedAt: now, nextCheckAt: now }
    expect(nextActionOf(domain({}), still({ certificate: { ...minutes, advice } }))).toEqual(at((6 * MINUTE) / 20))
  })

  it('is the end of the least gap after a renewal that is due again already', () => {
    const renewed = { ...certificate, createdAt: at(-MINUTE), renewAt: at(-MINUTE) }
    expect(nextActionOf(domain({}), still({ certificate: renewed }))).toEqual(at(12 * 60 * MINUTE - MINUTE))
  })

  it('is soon where records are left, or a renewal could not begin', () => {
    for (const what of [{ failed: true }, { hasLeftovers: true }])
      expect(nextActionOf(domain({}), still({ certificate, ...what }))).toEqual(at(10 * MINUTE))
  })

  it('comes before a short certificate ends', () => {
    const short = { ...certificate, notBefore: at(-5 * MINUTE), notAfter: at(MINUTE) }
    const next = nextActionOf(domain({}), still({ certificate: short, failed: true }))
    expect(next?.getTime()).toBeLessThan(short.notAfter.getTime())
  })

  it('looks every five minutes while records are awaited, and seldom later', () => {
    for (const status of ['pending_dns', 'pending_probe', 'issuing'] as const) {
      expect(nextActionOf(domain({ status }), still())).toEqual(at(5 * MINUTE))
      expect(nextActionOf(domain({ status, statusSince: at(-10 * DAY) }), still())).toEqual(at(60 * MINUTE))
    }
  })

  it('is never for what an operator has put aside, or was given up', () => {
    for (const status of ['failed', 'suspended'] as const) expect(nextActionOf(domain({ status }), still())).toBeNull()
    expect(nextActionOf(domain({}), still())).toBeNull()
  })
})
