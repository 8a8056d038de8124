import { randomBytes } from 'node:crypto'
import type { Clock } from '@domainctl/core'
import { describeDnsProvider } from '@domainctl/core/testing'
import { createRoute53 } from '@domainctl/providers'
import { describe } from 'vitest'
import { systemClock } from '../packages/core/src/runtime/clock.ts'
import { hasMoto, type Moto, startMoto } from './servers/moto.ts'

// A Route 53 that others wrote judges the adapter. What it does otherwise than AWS: docs/providers/route53-emulators.md. So it
// cannot show that several writers lose nothing: it takes a DELETE for values that are no longer there.

const apex = 'example.test'
// moto has no limit of calls a second: waiting for one would be all that these tests do.
const clock: Clock = { ...systemClock(), sleep: async (_, signal) => signal?.throwIfAborted() }

function providerOn(moto: Moto) {
  const credentials = { accessKeyId: 'lab', secretAccessKey: 'lab' }
  return createRoute53({ endpoint: moto.url, credentials }, { clock, random: { bytes: (length) => randomBytes(length) } })
}

/** What a name server would serve of a value that Route 53 has. */
function served(type: string, value: string): string {
  if (type === 'CNAME') return value.replace(/\.$/, '')
  if (type !== 'TXT') return value
  const octets = Array.from(value.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, string = '']) =>
    Array.from(string.matchAll(/\\([0-7]{3})|\\?(.)/gs), ([, octal, literal = '']) =>
      octal === undefined ? literal.charCodeAt(0) : Number.parseInt(octal, 8),
    ),
  )
  return Buffer.from(octets.flat()).toString()
}

describe.skipIf(!hasMoto())('route53 with moto', () => {
  describeDnsProvider('moto', async () => {
    const moto = await startMoto()
    const zoneId = await moto.createZone(apex)
    const owner = (name: string) => `${name}.`
    await moto.upsert(zoneId, { name: owner(`delegated.${apex}`), type: 'NS', ttl: 60, values: ['ns1.elsewhere.test.'] })
    const setOf = async (name: string, type: string) =>
      (await moto.sets(zoneId)).find((set) => set.name === owner(name) && set.type === type)
    return {
      provider: providerOn(moto),
      zone: apex,
      delegated: `delegated.${apex}`,
      lookup: async (name, type) => (await setOf(name, type))?.values.map((value) => served(type, value)) ?? [],
      async addForeign(name, value) {
        const { ttl = 60, values = [] } = (await setOf(name, 'TXT')) ?? {}
        await moto.upsert(zoneId, { name: owner(name), type: 'TXT', ttl, values: [...values, `"${value}"`] })
      },
      close: () => moto.stop(),
    }
  })
})
