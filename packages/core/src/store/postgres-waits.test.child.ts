// biome-ignore-all lint/style/noRestrictedImports: a part of postgres-waits.test.ts that runs in a process of its own
/** `node postgres-waits.test.child.ts URL KEY`: opens a state, and closes it when it is told something. */
import { once } from 'node:events'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { openPostgresStore } from './open-postgres.ts'

const [url = '', key = ''] = process.argv.slice(2)
const store = await openPostgresStore(url, { key, clock: systemClock(), random: systemRandom() })
await store.listDomains({}, { limit: 1 })
console.log('open')
await once(process.stdin, 'data')
process.stdin.destroy()
await store.close()
