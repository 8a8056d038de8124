import { z } from 'zod'
import { defineTarget } from '../../target-manifest.ts'
import { argv, milliseconds } from '../command-options.ts'
import { FILE_OPTIONS, FILE_SHAPE } from '../file-options.ts'
import { nginxTarget } from './adapter.ts'

export const manifest = defineTarget({
  name: 'nginx',
  title: 'nginx',
  help:
    'Writes the files as the target `files` does, has nginx check its configuration with them (`nginx -t`), and reload it: ' +
    'connections that are open go on. Domains that are deployed within `debounceMs` of each other share one check and one ' +
    'reload. When the check or the reload fails, the files of before are put back, nothing is reloaded, and nginx goes on with ' +
    'what it has; what it says is in the error. The configuration of nginx is yours: its server blocks name the files, such as ' +
    '`ssl_certificate /etc/nginx/tls/www.example.com/fullchain.pem; ssl_certificate_key /etc/nginx/tls/www.example.com/privkey.pem;`. ' +
    'domainctl has to run as a user that may write there and signal nginx.',
  schema: z.strictObject({
    ...FILE_SHAPE,
    test: argv.default(['nginx', '-t', '-q']),
    reload: argv.default(['nginx', '-s', 'reload']),
    debounceMs: milliseconds(500, 60_000),
    timeoutMs: milliseconds(30_000),
  }),
  options: {
    ...FILE_OPTIONS,
    test: { help: 'What checks the configuration, with each argument.', example: '[docker, exec, web, nginx, -t, -q]' },
    reload: { help: 'What reloads it, with each argument.', example: '[systemctl, reload, nginx]' },
    debounceMs: { help: 'How long to wait for further domains before the check, in milliseconds.', example: '2000' },
    timeoutMs: { help: 'How long the check and the reload may take, each, in milliseconds.', example: '60000' },
  },
  create: (options, runtime) => nginxTarget(options, runtime),
})
