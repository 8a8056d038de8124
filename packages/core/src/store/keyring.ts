import type { Random } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import type { Db } from './database.ts'
import type { Engine } from './engine.ts'
import { makeKeyFile, readKeyFile } from './key.ts'
import { createSeal, type Seal, type SealedCell } from './seal.ts'
import { UnreadableValue } from './state-errors.ts'

/**
 * Finds the key of a state, and holds it against the check value in `meta`, when a secret is first read or anything is
 * first written.
 */
export class Keyring {
  readonly #engine: Engine
  readonly #given: Uint8Array | null
  readonly #random: Random
  readonly #readOnly: boolean
  #seal: Seal | undefined

  constructor(engine: Engine, given: Uint8Array | null, random: Random, o: { readOnly?: boolean } = {}) {
    this.#readOnly = o.readOnly ?? false
    this.#engine = engine
    this.#given = given
    this.#random = random
  }

  /** Whether it was decided what key the state is sealed with. */
  async isLocked(db: Db): Promise<boolean> {
    return (await readCheck(db)) !== undefined
  }

  /** The seal that fits the state. @throws DomainctlError `STATE_KEY_WRONG`, `STATE_KEY_INVALID` */
  async unlock(db: Db): Promise<Seal> {
    this.#seal ??= await this.#checked(db)
    return this.#seal
  }

  /** The key itself, where it is that of the state. @throws DomainctlError as {@link Keyring.unlock} */
  async key(db: Db): Promise<Uint8Array> {
    await this.unlock(db)
    const key = await this.#known()
    if (!key) throw keyMissing(this.#engine.place, this.#engine.keyFile)
    return key
  }

  /** Decides for good what key the state is sealed with. Only under the write lock. */
  async lock(db: Db): Promise<void> {
    const { keyFile, place } = this.#engine
    const key =
      this.#given ?? (keyFile === null ? null : ((await readKeyFile(keyFile)) ?? (await makeKeyFile(keyFile, this.#random))))
    if (!key) throw keyMissing(place, keyFile)
    // Not kept: should this transaction come to nothing, another process may decide for another key.
    const seal = createSeal(key, this.#random)
    await db
      .insertInto('meta')
      .values({ name: 'key_check', value: keyCheck(seal) })
      .execute()
  }

  async #checked(db: Db): Promise<Seal> {
    const check = await readCheck(db)
    if (check === undefined) throw new UnreadableValue(CHECK, 'is missing')
    const { keyFile, place } = this.#engine
    const key = await this.#known()
    if (!key) throw keyMissing(place, keyFile)
    const seal = createSeal(key, this.#random)
    assertKey(check, seal, place)
    return seal
  }

  async #known(): Promise<Uint8Array | null> {
    const { keyFile } = this.#engine
    return this.#given ?? (keyFile === null ? null : await readKeyFile(keyFile, { readOnly: this.#readOnly }))
  }
}

async function readCheck(db: Db): Promise<string | undefined> {
  const row = await db.selectFrom('meta').select('value').where('name', '=', 'key_check').executeTakeFirst()
  return row?.value
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

const CHECK: SealedCell = { table: 'meta', row: 'key_check', column: 'value', tenant: '' }
const CHECK_TEXT = 'domainctl'

/** The value that a state keeps to know its key by. */
function keyCheck(seal: Seal): string {
  return seal.close(CHECK_TEXT, CHECK)
}

/** @throws DomainctlError `STATE_KEY_WRONG` when `check` was not made with the key of `seal` */
function assertKey(check: string, seal: Seal, place: string): void {
  try {
    if (seal.open(check, CHECK) === CHECK_TEXT) return
  } catch (error) {
    if (!(error instanceof UnreadableValue)) throw error
  }
  throw new DomainctlError('STATE_KEY_WRONG', `The encryption key is not the one that the state ${place} was sealed with.`, {
    hint: 'Give the key that this state was made with; nothing was changed.',
  })
}
