/** A process of its own for tests: `node full-disk.test.child.ts VERB FOLDER OTHER`, where FOLDER is a disk of its own, a small one. */
import { existsSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { backupState } from './backup-state.ts'
import { DomainctlError } from './errors.ts'
import { migrateState } from './migrate-state.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { makeOlderFile } from './store/older-state.test.support.ts'
import { openSqliteStore } from './store/open.ts'
import { sampleDomain, sampleEvent } from './testing/model-samples.ts'

const [verb, folder = '', other = ''] = process.argv.slice(2)
const path = join(folder, 'state.db')
const runtime = { clock: systemClock(), random: systemRandom() }

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'done'
  } catch (error) {
    return error instanceof DomainctlError ? error.code : String(error)
  }
}

async function fill(): Promise<object> {
  const store = await openSqliteStore(path, runtime)
  const events = Array.from({ length: 10 }, () => sampleEvent('filled', { message: 'x'.repeat(1000) }))
  let added = 0
  const add = () => codeOf(store.addDomain(sampleDomain({ name: `${added}.example` }), events))
  let code = await add()
  while (code === 'done') {
    added += 1
    code = await add()
  }
  const { domains } = await store.listDomains({}, { limit: 1000 })
  await store.close()
  const again = await openSqliteStore(path, { ...runtime, readOnly: true })
  const kept = (await again.listDomains({}, { limit: 1000 })).domains.length
  await again.close()
  return { code, some: added > 0, readable: domains.length === added, kept: kept === added }
}

async function migrate(): Promise<object> {
  await makeOlderFile(path, { version: 5, domains: 600, audit: 1500 })
  fillTheRest()
  // Room to read it, which takes shared memory, but none for a copy.
  truncateSync(join(folder, 'filler'), statSync(join(folder, 'filler')).size - 200_000)
  const code = await codeOf(migrateState({ state: `file:${path}` }))
  const database = new DatabaseSync(path)
  const version = database.prepare('select max(version) as version from schema_version').get()?.version
  database.close()
  return { code, version, names: readdirSync(folder).sort() }
}

async function backup(): Promise<object> {
  const state = join(other, 'state.db')
  await makeOlderFile(state, { version: 5, domains: 1500, audit: 1500 })
  const code = await codeOf(backupState({ state: `file:${state}`, to: join(folder, 'backup') }))
  return { code, names: readdirSync(folder) }
}

/** No room for even an empty state. */
async function make(): Promise<object> {
  fillTheRest()
  return { code: await codeOf(openSqliteStore(path, runtime)), key: existsSync(`${path}.key`) }
}

function fillTheRest(): void {
  for (;;) {
    try {
      writeFileSync(join(folder, 'filler'), Buffer.alloc(4096), { flag: 'a' })
    } catch {
      return
    }
  }
}

const verbs: Record<string, () => Promise<object>> = { fill, migrate, backup, make }
console.log(JSON.stringify(await verbs[verb ?? '']?.()))
