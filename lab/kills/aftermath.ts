import { createPrivateKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { createDomainctl } from '@domainctl/core'
import { expect, vi } from 'vitest'
import { readChain } from '../../lifecycle/engine.ts'
import { valuesAt } from '../../lifecycle/lookup.ts'
import type { World } from '../../lifecycle/world.ts'
import { leftIn } from '../fault-matrix/left-in-state.ts'

/** What has to hold of a name whose order was ended by a later run, whatever was killed on the way. */
export async function expectNoTrace(world: World, directory: string, name: string, what: string): Promise<void> {
  const file = join(directory, '.domainctl', 'state.db')
  const domainctl = await createDomainctl({ state: `file:${file}`, readOnly: true })
  try {
    const { fullchain, privateKey } = await domainctl.export(name)
    expect(readChain(world, fullchain), what).toMatchObject({ names: [name, `www.${name}`], trusted: true })
    expect(new X509Certificate(fullchain).checkPrivateKey(createPrivateKey(privateKey ?? '')), what).toBe(true)
    const events = (await domainctl.history(name, { limit: 1000 })).map(({ event }) => event)
    const times = (event: string) => events.filter((one) => one === event).length
    // One key: an order that is planned anew gets a new one.
    expect({ planned: times('order.planned'), stored: times('certificate.stored') }, what).toEqual({ planned: 1, stored: 1 })
  } finally {
    await domainctl.close()
  }
  expect(leftIn(file), what).toEqual({ records: 0, orders: 0, leases: 0 })
  for (const server of world.servers) {
    const look = async () => {
      for (const one of [name, `www.${name}`])
        expect(await valuesAt(server, { name: `_acme-challenge.${one}`, type: 'TXT' }), `${what} at ${server}`).toEqual([])
    }
    await vi.waitFor(look, { timeout: 10_000, interval: 20 })
  }
}
