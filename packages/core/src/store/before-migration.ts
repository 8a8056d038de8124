import { existsSync, rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Logger, Random } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import { backupDatabase } from './backup-file.ts'
import { giveToOwnerOf } from './files.ts'
import { LATEST } from './migrations.ts'
import { loadSqlite } from './sqlite.ts'

/** Where a state is kept as it was before it left a version, for the first time, the second … */
export function backupPathOf(state: string, version: number, time = 1): string {
  return `${state}.v${version}${time === 1 ? '' : `-${time}`}.backup`
}

/**
 * Keeps a state beside itself as it is, before it is brought to a later version: an older domainctl can read that one alone. Only
 * where something is in it, and where no earlier backup has all of that: one stays from whoever went back to the older version with
 * a copy of it, and has worked on. None is ever replaced.
 * @throws DomainctlError `STATE_FULL`, `STATE_READ_ONLY`, `STATE_CORRUPT`: then nothing was changed
 */
export async function backupBefore(
  sqlite: DatabaseSync,
  path: string,
  version: number,
  { logger, ...runtime }: { clock: Clock; random: Random; logger?: Logger },
): Promise<void> {
  if (isEmpty(sqlite)) return
  for (let time = 1; ; time += 1) {
    const to = backupPathOf(path, version, time)
    try {
      const backup = await backupDatabase(sqlite, path, to, runtime)
      // Another process has kept it and gone on to migrate.
      if (backup.version !== version) return rmSync(to)
      giveToOwnerOf(path, to)
      logger?.log(
        'info',
        `The state ${path} is brought from version ${version} to ${LATEST}; as it was it is kept in ${to}, without its key.`,
        { state: path, backup: to, from: version, to: LATEST },
      )
      return
    } catch (error) {
      if (!(error instanceof DomainctlError && error.code === 'USAGE' && existsSync(to))) throw error
      if (lastVersion(sqlite) !== version || lastChange(sqlite) === changeIn(to)) return
    }
  }
}

function lastVersion(sqlite: DatabaseSync): unknown {
  return sqlite.prepare('select max(version) as version from schema_version').get()?.version
}

/** Nothing that matters is done without a line in the audit, and none of those is ever changed. */
function lastChange(sqlite: DatabaseSync): string {
  return JSON.stringify(sqlite.prepare('select * from audit order by seq desc limit 1').get() ?? null)
}

/** Null when this is no backup that can be read. */
function changeIn(backup: string): string | null {
  const { DatabaseSync } = loadSqlite()
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(backup, { readOnly: true })
    return lastChange(database)
  } catch {
    return null
  } finally {
    database?.close()
  }
}

/** Whatever anybody did has left a line in the audit. */
function isEmpty(sqlite: DatabaseSync): boolean {
  return ['audit', 'domains', 'accounts'].every((table) => sqlite.prepare(`select 1 from ${table} limit 1`).get() === undefined)
}
