import type { Random } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import { assertRow } from './cells.ts'
import {
  type DataKey,
  dataKeyInUse,
  dataKeyMissing,
  makeDataKey,
  readDataKeys,
  spared,
  unwrapDataKey,
  wrapDataKey,
} from './data-keys.ts'
import type { Db } from './database.ts'
import type { Engine } from './engine.ts'
import { makeKeyFile, readKeyFile } from './key.ts'
import { createCipher, type KeyCipher, type Seal, type SealedCell, sealedWith } from './seal.ts'
import { UnreadableValue } from './state-errors.ts'

/** A data key, ready to be used. */
interface HeldKey extends DataKey {
  cipher: KeyCipher
}

/**
 * The keys of a state. Secrets are sealed with data keys, which lie in the state, wrapped by the key that is given, or lies beside
 * it. That one is found, and held against the state, when a secret is first read or anything is first written.
 */
export class Keyring {
  readonly #engine: Engine
  readonly #given: Uint8Array | null
  readonly #random: Random
  readonly #readOnly: boolean
  readonly #held = new Map<string, HeldKey>()
  /** Those that do not open, by their rows; null: they are not spared. */
  #damaged: Map<string, UnreadableValue> | null = null

  constructor(engine: Engine, given: Uint8Array | null, random: Random, o: { readOnly?: boolean } = {}) {
    this.#readOnly = o.readOnly ?? false
    this.#engine = engine
    this.#given = given
    this.#random = random
  }

  /** Whether it was decided what key the state is sealed with. */
  async isLocked(db: Db): Promise<boolean> {
    return (await db.selectFrom('data_keys').select('id').limit(1).executeTakeFirst()) !== undefined
  }

