// biome-ignore-all lint/style/noRestrictedImports: a part of after-crash.test.ts that runs in a process of its own
/** A process of its own for tests: `node after-crash.test.child.ts VERB PATH`; prints a JSON line when it is there. */
import { DomainctlError } from '../errors.ts'
import { systemClock } from '../runtime/clock.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleDomain, sampleEvent } from '../testing/model-samples.ts'
import { openSqliteStore } from './open.ts'

const [verb, path = ''] = process.argv.slice(2)

try {
  const store = await openSqliteStore(path, { clock: systemClock(), random: systemRandom() })
  if (verb === 'crash') {
    const events = Array.from({ length: 20 }, () => sampleEvent('filled', { message: 'x'.repeat(900) }))
    for (let n = 0; n < 30; n++) await store.addDomain(sampleDomain({ name: `${n}.example` }), events)
    process.kill(process.pid, 'SIGKILL')
  }
  const { domains } = await store.listDomains({}, { limit: 100 })
  console.log(JSON.stringify({ domains: domains.length }))
  if (verb === 'hold') for await (const _ of process.stdin);
  await store.close()
} catch (error) {
  console.log(JSON.stringify(error instanceof DomainctlError ? { code: error.code } : { error: String(error) }))
}
