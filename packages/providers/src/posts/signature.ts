import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { missing } from './address.ts'

const HEADERS = { id: 'domainctl-id', timestamp: 'domainctl-timestamp', signature: 'domainctl-signature' } as const

/** What is signed with: known to us and the receiver. */
export const signingSecret = z
  .string({ error: missing })
  .refine((text) => Buffer.byteLength(text) >= 16, { error: 'has to have 16 bytes at least' })

/**
 * Headers by which a receiver knows that a message is ours, fresh, and whether it has it already: `v1=` and the HMAC-SHA-256, in
 * hex, of `TIMESTAMP.BODY` under the secret; the timestamp in seconds since 1970. The id has to be in the body as well, as only
 * that is signed.
 */
export function signedHeaders({ id, body }: { id: string; body: string }, secret: string, now: Date): Record<string, string> {
  const timestamp = Math.floor(now.getTime() / 1000)
  return {
    [HEADERS.id]: id,
    [HEADERS.timestamp]: String(timestamp),
    [HEADERS.signature]: `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
  }
}
