// biome-ignore-all lint/style/noRestrictedImports: a part of due-claims.test.ts that runs in a process of its own
/** `node due-claims.test.child.ts STATE KEY NOW`: claims what is due at NOW (ms), few at a time, until there is none, and prints the ids. */
import { systemClock } from '../runtime/clock.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { systemRandom } from '../runtime/random.ts'
import { openSqliteStore } from './open.ts'
import { openPostgresStore } from './open-postgres.ts'

const [state = '', key = '', now = ''] = process.argv.slice(2)
const runtime = { clock: systemClock(), random: systemRandom() }
const open = state.startsWith('postgres:') ? openPostgresStore : openSqliteStore
const store = await open(state, { key, ...runtime })
const { owner } = processIdentity(runtime.random)
for (;;) {
  // One of them that has ended already is not gone here: its domains would be taken over.
  const claims = await store.claimDue(new Date(Number(now)), 7, { owner, ttlMs: 3_600_000, isGone: () => false })
  if (claims.length === 0) break
  for (const { domain } of claims) console.log(domain.id)
}
await store.close()
