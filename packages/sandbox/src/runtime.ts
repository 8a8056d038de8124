import type { Clock, Random } from '@domainctl/core'

/** What every part of a sandbox takes from outside: time and randomness, so that tests can be exact. */
export interface SandboxRuntime {
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  readonly random: Random
}

const BLOCK_BYTES = 4096

/**
 * The same randomness, taken a block at a time: a sandbox needs a few bytes for each id, nonce and question, and asking the
 * system takes as long for one byte as for thousands. Each byte is given out once.
 */
export function inBlocks(random: Random): Random {
  let block: Uint8Array = new Uint8Array()
  return {
    bytes(length) {
      if (length > BLOCK_BYTES) return random.bytes(length)
      if (length > block.length) block = random.bytes(BLOCK_BYTES)
      const taken = block.slice(0, length)
      block = block.subarray(length)
      return taken
    },
  }
}
