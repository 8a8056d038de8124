import { z } from 'zod'
import { defineTarget } from '../../target-manifest.ts'
import { argv, milliseconds } from '../command-options.ts'
import { execTarget } from './adapter.ts'

export const manifest = defineTarget({
  name: 'exec',
  title: 'Command',
  help:
    'Runs a program of yours, without a shell. It finds the certificate in files that only its user may read and that are gone ' +
    'when it has ended: `DOMAINCTL_CERT_FILE`, `DOMAINCTL_CHAIN_FILE`, `DOMAINCTL_FULLCHAIN_FILE` and `DOMAINCTL_KEY_FILE` (not ' +
    'set where the key is elsewhere) name them. `DOMAINCTL_NAME` is the primary name, `DOMAINCTL_NAMES` all names separated by ' +
    'commas, `DOMAINCTL_SERIAL`, `DOMAINCTL_FINGERPRINT` (SHA-256, hex) and `DOMAINCTL_NOT_AFTER` (ISO 8601) say which ' +
    'certificate it is, and `DOMAINCTL_REASON` is `deploy` or, when an earlier one comes back, `rollback`. Beside these it gets ' +
    'PATH, HOME, USER, LANG, LC_ALL, TZ and TMPDIR, and what `passEnv` names; never the key itself, and none of the credentials ' +
    'that domainctl has. It has to leave things as they were when it fails (an exit code other than 0), and to lead to the ' +
    'same when it is run again. What a domainctl that was killed has left of the files, the next deployment by a command removes. At the time-out it is ended together with all that it has started in its process group.',
  schema: z.strictObject({
    command: argv,
    timeoutMs: milliseconds(60_000),
    cwd: z.string({ error: 'has to be the path of a folder' }).optional(),
    passEnv: z.array(z.string().regex(/^\w+$/), { error: 'has to be a list of names of variables' }).default([]),
  }),
  options: {
    command: { help: 'The program, then each of its arguments.', example: '[/usr/local/bin/install-certificate, --reload]' },
    timeoutMs: { help: 'How long it may take, in milliseconds.', example: '120000' },
    cwd: { help: 'The folder that it runs in; else that of domainctl.', example: '/srv/web' },
    passEnv: {
      help: 'Further variables of the environment that it gets. Their values are cut out of what is told of its output.',
      example: '[DOCKER_HOST]',
    },
  },
  create: (options, runtime) => execTarget(options, runtime),
})
