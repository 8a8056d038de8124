import type { Logger } from './contracts/runtime.ts'
import { DomainctlError, toDomainctlError } from './errors.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { LATEST } from './store/migrations.ts'
import { openSqliteStore } from './store/open.ts'
import { openPostgresStore } from './store/open-postgres.ts'
import { versionOfState } from './store/state-version.ts'

/** Which state, and how. */
export interface MigrateStateOptions {
  /** `file:PATH` or `postgres://…`, as in `DomainctlOptions.state`. */
  state: string
  /** 32 bytes in hex or base64; absent: the key beside a file state. Not needed for a state that is up to date. */
  encryptionKey?: string
  /** Only tells the versions: nothing is changed. */
  check?: boolean
  /** Once, when another process is doing it: it is waited for as long as it lives. */
  onWait?: (message: string) => void
  /** Ends that waiting; the migration itself is one transaction, and is not stopped. */
  signal?: AbortSignal
}

/** Which versions the schema of a state has and had. */
export interface StateMigration {
  /** Before this call, 0: there were no tables; of several that migrate at once, one does it, and others may find it done. */
  from: number
  /** That this domainctl reads and writes: the state has it now, unless it was only checked. */
  to: number
  /** The copy of a file state as it was, made beside it by this call; null where none was made. */
  backup: string | null
}

/**
 * Brings a state to the schema of this version, as the first call of any other kind that may write does by itself: for those who
 * want that at a moment of their own. In a PostgreSQL database without any tables they are made. Idempotent; safe while others do the same. All steps are one transaction: killed anywhere,
 * the state is as it was before. What still runs of the older version is refused the state from then on (`STATE_NEWER`).
 * @throws `USAGE` where there is no state file, `STATE_…`, `INTERRUPTED`
 */
export async function migrateState(o: MigrateStateOptions): Promise<StateMigration> {
  const { state, encryptionKey, check = false, onWait, signal } = o
  let backup: string | null = null
  const logger: Logger = {
    log: (_, message, fields) => {
      if (fields?.isWaiting === true) onWait?.(message)
      if (typeof fields?.backup === 'string') backup = fields.backup
    },
  }
  const runtime = { clock: systemClock(), random: systemRandom() }
  try {
    const from = await versionOfState(state, runtime)
    // In a database that is there the tables are made: it is the owner of a role that may not who calls this first.
    if (from === 0 && state.startsWith('file:')) {
      throw new DomainctlError('USAGE', `There is no state ${state} to migrate.`, {
        hint: 'Check what --state names; a new state is made by the first command that writes, in the latest version.',
      })
    }
    if (from < LATEST && !check) {
      const given = { ...(encryptionKey !== undefined && { key: encryptionKey }), ...(signal && { signal }) }
      const parts = { ...runtime, logger, ...given }
      const store = state.startsWith('file:')
        ? await openSqliteStore(state.slice('file:'.length), parts)
        : await openPostgresStore(state, parts)
      await store.close()
    }
    return { from, to: LATEST, backup }
  } catch (error) {
    throw toDomainctlError(error, signal)
  }
}
