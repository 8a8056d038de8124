// biome-ignore-all lint/style/noRestrictedImports: a part of processes.test.ts that runs in a process of its own
/** A process of its own for tests: `node processes.test.child.ts VERB PATH [TIMES]`. */
import { readFile, writeFile } from 'node:fs/promises'
import { DomainctlError } from '../errors.ts'
import { systemClock } from '../runtime/clock.ts'
import { processIdentity } from '../runtime/process-identity.ts'
import { systemRandom } from '../runtime/random.ts'
import { sampleEvent } from '../testing/model-samples.ts'
import { openSqliteStore } from './open.ts'

const [verb, path = '', times = '1'] = process.argv.slice(2)
/** The user and group that may do nothing. */
const NOBODY = 65_534
const clock = systemClock()
const random = systemRandom()
const identity = processIdentity(random)

if (verb?.endsWith('-as-nobody')) {
  // Only now: the sources may lie where root alone can read them.
  process.setgid?.(NOBODY)
  process.setuid?.(NOBODY)
}

try {
  const store = await openSqliteStore(path, { clock, random, readOnly: verb?.startsWith('look') ?? false })
  if (verb?.startsWith('look')) console.log(JSON.stringify(await store.listDomains({}, { limit: 1 })))
  if (verb === 'commit' || verb === 'commit-for-ever') {
    const domain = await store.getDomain('default', 'example.com')
    if (!domain) throw new Error('example.com is not there')
    for (let n = 0; verb === 'commit-for-ever' || n < Number(times); n++) console.log(await addOne(store, domain.id))
  }
  // In the file beside the state is a number that each of them reads and writes anew: only a lease saves it.
  if (verb === 'count') for (let n = 0; n < Number(times); n++) console.log(await countOne(store))
  // How many of so many tries were let through by a limit of 30.
  if (verb === 'spend') {
    const unit = {
      key: { ca: 'https://ca.example/', kind: 'orders', subject: 'a' },
      limit: { count: 30, windowMs: 1e12 },
    } as const
    let spent = 0
    for (let n = 0; n < Number(times); n++) if ((await store.spendBudget([unit], clock.now())).length === 0) spent++
    console.log(spent)
  }
  await store.close()
  console.log('closed')
} catch (error) {
  console.log(error instanceof DomainctlError ? JSON.stringify({ code: error.code, message: error.message }) : String(error))
  process.exitCode = 1
}

/** Adds one to the number, under the lease on a key, once that can be had. */
async function countOne(store: Awaited<ReturnType<typeof openSqliteStore>>): Promise<number> {
  for (;;) {
    const id = Buffer.from(random.bytes(8)).toString('hex')
    try {
      const claim = { id, owner: identity.owner, ttlMs: 60_000, isGone: identity.isGone }
      const lease = await store.claimKey('the number', claim)
      const number = Number(await readFile(`${path}.number`, 'utf8')) + 1
      await writeFile(`${path}.number`, String(number))
      await store.releaseKey(lease)
      return number
    } catch (error) {
      if (!(error instanceof DomainctlError && error.code === 'LEASE_HELD')) throw error
      await clock.sleep(1 + (random.bytes(1)[0] ?? 0) / 64)
    }
  }
}

/** Adds one to the attempts of the domain, and a line about it to the audit, once the lease can be had. */
async function addOne(store: Awaited<ReturnType<typeof openSqliteStore>>, id: string): Promise<number> {
  for (;;) {
    try {
      const claimed = await store.claim(id, { owner: identity.owner, ttlMs: 60_000, isGone: identity.isGone })
      if (!claimed) throw new Error('the domain is gone')
      const attempts = claimed.domain.attempts + 1
      const events = [sampleEvent(String(attempts), { domainId: id })]
      await store.commit(claimed.lease, { domain: { ...claimed.domain, attempts }, events }, { release: true })
      return attempts
    } catch (error) {
      if (!(error instanceof DomainctlError && error.code === 'LEASE_HELD')) throw error
      await clock.sleep(1 + (random.bytes(1)[0] ?? 0) / 64)
    }
  }
}