  /** What seals and opens secrets in this transaction. @throws DomainctlError `STATE_KEY_WRONG`, `STATE_KEY_INVALID` */
  async unlock(db: Db): Promise<Seal> {
    if (this.#held.size === 0) await this.#load(db)
    let inUse: Promise<string> | undefined
    return {
      close: async (secret, cell) => {
        inUse ??= dataKeyInUse(db, this.#engine)
        return (await this.#find(db, await inUse, cell)).close(secret, cell)
      },
      open: async (sealed, cell) => {
        const id = sealedWith(sealed)
        if (id === null) throw new UnreadableValue(cell, 'is not a sealed value')
        return (await this.#find(db, id, cell)).open(sealed, cell)
      },
    }
  }

  /** The data keys as they are now, in the clear, by their ids. @throws DomainctlError as {@link Keyring.unlock} */
  async dataKeys(db: Db): Promise<ReadonlyMap<string, DataKey>> {
    const there = await this.#load(db)
    return new Map([...this.#held].filter(([id]) => there.has(id)))
  }

  /**
   * For one who looks at all that is left: data keys that do not open are left out from here on, and so is what was sealed with them.
   * @returns what is wrong with them, by the ids of their rows
   * @throws DomainctlError as {@link Keyring.unlock}
   */
  async spareDamaged(db: Db): Promise<ReadonlyMap<string, UnreadableValue>> {
    this.#damaged = new Map()
    await this.#load(db)
    return this.#damaged
  }

  /** The key that the data keys are wrapped by. @throws DomainctlError as {@link Keyring.unlock} */
  async key(db: Db): Promise<Uint8Array> {
    const key = await this.#known()
    if (!key) throw keyMissing(this.#engine.place, this.#engine.keyFile)
    await this.#load(db)
    return key
  }

  /** Decides what key the state is sealed with. Only under the write lock, and where {@link Keyring.isLocked} says no. */
  async lock(db: Db, now: Date): Promise<void> {
    const { keyFile, place } = this.#engine
    const check = await readCheck(db)
    // Somebody may have made the file a moment ago, or a process that was killed before it could sync it.
    const key =
      (await this.#known({ sync: true })) ??
      (keyFile === null || check !== undefined ? null : await makeKeyFile(keyFile, this.#random))
    if (!key) throw keyMissing(place, keyFile)
    // Not kept: should this transaction come to nothing, another process may decide for another key.
    const cipher = createCipher(key, this.#random)
    if (check !== undefined) assertKey(check, cipher, place)
    else await assertNothingSealed(db)
    // Before there were data keys, everything was sealed with the given key: it is the first of them.
    const first = check === undefined ? makeDataKey(this.#random) : { id: cipher.keyId, bytes: key }
    await wrapDataKey(db, first, cipher, { created_at: now.getTime(), retired_at: null })
    await db.deleteFrom('meta').where('name', '=', CHECK.row).execute()
  }

  async #find(db: Db, id: string, cell: SealedCell): Promise<KeyCipher> {
    // Another process may have put a new one into use.
    if (!this.#held.has(id)) await this.#load(db)
    const held = this.#held.get(id)
    if (!held) throw new UnreadableValue(cell, 'was sealed with a key that the state does not have')
    return held.cipher
  }

  /** @returns the ids of those that are there */
  async #load(db: Db): Promise<Set<string>> {
    const damaged = this.#damaged
    const spare = damaged ? (row: string, error: UnreadableValue) => void damaged.set(row, error) : undefined
    const rows = await readDataKeys(db, spare)
    if (rows.length === 0 && !damaged) throw dataKeyMissing()
    const key = await this.#known()
    if (!key) throw keyMissing(this.#engine.place, this.#engine.keyFile)
    const wrapping = createCipher(key, this.#random)
    const ours = rows.filter(({ wrapped_by }) => wrapped_by === wrapping.keyId)
    if (ours.length === 0 && rows.length > 0)
      throw keyWrong(this.#engine.place, { isRotated: rows.some(({ id }) => this.#held.has(id)) })
    // Those that are gone are kept: what was read a moment ago may be sealed with one.
    for (const row of ours) {
      for (const dataKey of spared(row.id, () => unwrapDataKey(row, wrapping), spare))
        this.#held.set(row.id, { ...dataKey, cipher: createCipher(dataKey.bytes, this.#random) })
    }
    return new Set(ours.map(({ id }) => id))
  }

  /** Read each time: whoever changes the key of a file state puts the new one into its place. */
  async #known({ sync = false } = {}): Promise<Uint8Array | null> {
    const { keyFile } = this.#engine
    return this.#given ?? (keyFile === null ? null : await readKeyFile(keyFile, { readOnly: this.#readOnly, sync }))
  }
}

/** Why the key that a state needs is not there. */
function keyMissing(place: string, keyFile: string | null): DomainctlError {
  const why = keyFile === null ? 'no key was given' : `no key was given, and there is no file ${keyFile}`
  const hint =
    keyFile === null
      ? 'Give one (DOMAINCTL_ENCRYPTION_KEY or DOMAINCTL_ENCRYPTION_KEY_FILE): 32 bytes, as `openssl rand -hex 32` prints them; keep it apart from the database.'
      : 'Give the key (DOMAINCTL_ENCRYPTION_KEY), or put the key file back; without it the secrets in the state cannot be read.'
  return new DomainctlError('STATE_KEY_INVALID', `The encryption key of the state ${place} is missing: ${why}.`, { hint })
}

/** @param o `isRotated`: it was the right one when this process began */
function keyWrong(place: string, { isRotated }: { isRotated: boolean }): DomainctlError {
  return isRotated
    ? new DomainctlError('STATE_KEY_WRONG', `The encryption key of the state ${place} was changed, and the old one has ended.`, {
        hint: 'Start this process again with the new key; what it has written is safe.',
      })
    : new DomainctlError('STATE_KEY_WRONG', `The encryption key is not the one that the state ${place} was sealed with.`, {
        hint: 'Give the key that this state was made with, or the one that it was changed to; nothing was changed.',
      })
}

/** How a state knew its key before there were data keys: a text sealed with it. */
const CHECK: SealedCell = { table: 'meta', row: 'key_check', column: 'value', tenant: '' }
const CHECK_TEXT = 'domainctl'

async function readCheck(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('meta').select('value').where('name', '=', CHECK.row).executeTakeFirst()
  return row && assertRow('meta', row, CHECK.row).value
}

/** Somebody has taken the data keys out of a state: a new one would open nothing of what is there. */
async function assertNothingSealed(db: Db): Promise<void> {
  for (const table of ['accounts', 'orders', 'certificates'] as const) {
    if (await db.selectFrom(table).select('id').limit(1).executeTakeFirst()) throw dataKeyMissing()
  }
}

/** @throws DomainctlError `STATE_KEY_WRONG` when `check` was not made with this key */
function assertKey(check: string, cipher: KeyCipher, place: string): void {
  try {
    if (cipher.open(check, CHECK) === CHECK_TEXT) return
  } catch (error) {
    if (!(error instanceof UnreadableValue)) throw error
  }
  throw keyWrong(place, { isRotated: false })
}
