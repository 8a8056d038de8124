/** A process of its own for tests: `node migrate-state.test.child.ts VERB STATE [TO]`; says when it begins, and what came of it. */
import { backupState } from './backup-state.ts'
import { DomainctlError } from './errors.ts'
import { migrateState } from './migrate-state.ts'

const [verb, state = '', to = ''] = process.argv.slice(2)
const key = process.env.TEST_KEY
const encryptionKey = key === undefined ? {} : { encryptionKey: key }

console.log('begins')
try {
  const done = verb === 'backup' ? await backupState({ state, to }) : await migrateState({ state, ...encryptionKey })
  console.log(JSON.stringify(done))
} catch (error) {
  console.log(JSON.stringify(error instanceof DomainctlError ? { code: error.code } : { error: String(error) }))
}
