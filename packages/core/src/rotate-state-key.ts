import { existsSync } from 'node:fs'
import { DomainctlError, toDomainctlError } from './errors.ts'
import { openState } from './open-state.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import type { Db } from './store/database.ts'
import { readStatePath } from './store/file-system.ts'
import { behindLinks, keepKeyFile, makeKeyFile, moveKeyFile, parseKey, readKeyFile } from './store/key.ts'
import { beginRotation, endRotation, keyBeingMade, type Resealed, type Rotating, resealAll } from './store/rotate-key.ts'
import { createCipher } from './store/seal.ts'

/** Of which state the encryption key is changed, and to what. */
export interface RotateStateKeyOptions {
  /** `file:PATH` or `postgres://…`, as in `DomainctlOptions.state`. */
  state: string
  /** The key that it has: 32 bytes in hex or base64; absent: that beside a file state. */
  encryptionKey?: string
  /** The one that it gets; absent: one is made, and put where the other one was, which takes a file state with a key beside it. */
  newKey?: string
  /** For the audit: who does it (default `library`). */
  who?: string
  /** How many secrets were sealed anew until now. */
  onProgress?: (values: number) => void
  signal?: AbortSignal
}

/** What was done. */
export interface StateKeyRotation {
  /** The ids of both keys; they tell nothing about them. */
  from: string
  to: string
  /** How many secrets this call has sealed anew. */
  resealed: number
  /** How many it found damaged, and left as they are: {@link verifyState} tells which. */
  unreadable: number
  /** Whether the old key opens nothing any more; if not, {@link endStateKeyRotation} is still to be called with the new one. */
  finished: boolean
  /** Where the old key is kept, for backups that were made before; null where it was not beside the state. */
  oldKeyFile: string | null
}

/**
 * Changes the encryption key of a state, while others work on it. All secrets are sealed anew with a new data key, which both keys
 * open; the old key is refused once the change has ended. With a key of the state's own, in the file beside it, all of this is one
 * call: the new key is put into its place, and the old one kept under its id. With a given one there are two, and between them every
 * process is given the new key. Interrupted or killed, the same call goes on where it stopped.
 * @throws `USAGE`, `STATE_KEY_WRONG` and `STATE_KEY_INVALID` before anything is changed; `STATE_…`, `INTERRUPTED`
 */
export async function rotateStateKey(o: RotateStateKeyOptions): Promise<StateKeyRotation> {
  return whileOpen(o, async (state) => {
    const { keyFile, place } = state.database.engine
    if (o.newKey !== undefined) {
      const next = parseKey(o.newKey, 'The new key')
      const { from } = await state.database.write(async (db) => {
        await beginRotation(db, state, next)
        return keysOf(db, state)
      })
      const to = createCipher(next, state.random).keyId
      return { from, to, ...(await reseal(state, o)), finished: false, oldKeyFile: null }
    }
    if (o.encryptionKey !== undefined || keyFile === null) throw newKeyMissing(place)
    return rotateOwnKey(state, keyFile, o)
  })
}

/**
 * Ends the change of a key that was given: with `keep: 'new'`, for one who gives the new key as `encryptionKey`, the old one opens
 * nothing any more; with `keep: 'old'` the change is given up. Returns the id of the key that is left.
 * @throws `USAGE` where the key is not being changed, or the given one is the other one; `STATE_…`, `INTERRUPTED`
 */
export async function endStateKeyRotation(
  o: Omit<RotateStateKeyOptions, 'newKey'> & { keep: 'new' | 'old' },
): Promise<{ key: string; resealed: number; unreadable: number }> {
  return whileOpen(o, async (state) => {
    const resealed = await reseal(state, o)
    return { key: await state.database.write((db) => endRotation(db, state, o.keep)), ...resealed }
  })
}

/** The key in the file beside the state. What is done with files is done under the write lock: any number may call this at once. */
async function rotateOwnKey(state: Rotating, keyFile: string, o: RotateStateKeyOptions): Promise<StateKeyRotation> {
  const { database, random } = state
  // A key that people keep elsewhere, behind a link, stays there.
  const place = await behindLinks(keyFile)
  const waiting = `${place}.next`
  const old = await database.write(async (db) => {
    const { from, to } = await keysOf(db, state)
    // Stopped after the new key came into its place: what is left is to end the change.
    if (to === from) return formerKey(db, from)
    // On the disk before anything is sealed with it; one that lies there is of a call that was stopped.
    const next = (await readKeyFile(waiting, { sync: true })) ?? (to === null ? await makeKeyFile(waiting, random) : null)
    if (next === null) throw nextKeyMissing(database.engine.place, waiting)
    await beginRotation(db, state, next)
    return from
  })
  // Only now, when both keys are right.
  await database.write(async (db) => {
    const { from, to, key } = await keysOf(db, state)
    if (to === null || to === from) return
    await keepKeyFile(`${place}.${from}`, key)
    await moveKeyFile(waiting, place)
  })
  const resealed = await reseal(state, o)
  const to = await database.write(async (db) => {
    const { from, to } = await keysOf(db, state)
    // Another call has ended it meanwhile.
    return to === null ? from : endRotation(db, state, 'new')
  })
  return { from: old, to, ...resealed, finished: true, oldKeyFile: `${place}.${old}` }
}

/** Whose place the key is about to take. */
async function formerKey(db: Db, key: string): Promise<string> {
  const row = await db.selectFrom('data_keys').select('wrapped_by').where('wrapped_by', '<>', key).limit(1).executeTakeFirst()
  return row?.wrapped_by ?? key
}

/** The key that the state is open with, and the ids of it and of the one that it is being changed to. */
async function keysOf(db: Db, { keyring, random }: Rotating): Promise<{ from: string; to: string | null; key: Uint8Array }> {
  const key = await keyring.key(db)
  return { from: createCipher(key, random).keyId, to: await keyBeingMade(db), key }
}

function reseal(
  state: Rotating,
  { signal, onProgress }: Pick<RotateStateKeyOptions, 'signal' | 'onProgress'>,
): Promise<Resealed> {
  return resealAll(state, {
    signal: signal ?? new AbortController().signal,
    onPage: (values) => onProgress?.(values),
  })
}

async function whileOpen<T>(o: RotateStateKeyOptions, work: (state: Rotating) => Promise<T>): Promise<T> {
  const runtime = { clock: systemClock(), random: systemRandom() }
  try {
    if (o.state.startsWith('file:') && !existsSync(readStatePath(o.state.slice('file:'.length)).path)) throw noState(o.state)
    const opened = await openState(o.state, { ...runtime, key: o.encryptionKey })
    try {
      return await work({ ...opened, ...runtime, who: o.who ?? 'library' })
    } finally {
      await opened.store.close()
    }
  } catch (error) {
    throw toDomainctlError(error, o.signal)
  }
}

function noState(state: string): DomainctlError {
  return new DomainctlError('USAGE', `There is no state ${state}.`, { hint: 'Check the path.' })
}

function newKeyMissing(place: string): DomainctlError {
  return new DomainctlError('USAGE', `The key of the state ${place} was given, so a new one has to be given as well.`, {
    hint: 'Say which file it is in, or is to be made in: --new-key-file FILE.',
  })
}

function nextKeyMissing(place: string, waiting: string): DomainctlError {
  return new DomainctlError('USAGE', `The key of the state ${place} is being changed, but the new one is not in ${waiting}.`, {
    hint: 'Give the change up with `domainctl state rotate-key --abandon`, or end it with the new key (DOMAINCTL_ENCRYPTION_KEY_FILE) and --finish.',
  })
}
