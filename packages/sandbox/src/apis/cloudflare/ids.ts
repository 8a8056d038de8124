import type { SandboxRuntime } from '../../runtime.ts'

/** An id as zones, accounts, records and tokens have it: 32 hexadecimal digits (https://github.com/cloudflare/cloudflare-go/issues/118). */
export function newId({ random }: SandboxRuntime): string {
  return Buffer.from(random.bytes(16)).toString('hex')
}

/** Whether a text has the form of an id. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text)
}
