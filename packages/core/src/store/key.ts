import { constants } from 'node:fs'
import { open, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Random } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import { fileError } from './state-errors.ts'

/** Length of a key. */
export const KEY_BYTES = 32

/** Where the key of a state lies when it was not given: beside it, so that a copy of the state alone opens nothing. */
export function keyFileOf(statePath: string): string {
  return `${statePath}.key`
}

/**
 * A key as people write it: 32 bytes in hex (64 digits) or base64, also base64url; white space around it is ignored.
 * @param source how to call it in the error, which never shows the key
 * @throws DomainctlError `STATE_KEY_INVALID`
 */
export function parseKey(text: string, source: string): Uint8Array {
  const trimmed = text.trim()
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Uint8Array.from(Buffer.from(trimmed, 'hex'))
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return Uint8Array.from(Buffer.from(trimmed, 'base64'))
  throw new DomainctlError('STATE_KEY_INVALID', `${source} is not 32 bytes in hex (64 digits) or base64 (44 characters).`, {
    hint: 'Give the key that this state was made with; for a new state, `openssl rand -hex 32` prints one.',
  })
}

/**
 * Reads the key file, or null when there is none. Takes the rights of others away from it first, unless `readOnly`. `sync`: what
 * was read is on the disk then, whoever wrote it.
 * @throws DomainctlError `STATE_KEY_INVALID`, `STATE_READ_ONLY`, `STATE_UNREADABLE`
 */
export async function readKeyFile(path: string, o: { readOnly?: boolean; sync?: boolean } = {}): Promise<Uint8Array | null> {
  let text: string
  try {
    // A pipe would be waited for until somebody writes into it.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const stat = await file.stat()
      if (!stat.isFile()) throw new Error('it is not a file')
      if ((stat.mode & 0o077) !== 0 && !o.readOnly) await file.chmod(0o600)
      text = await file.readFile('utf8')
      if (o.sync) await file.sync()
    } finally {
      await file.close()
    }
    if (o.sync) await syncFolder(dirname(path))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw fileError(error, path)
  }
  return parseKey(text, `The key file ${path}`)
}

/**
 * Makes the key file and returns its key. Only for the holder of the state's write lock, which keeps two processes from
 * making two keys; the file appears whole or not at all, and is on the disk before anything is sealed with it.
 */
export async function makeKeyFile(path: string, random: Random): Promise<Uint8Array> {
  const key = random.bytes(KEY_BYTES)
  await keepKeyFile(path, key)
  return key
}

/** Puts a key where that of a state is looked for, in place of whatever is there. */
export async function keepKeyFile(path: string, key: Uint8Array): Promise<void> {
  const unfinished = `${path}.new`
  try {
    // What lies there may be a link, or be open to others.
    await rm(unfinished, { force: true })
    const file = await open(unfinished, 'wx', 0o600)
    try {
      await file.writeFile(`${Buffer.from(key).toString('hex')}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, path)
    await syncFolder(dirname(path))
  } catch (error) {
    throw fileError(error, path)
  }
}

/** Where a key file is, when what lies at `path` is a link to it. */
export async function behindLinks(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return path
    throw fileError(error, path)
  }
}

/** Puts the key file `from` in the place of the one at `to`, at one moment. */
export async function moveKeyFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
    await syncFolder(dirname(to))
  } catch (error) {
    throw fileError(error, to)
  }
}

/** Writes the entry of a new file to the disk: after a power cut the state must not be there without its key. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return // Knows no such call, and needs none.
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
