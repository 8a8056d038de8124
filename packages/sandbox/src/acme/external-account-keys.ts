import type { Random } from '@domainctl/core'
import type { CaSettings, ExternalAccountKey } from './settings.ts'

/** As long as the digest of HS256, which is what RFC 7518 §3.2 asks for at least. */
const KEY_BYTES = 32
const KID_BYTES = 12

/**
 * Adds a key to those that are set, with a kid and a secret of its own where none are given.
 * @throws DomainctlError `USAGE` when it is none, or its kid is there
 */
export function addExternalAccountKey(
  settings: CaSettings,
  random: Random,
  given: Partial<ExternalAccountKey> = {},
): ExternalAccountKey {
  const made = (length: number) => Buffer.from(random.bytes(length)).toString('base64url')
  const key = { ...given, kid: given.kid ?? made(KID_BYTES), hmacKey: given.hmacKey ?? made(KEY_BYTES) }
  const { keys = [] } = settings.externalAccount
  settings.externalAccount = { ...settings.externalAccount, keys: [...keys, key] }
  return key
}
