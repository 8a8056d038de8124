import { createHash, type KeyObject } from 'node:crypto'

/** Public keys that are known to be in wrong hands: no CA certifies them again (Baseline Requirements §6.1.1.3). */
export interface CompromisedKeys {
  add(key: KeyObject): void
  has(key: KeyObject): boolean
}

/** None at first; of more than `most` the oldest is forgotten. */
export function createCompromisedKeys(most: number): CompromisedKeys {
  const digests = new Set<string>()
  return {
    add(key) {
      digests.add(digestOf(key))
      const [oldest] = digests
      if (digests.size > most && oldest !== undefined) digests.delete(oldest)
    },
    // Nearly always there is none, and no need to write the key down.
    has: (key) => digests.size > 0 && digests.has(digestOf(key)),
  }
}

function digestOf(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url')
}
