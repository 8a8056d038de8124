import type { Selectable } from 'kysely'
import type { Random } from '../contracts/runtime.ts'
import { assertRow } from './cells.ts'
import type { Db } from './database.ts'
import type { Engine } from './engine.ts'
import { KEY_BYTES } from './key.ts'
import type { DataKeysTable } from './schema.ts'
import { createCipher, type KeyCipher, type SealedCell } from './seal.ts'
import { UnreadableValue } from './state-errors.ts'

/** A key that secrets are sealed with, in the clear. */
export interface DataKey {
  id: string
  bytes: Uint8Array
}

/** A new one. */
export function makeDataKey(random: Random): DataKey {
  const bytes = random.bytes(KEY_BYTES)
  return { id: createCipher(bytes, random).keyId, bytes }
}

/**
 * All of them, each as often as there are keys that it is wrapped by; the oldest first.
 * @param spare told of a row that cannot be read, which is left out; absent: it throws
 */
export async function readDataKeys(
  db: Db,
  spare?: (row: string, error: UnreadableValue) => void,
): Promise<Selectable<DataKeysTable>[]> {
  const rows = await db.selectFrom('data_keys').selectAll().orderBy('created_at').orderBy('id').orderBy('wrapped_by').execute()
  return rows.flatMap((row) => spared(row.id, () => assertRow('data_keys', row, row.id), spare))
}

/** What `work` gives, in a list; an empty one where it finds a damaged value that is to be spared. */
export function spared<T>(row: string, work: () => T, spare?: (row: string, error: UnreadableValue) => void): T[] {
  try {
    return [work()]
  } catch (error) {
    if (!spare || !(error instanceof UnreadableValue)) throw error
    spare(row, error)
    return []
  }
}

/**
 * The id of the one that is in use. Until the transaction ends it is not deleted: who retires it and then looks for values that
 * are sealed with it would not see the one that is about to be written.
 */
export async function dataKeyInUse(db: Db, { keepsRows }: Engine): Promise<string> {
  const inUse = db.selectFrom('data_keys').select('id').where('retired_at', 'is', null).modifyEnd(keepsRows)
  // Retired in the very moment between finding and keeping it, it is not found, nor the one that took its place: asked once more.
  const row = (await inUse.executeTakeFirst()) ?? (await inUse.executeTakeFirst())
  if (!row) throw dataKeyMissing()
  return row.id
}

/** There is none, where there has to be one. */
export function dataKeyMissing(): UnreadableValue {
  return new UnreadableValue({ table: 'data_keys', row: 'in use', column: 'id' }, 'is missing')
}

/** Keeps a data key so that `by` opens it; done once however often it is called. */
export async function wrapDataKey(db: Db, key: DataKey, by: KeyCipher, row: { created_at: number; retired_at: number | null }) {
  const wrapped = by.close(Buffer.from(key.bytes).toString('base64url'), cellOf(key.id))
  await db
    .insertInto('data_keys')
    .values({ id: key.id, wrapped_by: by.keyId, wrapped, ...row })
    .onConflict((conflict) => conflict.columns(['id', 'wrapped_by']).doNothing())
    .execute()
}

/** @throws UnreadableValue when the row was altered, or made by another key */
export function unwrapDataKey({ id, wrapped }: Selectable<DataKeysTable>, by: KeyCipher): DataKey {
  return { id, bytes: Buffer.from(by.open(wrapped, cellOf(id)), 'base64url') }
}

function cellOf(id: string): SealedCell {
  return { table: 'data_keys', row: id, column: 'wrapped', tenant: '' }
}
