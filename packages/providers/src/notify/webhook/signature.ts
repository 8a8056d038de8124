import { createHmac } from 'node:crypto'

/** Headers by which a receiver knows that a message is ours, fresh, and whether it has it already. */
export const HEADERS = { id: 'domainctl-id', timestamp: 'domainctl-timestamp', signature: 'domainctl-signature' } as const

/** `v1=` and the HMAC-SHA-256, in hex, of `TIMESTAMP.BODY` under the secret; the timestamp in seconds since 1970. */
export function signatureOf(body: string, timestamp: number, secret: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}
