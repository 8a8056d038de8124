import { z } from 'zod'
import { missing } from '../../posts/address.ts'
import { caFile } from '../../posts/roots.ts'
import { defineNotifier } from '../manifest.ts'
import { smtpNotifier } from './notifier.ts'

// Whatever else nodemailer would make of it: no list, no line end.
const mailbox = z
  .string({ error: missing })
  .transform((text) => text.trim())
  .refine((text) => /^([^\r\n<>,;"]+ <[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/.test(text), {
    error: 'has to be an address, such as ops@example.com or Ops <ops@example.com>',
  })

const schema = z.strictObject({
  host: z.string({ error: missing }).regex(/^[A-Za-z0-9.:_-]+$/, { error: 'has to be the name or address of a server' }),
  port: z.int({ error: 'has to be a number' }).min(1).max(65_535).default(587),
  tls: z.enum(['starttls', 'tls', 'none'], { error: 'has to be starttls, tls or none' }).default('starttls'),
  user: z.string({ error: missing }).min(1).optional(),
  password: z.string({ error: missing }).min(1).optional(),
  from: mailbox,
  to: z.union([mailbox.transform((one) => [one]), z.array(mailbox).min(1)], { error: 'has to be an address or a list of them' }),
  caFile: caFile.optional(),
})

export const manifest = defineNotifier({
  name: 'smtp',
  title: 'E-mail (SMTP)',
  help:
    'Sends mail by a mail server (submission, RFC 6409). With `starttls`, the default, nothing is sent to a server that does not offer ' +
    'TLS; `tls` speaks it from the start (port 465); `none` is for a server on this machine or in a trusted network. The server may be ' +
    'at a private address. Its certificate is checked with the roots of Node, to which `NODE_EXTRA_CA_CERTS` adds, or with those of `caFile` alone.',
  schema,
  options: {
    host: { help: 'The mail server.', example: 'mail.example.com' },
    port: { help: 'Its port.', example: '587' },
    tls: { help: '`starttls`, `tls` or `none`.', example: 'starttls' },
    user: { help: 'User at the mail server, where it wants one.', example: 'domainctl' },
    password: { secret: true, help: 'Password of that user.', example: 'the-password' },
    from: { help: 'Sender.', example: 'domainctl <domainctl@example.com>' },
    to: { help: 'Recipients: an address or a list.', example: 'ops@example.com' },
    caFile: { help: 'PEM file with the roots that the server is checked with.', example: '/etc/domainctl/mail-ca.pem' },
  },
  create: smtpNotifier,
})
