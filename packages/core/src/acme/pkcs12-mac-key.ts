import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

/** What SHA-256 takes in at a time (v of RFC 7292 §B.2), in bytes. */
const BLOCK_BYTES = 64
/** The purpose `MAC key` (RFC 7292 §B.3). */
const MAC_KEY = 3
/** Some 10 ms. */
const ITERATIONS_IN_A_ROW = 8_192

/**
 * The key of the MAC over a PKCS#12 file: 32 bytes by the derivation of RFC 7292 §B.2 with SHA-256, which Node does not have.
 * Others get their turn in between.
 */
export async function macKey(password: string, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  const purpose = Buffer.alloc(BLOCK_BYTES, MAC_KEY)
  // One block of the hash is the whole key: the steps that make further ones out of it fall away.
  let key: Uint8Array = hash('sha256', Buffer.concat([purpose, repeated(salt), repeated(bmpString(password))]), 'buffer')
  for (let i = 1; i < iterations; i++) {
    if (i % ITERATIONS_IN_A_ROW === 0) await setImmediate()
    key = hash('sha256', key, 'buffer')
  }
  return key
}

/** To the next multiple of a block (steps 2 and 3). */
function repeated(text: Uint8Array): Buffer {
  return Buffer.alloc(Math.ceil(text.length / BLOCK_BYTES) * BLOCK_BYTES, text)
}

/**
 * UTF-16 in big-endian order with two zero bytes at the end (RFC 7292 §B.1). What is no part of the BMP becomes a surrogate pair,
 * as OpenSSL and Java have it.
 */
function bmpString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le').swap16()
}
