import type { Random } from '@domainctl/core'

/** The nonces that were given out and not used yet (RFC 8555 §6.5). */
export interface Nonces {
  fresh(): string
  /** True once for each fresh nonce; false for any other, and for those that were forgotten. */
  use(nonce: string): boolean
}

/** Clients hold some for each connection; whoever keeps one for so long asks for another. */
const KEPT = 20_000

/** Nonces of 128 bits; the oldest is forgotten when there are too many. */
export function createNonces(random: Random, kept = KEPT): Nonces {
  const open = new Set<string>()
  return {
    fresh() {
      const nonce = Buffer.from(random.bytes(16)).toString('base64url')
      open.add(nonce)
      const [oldest] = open
      if (open.size > kept && oldest !== undefined) open.delete(oldest)
      return nonce
    },
    use: (nonce) => open.delete(nonce),
  }
}
