import type { DatabaseSync } from 'node:sqlite'
import type { Clock, Logger, Random } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import { backupDatabase } from './backup-file.ts'
import { LATEST } from './migrations.ts'

/** Where a state is kept as it was before it left a version. */
export function backupPathOf(state: string, version: number): string {
  return `${state}.v${version}.backup`
}

/**
 * Keeps a state beside itself as it is, before it is brought to a later version: an older domainctl can read that one alone. Only
 * where something is in it. One that is there already stays: it is from when the state first left that version, also where another
 * process has just made it and gone on to migrate.
 * @throws DomainctlError `STATE_FULL`, `STATE_READ_ONLY`, `STATE_CORRUPT`: then nothing was changed
 */
export async function backupBefore(
  sqlite: DatabaseSync,
  path: string,
  version: number,
  { logger, ...runtime }: { clock: Clock; random: Random; logger?: Logger },
): Promise<void> {
  if (isEmpty(sqlite)) return
  try {
    const backup = await backupDatabase(sqlite, path, backupPathOf(path, version), runtime)
    logger?.log(
      'info',
      `The state ${path} is brought from version ${version} to ${LATEST}; as it was it is kept in ${backup.path}, without its key.`,
      { state: path, backup: backup.path, from: version, to: LATEST },
    )
  } catch (error) {
    if (error instanceof DomainctlError && error.code === 'USAGE') return
    throw error
  }
}

/** Whatever anybody did has left a line in the audit. */
function isEmpty(sqlite: DatabaseSync): boolean {
  return ['audit', 'domains', 'accounts'].every((table) => sqlite.prepare(`select 1 from ${table} limit 1`).get() === undefined)
}
