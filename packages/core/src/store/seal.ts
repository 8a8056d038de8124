import type { Random } from '../contracts/runtime.ts'
import { type Cell, UnreadableValue } from './state-errors.ts'

/** Where a sealed value stands: it opens nowhere else. */
export interface SealedCell extends Cell {
  tenant: string
}

/** Keeps secrets at rest (requirements E3), within one transaction: which keys there are is a part of the state. */
export interface Seal {
  /** With the data key that is in use. */
  close(secret: string, cell: SealedCell): Promise<string>
  /** @throws UnreadableValue when the value was altered, moved, or sealed with a key that the state has not */
  open(sealed: string, cell: SealedCell): Promise<string>
}

/** One key. */
export interface KeyCipher {
  /** Tells keys apart without telling anything about them; 16 hex digits. */
  readonly keyId: string
  close(secret: string, cell: SealedCell): string
  /** @throws UnreadableValue when the value was altered, moved, or sealed with another key */
  open(sealed: string, cell: SealedCell): string
}

const VERSION = 'v1'
const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM under one key. A sealed value is `v1.<key id>.<base64url of IV, ciphertext and tag>`; table, row id, column,
 * tenant and key id are its additional data, so that a value copied to another row, or relabelled, does not open.
 * @param key 32 bytes
 */
export function createCipher(key: Uint8Array, random: Random): KeyCipher {
  // Loaded here, not with this file: it takes 6 ms, which a list of domains does without.
  const { createCipheriv, createDecipheriv, createHmac } = process.getBuiltinModule('node:crypto')
  const keyId = createHmac('sha256', key).update('domainctl key id').digest('hex').slice(0, 16)
  return {
    keyId,
    close(secret, cell) {
      const iv = random.bytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES }).setAAD(additionalData(cell, keyId))
      const body = Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${VERSION}.${keyId}.${body.toString('base64url')}`
    },
    open(sealed, cell) {
      const [version, id, text = '', ...rest] = sealed.split('.')
      const body = Buffer.from(text, 'base64url')
      if (version !== VERSION || rest.length > 0 || body.length < IV_BYTES + TAG_BYTES || body.toString('base64url') !== text) {
        throw new UnreadableValue(cell, 'is not a sealed value')
      }
      if (id !== keyId) throw new UnreadableValue(cell, 'was sealed with another key')
      const decipher = createDecipheriv('aes-256-gcm', key, body.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(additionalData(cell, keyId))
        .setAuthTag(body.subarray(-TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(body.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8')
      } catch (error) {
        throw new UnreadableValue(cell, 'was altered or moved after it was sealed', error)
      }
    },
  }
}

function additionalData({ table, row, column, tenant }: SealedCell, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([VERSION, table, row, column, tenant, keyId]))
}

/** The id of the key that a value was sealed with; null for what is no sealed value. */
export function sealedWith(sealed: string): string | null {
  const [version, id] = sealed.split('.')
  return version === VERSION && id ? id : null
}
