import { describe, expect, it } from 'vitest'
import type { Conformance } from './subject.ts'

/** What a credential may do, and who serves a zone. */
export function describeAccess({ subject, zone, o, at, txt, served }: Conformance): void {
  describe('access', () => {
    it('tells of the zone, and writes nothing', async (context) => {
      const { provider } = subject()
      if (provider.access === undefined) return context.skip()
      const { zones, complete, warnings } = await provider.access(o)
      const own = zones.find(({ id }) => id === zone().id)
      if (complete || own !== undefined) expect(own?.name).toBe(zone().name)
      if (own !== undefined) expect([true, undefined]).toContain(own.mayWrite)
      expect(zones.length).toBeLessThanOrEqual(1000)
      expect(zones.map(({ name }) => name)).toEqual(zones.map(({ name }) => name).sort())
      for (const warning of warnings) expect(warning).toMatch(/^[A-Z0-9].*\.$/s)
    })

    it('is none for a wrong credential', async (context) => {
      const { wrongCredential } = subject()
      if (wrongCredential === undefined) return context.skip()
      const wrong = wrongCredential()
      const refused = { code: 'PROVIDER_AUTH', hint: expect.stringMatching(/\S/) }
      try {
        if (wrong.access) await expect(wrong.access(o)).rejects.toMatchObject(refused)
        if (wrong.nameServers) await expect(wrong.nameServers(zone(), o)).rejects.toMatchObject(refused)
        await expect(wrong.addValues(zone(), txt(at('wrong'), 'v'), o)).rejects.toMatchObject(refused)
      } finally {
        await wrong.close?.()
      }
      expect(await served(at('wrong'))).toEqual([])
    })
  })

  describe('nameServers', () => {
    it('are host names', async (context) => {
      const { provider } = subject()
      if (provider.nameServers === undefined) return context.skip()
      const names = await provider.nameServers(zone(), o)
      expect(names).not.toEqual([])
      for (const name of names) expect(name).toMatch(/^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]*[a-z0-9]$/)
      expect(new Set(names).size).toBe(names.length)
    })
  })
}
