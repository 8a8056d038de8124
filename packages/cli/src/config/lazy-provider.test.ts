import type { DnsProvider, ProviderAccess } from '@domainctl/core'
import { createManual } from '@domainctl/providers'
import { describe, expect, it } from 'vitest'
import { lazyProvider } from './providers.ts'

const ZONE = { id: 'example.test', name: 'example.test' }
const ACCESS: ProviderAccess = { identity: 'somebody', zones: [ZONE], complete: true, warnings: [] }
const o = { signal: new AbortController().signal }

function openedAs(provider: DnsProvider): { lazy: DnsProvider; opened: () => number } {
  let times = 0
  const lazy = lazyProvider(async () => {
    times++
    return provider
  })
  return { lazy, opened: () => times }
}

describe('a provider that is opened when it is needed', () => {
  it('passes on what the opened one tells', async () => {
    const { lazy, opened } = openedAs({
      ...createManual(),
      access: async () => ACCESS,
      nameServers: async ({ name }) => [`ns1.${name}`],
    })
    expect(opened()).toBe(0)
    expect(await lazy.access?.(o)).toEqual(ACCESS)
    expect(await lazy.nameServers?.(ZONE, o)).toEqual(['ns1.example.test'])
    expect(opened()).toBe(1)
  })

  it('says nothing in the place of one that does not tell, and shows that it does not', async () => {
    const { lazy } = openedAs(createManual())
    expect(await lazy.nameServers?.(ZONE, o)).toEqual([])
    expect(lazy.nameServers).toBeUndefined()
    expect(lazy.access).toBeUndefined()
    expect(await openedAs(createManual()).lazy.access?.(o)).toEqual({ zones: [], complete: false, warnings: [] })
  })

  it('fails with what keeps it from being opened', async () => {
    const lazy = lazyProvider(async () => {
      throw new Error('no credential')
    })
    await expect(lazy.access?.(o)).rejects.toThrow('no credential')
    await expect(lazy.nameServers?.(ZONE, o)).rejects.toThrow('no credential')
  })

  it('is opened anew after it could not be', async () => {
    let times = 0
    const lazy = lazyProvider(async () => {
      if (++times === 1) throw new Error('no credential')
      return { ...createManual(), findZone: async () => ZONE }
    })
    await expect(lazy.findZone('a', o)).rejects.toThrow('no credential')
    expect(await lazy.findZone('a', o)).toBe(ZONE)
    expect(await lazy.findZone('a', o)).toBe(ZONE)
    expect(times).toBe(2)
  })

  it('is not waited for after the signal aborts', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const waiting = lazyProvider(() => new Promise(() => undefined)).findZone('a', { signal: controller.signal })
    controller.abort(reason)
    await expect(waiting).rejects.toBe(reason)
  })
})
