import { sql } from 'kysely'
import type { Clock, Random } from '../contracts/runtime.ts'
import { auditLine } from '../domain/audit-line.ts'
import { DEFAULT_TENANT } from '../domain/ids.ts'
import { DomainctlError } from '../errors.ts'
import { appendEvents } from './audit.ts'
import { dataKeyInUse, makeDataKey, wrapDataKey } from './data-keys.ts'
import type { Db } from './database.ts'
import type { OpenState } from './open.ts'
import type { Schema } from './schema.ts'
import { createCipher, type Seal, type SealedCell, sealedWith } from './seal.ts'
import { UnreadableValue } from './state-errors.ts'

/** Values of a page: each is sealed anew under the write lock, for which others wait. */
const PAGE = 200

/** Every column that holds sealed values. */
export const SEALED_COLUMNS: readonly { table: keyof Schema & string; column: string }[] = [
  { table: 'accounts', column: 'key' },
  { table: 'accounts', column: 'next_key' },
  { table: 'orders', column: 'certificate_key' },
  { table: 'certificates', column: 'private_key' },
]

/** A state that is open, and what its keys are changed with. */
export interface Rotating extends OpenState {
  clock: Clock
  random: Random
  who: string
}

/** The id of the key that the state is being changed to, or null. */
export async function keyBeingMade(db: Db): Promise<string | null> {
  const row = await db.selectFrom('meta').select('value').where('name', '=', NEXT).executeTakeFirst()
  return row?.value ?? null
}

/**
 * Makes a new data key, and wraps it and those that there are by `next` as well: from here on either key opens the state, and what
 * is sealed is sealed with the new one. Begun with the same key already, it changes nothing.
 * @throws DomainctlError `USAGE` where the state is being changed to another key, or this one is its key already
 */
export async function beginRotation(
  db: Db,
  { database: { engine }, keyring, clock, random, who }: Rotating,
  next: Uint8Array,
): Promise<void> {
  const to = createCipher(next, random)
  await engine.lock(db, 'key rotation')
  const from = createCipher(await keyring.key(db), random)
  if (from.keyId === to.keyId) throw sameKey(engine.place)
  const begun = await keyBeingMade(db)
  if (begun === to.keyId) return
  if (begun !== null) throw otherKey(engine.place)
  const now = clock.now().getTime()
  const known = await keyring.dataKeys(db)
  await db.updateTable('data_keys').set({ retired_at: now }).where('retired_at', 'is', null).execute()
  for (const key of known.values()) await wrapDataKey(db, key, to, { created_at: now, retired_at: now })
  const fresh = makeDataKey(random)
  for (const cipher of [from, to]) await wrapDataKey(db, fresh, cipher, { created_at: now, retired_at: null })
  await db.insertInto('meta').values({ name: NEXT, value: to.keyId }).execute()
  const message = `The encryption key is being changed from ${from.keyId} to ${to.keyId}`
  const of = { at: clock.now(), tenant: DEFAULT_TENANT, who }
  await appendEvents(db, [auditLine(of, 'state.key_change_began', message, { from: from.keyId, to: to.keyId })])
}

/** What sealing anew came to. */
export interface Resealed {
  resealed: number
  /** Values that do not open, and were left as they are. */
  unreadable: number
}

/**
 * Seals everything anew with the data key that is in use, page by page beside whoever works on the state, and forgets the others.
 * Stopped anywhere, the next call goes on. A value that does not open stays, and so does the data key that it names: one that is
 * damaged must not keep the old key in force for ever.
 * @param onPage how many values were sealed anew until now
 */
