import type { CopiedCount } from './contracts/state-work.ts'
import { withoutCredentials } from './domain/without-credentials.ts'
import { DomainctlError, toDomainctlError } from './errors.ts'
import { openState } from './open-state.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { copyTables } from './store/copy.ts'
import { keepKeyFile, readKeyFile } from './store/key.ts'
import { versionOfState } from './store/state-version.ts'

/** Between which states, and how. */
export interface CopyStateOptions {
  /** `file:PATH` or `postgres://…`, as in `DomainctlOptions.state`. It is only read. */
  from: string
  /** Where to: a new state, or one that an earlier copy of the same source has left half-done. */
  to: string
  /** Of both; absent: a file state's own key, which the copy then has as well (in a file beside it, where it is a file). */
  encryptionKey?: string
  /** After each page of rows. */
  onProgress?: (progress: { table: string; rows: number }) => void
  signal?: AbortSignal
}

/**
 * Moves a state: copies all of it, compares both row by row, and only then lets the new one be used. Interrupted or killed, the
 * same call goes on where it stopped, as long as nobody has changed the source. Stop what works on the source first: what it does
 * after the copy began is not in it.
 * @throws `USAGE` when there is nothing to copy or the target is not empty, `STATE_…`, `INTERRUPTED`
 */
export async function copyState(o: CopyStateOptions): Promise<CopiedCount[]> {
  const runtime = { clock: systemClock(), random: systemRandom() }
  const signal = o.signal ?? new AbortController().signal
  try {
    const source = await openState(o.from, { ...runtime, readOnly: true, key: o.encryptionKey })
    try {
      // Of an empty one there would be a copy under a key that nobody has.
      if ((await versionOfState(o.from, runtime)) === 0) throw noState(withoutCredentials(o.from))
      // What seals the source has to be what seals the copy: no secret is opened on the way.
      const key = await source.database.read((db) => source.keyring.key(db))
      const target = await openState(o.to, { ...runtime, isFilled: true, key: Buffer.from(key).toString('hex') })
      try {
        // Another state has another key, which is left where it is.
        await target.database.read(async (db) => (await target.keyring.isLocked(db)) && (await target.keyring.unlock(db)))
        const { keyFile } = target.database.engine
        // Under the write lock: of two copies into the same place each sees what the other one has done.
        if (o.encryptionKey === undefined && keyFile !== null) await target.database.write(() => placeKey(keyFile, key))
        return await copyTables(source.database, target.database, {
          signal,
          // Changed since it was read, it would not open the copy.
          onSnapshot: async (db) => {
            if (!Buffer.from(key).equals(await source.keyring.key(db))) throw keyChanged(o.from)
          },
          onPage: (table, rows) => o.onProgress?.({ table, rows }),
        })
      } finally {
        await target.store.close()
      }
    } finally {
      await source.store.close()
    }
  } catch (error) {
    throw toDomainctlError(error, o.signal)
  }
}

/** A key that lies there may be the only one that opens the backups of a state that was there. */
async function placeKey(keyFile: string, key: Uint8Array): Promise<void> {
  const there = await readKeyFile(keyFile)
  if (there === null) return keepKeyFile(keyFile, key)
  if (Buffer.from(there).equals(key)) return
  throw new DomainctlError('USAGE', `There is another key in ${keyFile} already.`, {
    hint: 'Keep that file elsewhere if it is still needed, and take it away; or copy to another place.',
  })
}

function keyChanged(state: string): DomainctlError {
  return new DomainctlError('STATE_BUSY', `The encryption key of the state ${state} was changed just now.`, {
    hint: 'Run the same command again.',
  })
}

function noState(state: string): DomainctlError {
  return new DomainctlError('USAGE', `There is no state ${state} to copy.`, {
    hint: 'Check its name: there is nothing, or it is empty.',
  })
}
