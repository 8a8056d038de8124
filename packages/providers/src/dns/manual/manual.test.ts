import { describe, expect, it } from 'vitest'
import { createManual, manifest } from './index.ts'

describe('manual', () => {
  const provider = createManual()
  const o = { signal: new AbortController().signal }
  const rrset = { name: '_acme-challenge.example.test', type: 'TXT' as const, ttl: 60, values: ['v'] }

  it('leaves every change to a person', async () => {
    const zone = (await provider.findZone(rrset.name, o)) ?? expect.unreachable('no zone')
    expect(zone).toEqual({ id: 'example.test', name: 'example.test' })
    expect(await provider.addValues(zone, rrset, o)).toEqual({ status: 'by-hand' })
    expect(await provider.removeValues(zone, rrset, o)).toEqual({ status: 'by-hand' })
    expect(await provider.setRRset(zone, rrset, o)).toEqual({ status: 'by-hand' })
    expect(await provider.getRRset(zone, rrset.name, 'TXT', o)).toBeNull()
  })

  it('rejects when the signal has aborted', async () => {
    const reason = new Error('enough')
    const aborted = { signal: AbortSignal.abort(reason) }
    const zone = { id: 'example.test', name: 'example.test' }
    await expect(provider.findZone('example.test', aborted)).rejects.toBe(reason)
    await expect(provider.addValues(zone, rrset, aborted)).rejects.toBe(reason)
  })

  it('takes no settings', () => {
    const runtime = {
      clock: { now: () => new Date(), sleep: async () => {}, every: () => () => {} },
      random: { bytes: () => new Uint8Array() },
    }
    expect(manifest.create({}, runtime).capabilities.atomicRRset).toBe(true)
    expect(() => manifest.create({ key: 'x' }, runtime)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  })
})
