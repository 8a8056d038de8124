/**
 * The bytes of base64url without padding (RFC 7515 §2); undefined for anything else. Each sequence of bytes has one
 * encoding only: bits left over at the end have to be zero (RFC 4648 §3.5), or one key would have several thumbprints.
 */
export function decodeBase64url(text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : undefined
}
