import { resolve } from 'node:path'
import { backupState, DomainctlError, migrateState } from '@domainctl/core'
import { shownState } from '../config/shown-state.ts'
import type { Context } from '../context.ts'
import { EXIT_CODES } from '../exit.ts'
import { mark } from '../output/marks.ts'
import { startProgress } from '../output/progress.ts'
import { printable } from '../output/text.ts'

export interface StateMigrateFlags {
  check?: boolean
}

/**
 * `state backup FILE`: all of the state in a new file, while others work on it.
 * @throws DomainctlError `USAGE` where there is no state, or a file of that name; `STATE_…`
 */
export async function stateBackup({ io, output, config }: Context, typed: string): Promise<number> {
  const { state, encryptionKey } = config.settings
  if (typed.trim() === '')
    throw new DomainctlError('USAGE', 'No file was named.', { hint: 'Such as: domainctl state backup state.backup' })
  const progress = await startProgress(io, output, 1)
  const name = shownState(state)
  const { path, version, bytes } = await backupState({
    state,
    to: resolve(io.cwd, typed),
    signal: io.signal,
    ...(encryptionKey !== undefined && { encryptionKey }),
    onProgress: ({ table, rows }) => progress.update({ name, message: `${table}: ${rows} rows` }),
  }).finally(progress.stop)
  if (output.json) output.document({ state: name, backup: path, version, bytes, keyIncluded: false })
  else {
    output.print(
      `${mark(output.paint, 'ok')} ${printable(path)} has all of ${printable(name)} (version ${version}, ${bytes} bytes).`,
      `  The encryption key is not in it, and without the key nothing secret in it can be read: keep ${keyPlace(state, encryptionKey)} as well, elsewhere.`,
      `  To restore: give that key (DOMAINCTL_ENCRYPTION_KEY_FILE) and copy it to a new place with`,
      `  domainctl state copy file:${printable(path)} file:NEW.db   (or postgres://…), or look into it with --state file:${printable(path)}`,
    )
  }
  return 0
}

function keyPlace(state: string, given: string | undefined): string {
  if (given !== undefined || !state.startsWith('file:')) return 'the key that you gave'
  return printable(`${state.slice('file:'.length).replace(/\?network=allow$/, '')}.key`)
}

/**
 * `state migrate [--check]`: brings the state to the version of this domainctl.
 * @returns 3 with `--check` when there is something to do
 * @throws DomainctlError `USAGE` where there is no state file; `STATE_…`
 */
export async function stateMigrate({ io, output, config }: Context, { check = false }: StateMigrateFlags): Promise<number> {
  const { state, encryptionKey } = config.settings
  const name = shownState(state)
  const { from, to, backup } = await migrateState({
    state,
    check,
    signal: io.signal,
    onWait: (message) => output.note(printable(message)),
    ...(encryptionKey !== undefined && { encryptionKey }),
  })
  const migrated = !check && from < to
  if (output.json) output.document({ state: name, from, to, migrated, backup })
  else if (from === to) output.print(`${mark(output.paint, 'ok')} ${printable(name)} has version ${to}, that of this domainctl.`)
  else if (!migrated)
    output.print(
      from === 0
        ? `${printable(name)} has no tables yet.`
        : `${printable(name)} has version ${from}; this domainctl brings it to ${to}.`,
      '  domainctl state migrate',
    )
  else {
    const done = from === 0 ? `was empty, and has its tables now (version ${to})` : `was brought from version ${from} to ${to}`
    output.print(`${mark(output.paint, 'ok')} ${printable(name)} ${done}.`)
    if (backup !== null) output.print(`  As it was it is kept in ${printable(backup)}, without its key.`)
  }
  return check && from < to ? EXIT_CODES['not-ready'] : 0
}
