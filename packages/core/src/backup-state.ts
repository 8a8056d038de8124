import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { BackupFile } from './contracts/state-work.ts'
import { withoutCredentials } from './domain/without-credentials.ts'
import { DomainctlError, toDomainctlError } from './errors.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { backupDatabase, finishBackup, writeBackup } from './store/backup-file.ts'
import { copyTables } from './store/copy.ts'
import { sqliteEngine } from './store/engine.ts'
import { readStatePath } from './store/file-system.ts'
import { findStateFile } from './store/files.ts'
import { openSqliteState } from './store/open.ts'
import { openPostgresState } from './store/open-postgres.ts'
import { openDatabaseToRead } from './store/sqlite.ts'
import { versionOfState } from './store/state-version.ts'

/** Of which state, and where to. */
export interface BackupStateOptions {
  /** `file:PATH` or `postgres://…`, as in `DomainctlOptions.state`. It is only read. */
  state: string
  /** Path of the new file; its folder is there. */
  to: string
  /** 32 bytes in hex or base64: of a state in Postgres it has to be given; of a file it is not needed. */
  encryptionKey?: string
  /** Of a state in Postgres, after each page of rows. */
  onProgress?: (progress: { table: string; rows: number }) => void
  /** Heeded between pages of rows; the copy of a file is one step, after which it is heeded again. */
  signal?: AbortSignal
}

/**
 * Keeps all of a state, as it is at one moment, in a new file (SQLite, rights 0600) that is a state of its own, while others work
 * on it. The key is not in it: secrets in the backup are opened by the key of the state, which has to be kept elsewhere. The file
 * has its name only when it is whole, checked and on the disk; nothing is ever replaced. Any number may run at once.
 * @throws `USAGE` where there is no state, or a file of that name; `STATE_FULL` where the disk of the backup is full, `STATE_…`,
 * `INTERRUPTED`
 */
export async function backupState(o: BackupStateOptions): Promise<BackupFile> {
  const signal = o.signal ?? new AbortController().signal
  try {
    const to = resolve(o.to)
    return o.state.startsWith('file:') ? await ofFile(o.state, to, signal) : await ofPostgres(o, to, signal)
  } catch (error) {
    throw toDomainctlError(error, o.signal)
  }
}

const runtime = () => ({ clock: systemClock(), random: systemRandom() })

/** Also a state of an older version: it is copied as it is, and that before an upgrade is what a backup is wanted for. */
async function ofFile(state: string, to: string, signal: AbortSignal): Promise<BackupFile> {
  const { path } = readStatePath(state.slice('file:'.length))
  const file = findStateFile(resolve(path))
  // Refuses what is no state, before anything is written.
  if (file === null || (await versionOfState(state, runtime())) === 0) throw noState(state)
  const source = openDatabaseToRead(sqliteEngine(realpathSync(file), runtime().clock))
  try {
    return await backupDatabase(source, file, to, { ...runtime(), signal })
  } finally {
    source.close()
  }
}

async function ofPostgres(o: BackupStateOptions, to: string, signal: AbortSignal): Promise<BackupFile> {
  const place = withoutCredentials(o.state)
  const key = o.encryptionKey === undefined ? {} : { key: o.encryptionKey }
  if ((await versionOfState(o.state, runtime())) === 0) throw noState(place)
  const source = await openPostgresState(o.state, { ...runtime(), ...key, readOnly: true })
  try {
    const known = Buffer.from(await source.database.read((db) => source.keyring.key(db))).toString('hex')
    return await writeBackup(to, { ...runtime(), signal }, async (unfinished) => {
      // A backup may lie on a network file system: nobody else has it open.
      const target = await openSqliteState(`${unfinished}?network=allow`, { ...runtime(), isFilled: true, key: known })
      try {
        const onPage = (table: string, rows: number) => o.onProgress?.({ table, rows })
        await copyTables(source.database, target.database, { signal, onPage })
      } finally {
        await target.store.close()
      }
      return finishBackup(unfinished, { from: place, to })
    })
  } finally {
    await source.store.close()
  }
}

function noState(state: string): DomainctlError {
  return new DomainctlError('USAGE', `There is no state ${state} to keep.`, { hint: 'Check what --state names.' })
}
