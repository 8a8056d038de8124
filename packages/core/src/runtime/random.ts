import type { Random } from '../contracts/runtime.ts'

/** The operating system's cryptographic generator; at most 65,536 bytes a call. */
export function systemRandom(): Random {
  // The global one is loaded when it is first used, which a command that only reads never does.
  return { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) }
}
