import { z } from 'zod'
import { defineTarget } from '../../target-manifest.ts'
import { milliseconds } from '../command-options.ts'
import { haproxyTarget } from './adapter.ts'

/** Words of the Runtime API are divided by blanks, and its commands by semicolons and line ends. */
const path = (what: string) =>
  z.string({ error: `has to be ${what}` }).regex(/^\/[^\s;\\<>"']+$/, { error: `has to be ${what}, without blanks` })

export const manifest = defineTarget({
  name: 'haproxy',
  title: 'HAProxy',
  help:
    'Writes certificate and key into one file for each domain, and a line for it into the crt-list, as HAProxy reads them at its ' +
    'next start; then gives both to the running HAProxy by its Runtime API (2.2 and newer): no reload, and no connection notices. ' +
    'HAProxy needs `stats socket /run/haproxy/admin.sock level admin` in `global` and a `bind` line with ' +
    '`ssl crt-list /etc/haproxy/crt-list.txt`, with the same paths as here. The socket is as good as the keys: only ' +
    'those who may have them should reach it. A certificate may be up to `tune.bufsize` long (16 KB).',
  schema: z.strictObject({
    file: path('an absolute path').regex(/\{name\}/, { error: 'has to have {name} in it' }),
    crtList: path('an absolute path'),
    socket: z.string({ error: 'has to be the path of a socket, or IP:PORT' }).regex(/^(\/\S+|[\d.]+:\d+|\[[\da-fA-F:]+\]:\d+)$/, {
      error: 'has to be the path of a socket, or IP:PORT',
    }),
    timeoutMs: milliseconds(10_000),
  }),
  options: {
    file: {
      help: 'File of each domain, with certificate, chain and key: `{name}` is its primary name, `_wildcard.example.com` for `*.example.com`. 0600 when it is new.',
      example: '/etc/haproxy/tls/{name}.pem',
    },
    crtList: { help: 'The crt-list that the `bind` line names.', example: '/etc/haproxy/crt-list.txt' },
    socket: { help: 'The stats socket, with the level admin: its path, or IP:PORT.', example: '/run/haproxy/admin.sock' },
    timeoutMs: { help: 'How long an answer may take, in milliseconds.', example: '5000' },
  },
  create: (options, runtime) => haproxyTarget(options, runtime),
})
