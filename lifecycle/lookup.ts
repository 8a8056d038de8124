import { Resolver } from 'node:dns/promises'
import { vi } from 'vitest'
import type { PublishedRecord, World } from './world.ts'

type Asked = Pick<PublishedRecord, 'name' | 'type'> & { type: 'CNAME' | 'TXT' }

/** The TXT values at the primary, whatever the other servers have by now. */
export function txtAt(world: World, name: string): Promise<string[]> {
  return valuesAt(world.servers[0], { name, type: 'TXT' })
}

/** Resolves when every server of `example.test` shows what the primary does. */
export async function untilShown(world: World, records: readonly Asked[]): Promise<void> {
  const [primary, ...others] = world.servers
  await vi.waitFor(
    async () => {
      for (const record of records) {
        const wanted = (await valuesAt(primary, record)).sort().join()
        for (const server of others) {
          if ((await valuesAt(server, record)).sort().join() !== wanted) throw new Error(`${server} lags: ${record.name}`)
        }
      }
    },
    { timeout: 10_000, interval: 10 },
  )
}

/** Asked by c-ares, which is neither ours nor the server's. */
export async function valuesAt(server: string, { name, type }: Asked): Promise<string[]> {
  const resolver = new Resolver({ timeout: 3_000, tries: 1 })
  resolver.setServers([server])
  try {
    return type === 'TXT'
      ? (await resolver.resolveTxt(name)).map((strings) => strings.join(''))
      : await resolver.resolveCname(name)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOTFOUND' || code === 'ENODATA') return []
    throw error
  }
}
