import { describe, expect, it } from 'vitest'
import type { Conformance } from './subject.ts'

/** `RRset.proxied`: what is behind the provider's proxy. */
export function describeProxy({ subject, at, served, get, set }: Conformance): void {
  describe('the proxy', () => {
    it.each([
      ['A', ['192.0.2.11'], ['192.0.2.12']],
      ['CNAME', ['proxied-one.example'], ['proxied-two.example']],
    ] as const)('holds %s records only when asked to, and is told and put back', async (type, before, after) => {
      const name = at(`proxied-${type.toLowerCase()}`)
      if (!subject().provider.capabilities.proxied) {
        // What others have no word for is passed over.
        await set({ name, type, ttl: 300, values: [...before], proxied: true })
        expect((await get(name, type))?.proxied ?? false).toBe(false)
        return expect(await served(name, type)).toEqual([...before])
      }
      await set({ name, type, ttl: 300, values: [...before], proxied: true })
      expect(await get(name, type)).toMatchObject({ values: [...before], proxied: true })
      const replaced = await set({ name, type, ttl: 300, values: [...after] })
      expect(replaced.previous).toMatchObject({ type, values: [...before], proxied: true })
      expect((await get(name, type))?.proxied ?? false).toBe(false)
      expect(await served(name, type)).toEqual([...after])
      if (!replaced.previous) throw new Error('there was nothing before')
      const back = await set(replaced.previous)
      expect(back.previous?.proxied ?? false).toBe(false)
      expect(await get(name, type)).toMatchObject({ values: [...before], proxied: true })
      await set({ name, type, ttl: 300, values: [] })
      expect(await get(name, type)).toBeNull()
    })
  })
}
