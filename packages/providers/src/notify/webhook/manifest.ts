import { z } from 'zod'
import { address } from '../../posts/address.ts'
import { signedHeaders, signingSecret } from '../../posts/signature.ts'
import { defineNotifier } from '../manifest.ts'
import { post } from '../post.ts'
import { webhookBody } from './body.ts'

const schema = z.strictObject({ url: address, secret: signingSecret })

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
      const headers = signedHeaders({ id: message.id, body }, secret, clock.now())
      await post({ url, secrets: [secret], body, headers, signal, clock, reach })
      return { warnings: [] }
    },
  }),
})
