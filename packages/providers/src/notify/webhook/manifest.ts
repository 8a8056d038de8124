import { z } from 'zod'
import { address, missing } from '../address.ts'
import { defineNotifier } from '../manifest.ts'
import { post } from '../post.ts'
import { webhookBody } from './body.ts'
import { HEADERS, signatureOf } from './signature.ts'

const schema = z.strictObject({
  url: address,
  secret: z
    .string({ error: missing })
    .refine((text) => Buffer.byteLength(text) >= 16, { error: 'has to have 16 bytes at least' }),
})

export const manifest = defineNotifier({
  name: 'webhook',
  title: 'Signed webhook',
  help:
    'Posts JSON to a URL of yours, signed with HMAC-SHA-256. Any answer of 2xx says that it was taken; `408`, `425`, `429` and `5xx` ' +
    'are tried again, at the time that `Retry-After` says where there is one. Redirects are not followed. How a receiver checks the ' +
    'signature: [the guide](../guide/notifications.md#webhooks).',
  schema,
  options: {
    url: { secret: true, help: 'Where it is posted to.', example: 'https://hooks.example.com/domainctl' },
    secret: {
      secret: true,
      help: 'What it is signed with: 16 bytes at least, known to you and the receiver.',
      example: 'a-long-random-text',
    },
  },
  create: ({ url, secret }, { clock, reach }) => ({
    async send(message, { signal }) {
      const body = webhookBody(message)
      const timestamp = Math.floor(clock.now().getTime() / 1000)
      const headers = {
        [HEADERS.id]: message.id,
        [HEADERS.timestamp]: String(timestamp),
        [HEADERS.signature]: signatureOf(body, timestamp, secret),
      }
      await post({ url, secrets: [secret], body, headers, signal, clock, reach })
      return { warnings: [] }
    },
  }),
})