export async function resealAll(
  { database, keyring }: OpenState,
  { signal, onPage }: { signal: AbortSignal; onPage(values: number): void },
): Promise<Resealed> {
  const { engine } = database
  // Whoever began before may still write a value with an old key: when all of these have ended, nobody can any more.
  const retired = await database.write((db) =>
    db.selectFrom('data_keys').select('id').where('retired_at', 'is not', null).modifyEnd(engine.takesRows).execute(),
  )
  // Everything is sealed with the one in use then: whoever was stopped had come to the end.
  if (retired.length === 0) return { resealed: 0, unreadable: 0 }
  const forgotten = new Set(retired.map(({ id }) => id))
  const unreadable = new Set<string>()
  let values = 0
  for (const { table, column } of SEALED_COLUMNS) {
    for (let after = ''; ; ) {
      signal.throwIfAborted()
      const last = await database.write(async (db) => {
        let count = 0
        const inUse = await dataKeyInUse(db, engine)
        const page = await sql<{ id: string; tenant: string; sealed: string }>`
          select id, tenant, ${sql.ref(column)} as sealed from ${sql.table(table)}
          where id > ${after} and ${sql.ref(column)} not like ${`v1.${inUse}.%`} order by id limit ${PAGE}`.execute(db)
        const seal = await keyring.unlock(db)
        for (const { id, tenant, sealed } of page.rows) {
          const cell = { table, row: id, column, tenant }
          const secret = await openOrNull(seal, sealed, cell)
          if (secret === null) {
            unreadable.add(`${table} ${column} ${id}`)
            forgotten.delete(sealedWith(sealed) ?? '')
            continue
          }
          const anew = await seal.close(secret, cell)
          count += 1
          // What was written meanwhile is sealed with the new key already.
          await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${anew} where id = ${id} and ${sql.ref(column)} = ${sealed}`.execute(
            db,
          )
        }
        return page.rows.length < PAGE ? { count } : { count, id: page.rows.at(-1)?.id }
      })
      values += last.count
      onPage(values)
      if (last.id === undefined) break
      after = last.id
    }
  }
  // Not those that were retired since: another change may have begun, and what was sealed anew above needs its data key.
  for (const id of forgotten) await database.write((db) => db.deleteFrom('data_keys').where('id', '=', id).execute())
  return { resealed: values, unreadable: unreadable.size }
}

/** Null for what does not open: `state verify` tells why. */
async function openOrNull(seal: Seal, sealed: string, cell: SealedCell): Promise<string | null> {
  try {
    return await seal.open(sealed, cell)
  } catch (error) {
    if (error instanceof UnreadableValue) return null
    throw error
  }
}

/**
 * Ends it: only the key that this process was given opens the state from now on, the new one or, where the change is given up, the
 * old one.
 * @throws DomainctlError `USAGE` where it is not the one to keep, or the key is not being changed
 */
export async function endRotation(
  db: Db,
  { database: { engine }, keyring, clock, random, who }: Rotating,
  keep: 'new' | 'old',
): Promise<string> {
  await engine.lock(db, 'key rotation')
  const { keyId } = createCipher(await keyring.key(db), random)
  const next = await keyBeingMade(db)
  if (next === null) throw nothingToEnd(engine.place)
  if ((next === keyId) !== (keep === 'new')) throw notTheOne(engine.place, keep)
  await db.deleteFrom('data_keys').where('wrapped_by', '<>', keyId).execute()
  await db.deleteFrom('meta').where('name', '=', NEXT).execute()
  const message = `The encryption key is ${keyId}; no other opens anything any more`
  const of = { at: clock.now(), tenant: DEFAULT_TENANT, who }
  await appendEvents(db, [auditLine(of, 'state.key_change_ended', message, { key: keyId })])
  return keyId
}

/** In `meta`: the id of the key that the state is being changed to. */
const NEXT = 'next_key'

function sameKey(place: string): DomainctlError {
  return new DomainctlError('USAGE', `The new key is the one that the state ${place} has.`, {
    hint: 'Give another one: `openssl rand -hex 32` prints one.',
  })
}

function otherKey(place: string): DomainctlError {
  return new DomainctlError('USAGE', `The key of the state ${place} is being changed already, to another one than this.`, {
    hint: 'Go on with that one and end it with `domainctl state rotate-key --finish`, or give it up with --abandon.',
  })
}

function nothingToEnd(place: string): DomainctlError {
  return new DomainctlError('USAGE', `The key of the state ${place} is not being changed.`, {
    hint: 'Begin with `domainctl state rotate-key --new-key-file FILE`.',
  })
}

function notTheOne(place: string, keep: 'new' | 'old'): DomainctlError {
  return keep === 'new'
    ? new DomainctlError(
        'USAGE',
        `This is the old key of the state ${place}; to end the change with it would lock out the new one.`,
        {
          hint: 'Give the new one (DOMAINCTL_ENCRYPTION_KEY_FILE) to this command and to every process that works on the state, then run it again.',
        },
      )
    : new DomainctlError('USAGE', `This is the new key of the state ${place}; to give the change up takes the old one.`, {
        hint: 'Give the old one, or end the change with `domainctl state rotate-key --finish`.',
      })
}
