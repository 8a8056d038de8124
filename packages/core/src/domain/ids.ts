import { DomainctlError } from '../errors.ts'
import type { Domain } from './model.ts'

/**
 * A UUID of version 7 (RFC 9562 §5.7): ids sort by the time they were made.
 * @param random 10 random bytes
 */
export function newId(now: Date, random: Uint8Array): string {
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(now.getTime()) << 16n)
  bytes.set(random.subarray(0, 10), 6)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Buffer.from(bytes).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** A tenant's id: what fits in a log line, a file name and a URL. */
export const TENANT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** The tenant of an operator's own domains. */
export const DEFAULT_TENANT = 'default' satisfies Domain['tenant']

/** The name of an account at a CA, for the same places. */
export const ACCOUNT_NAME = TENANT

/** The account that is used where none is named. */
export const DEFAULT_ACCOUNT = 'default'

/** @throws `CONFIG_INVALID` for what cannot be one */
export function tenantId(given: string): string {
  if (TENANT.test(given)) return given
  throw new DomainctlError('CONFIG_INVALID', `${JSON.stringify(given)} cannot be a tenant's id.`, {
    hint: 'Use up to 63 letters, digits, dots, dashes or underscores.',
  })
}
