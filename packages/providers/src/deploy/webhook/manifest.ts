import { z } from 'zod'
import { missing } from '../../posts/address.ts'
import { caFile } from '../../posts/roots.ts'
import { signingSecret } from '../../posts/signature.ts'
import { isSafeUrl } from '../../safe-url.ts'
import { defineTarget } from '../../target-manifest.ts'
import { milliseconds } from '../command-options.ts'
import { webhookTarget } from './adapter.ts'

export const manifest = defineTarget({
  name: 'webhook',
  title: 'Signed webhook',
  help:
    'Posts the certificate and its key to an agent of yours, signed with HMAC-SHA-256. It goes over TLS alone (in clear text at most ' +
    'to this machine), to public addresses alone unless private ones are allowed (`--allow-private`), and follows no redirect; the ' +
    'address that was checked is the one that is connected to. Any answer of `2xx` says that the certificate is in place. To go back, ' +
    'the certificate that was there before is posted.',
  schema: z.strictObject({
    url: z.string({ error: missing }).refine((text) => isSafeUrl(text), {
      error: 'has to be an https:// URL (http:// on loopback alone), without user, query and fragment',
    }),
    secret: signingSecret,
    timeoutMs: milliseconds(30_000, 300_000),
    caFile: caFile.optional(),
  }),
  options: {
    url: { help: 'Where it is posted to.', example: 'https://edge.example.com/internal/v1/certificates/apply' },
    secret: {
      secret: true,
      help: 'What it is signed with: 16 bytes at least, known to you and the receiver.',
      example: 'env:APPLY_SECRET',
    },
    timeoutMs: { help: 'How long the receiver may take, in milliseconds.', example: '60000' },
    caFile: {
      help: 'PEM file with the roots that the receiver is checked with, in place of those of Node.',
      example: '/etc/domainctl/edge-ca.pem',
    },
  },
  create: (options, runtime) => webhookTarget(options, runtime),
})
