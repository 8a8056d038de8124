import { z } from 'zod'
import { defineTarget } from '../../target-manifest.ts'
import { FILE_OPTIONS, FILE_SHAPE } from '../file-options.ts'
import { traefikTarget } from './adapter.ts'

const { mode, keyMode, owner, group } = FILE_SHAPE

/** Traefik runs its files through Go's templates first: braces of other kinds would mean something there. */
const path = (what: string) =>
  z
    .string({ error: `has to be ${what}` })
    .regex(/^\/[^\p{C}]*$/u, { error: `has to be ${what}, as an absolute path` })
    .regex(/\{name\}/, { error: 'has to have {name} in it' })
    .refine((text) => !/[{}]/.test(text.replaceAll('{name}', '')), { error: 'must not have braces other than {name}' })

export const manifest = defineTarget({
  name: 'traefik',
  title: 'Traefik',
  help:
    'Writes certificate and key under names that follow from what is in them, and then a file of dynamic configuration for each ' +
    'domain that names them, replaced by one rename: Traefik (v3, with `providers.file.directory` and `watch`) never finds the one ' +
    'without the other. A domain with an upstream (`--upstream http://10.0.0.5:8080`) gets a router for all its names and a service ' +
    'too; without one the routers are yours. Certificates of before stay until a deployment that comes after Traefik has been told ' +
    'of the next ones. Traefik says in its log alone that it does not accept a file, so give `proveAt`. The folder of `file` has to ' +
    'be the one that Traefik watches, since it hears of nothing in the folders below; the certificates are better elsewhere. ' +
    'Where Traefik runs in a container, `seenAs` is where it finds them, and `owner` who it runs as.',
  schema: z.strictObject({
    file: path('a file for each domain').regex(/\/[^/]*\{name\}[^/]*\.ya?ml$/, {
      error: 'has to have {name} in the name of the file, and .yml at its end',
    }),
    folder: path('a folder for each domain'),
    seenAs: path('a folder for each domain').optional(),
    entryPoints: z
      .array(z.string().regex(/^[\w-]+$/, { error: 'has to be the name of an entry point' }), {
        error: 'has to be a list of entry points',
      })
      .min(1, { error: 'has to name an entry point' })
      .default(['websecure']),
    mode,
    keyMode,
    owner,
    group,
  }),
  options: {
    file: {
      help: 'File of dynamic configuration of each domain, in the folder that Traefik watches: `{name}` is its primary name, `_wildcard.example.com` for `*.example.com`.',
      example: '/etc/traefik/dynamic/{name}.yml',
    },
    folder: {
      help: 'Folder of the certificates of each domain. Made with 0700 when it is not there.',
      example: '/etc/traefik/tls/{name}',
    },
    seenAs: { help: 'Where Traefik sees `folder`, when that is another path for it.', example: '/certificates/{name}' },
    entryPoints: { help: 'Entry points of the routers that domains with an upstream get.', example: '[websecure]' },
    mode: FILE_OPTIONS.mode,
    keyMode: FILE_OPTIONS.keyMode,
    owner: FILE_OPTIONS.owner,
    group: FILE_OPTIONS.group,
  },
  create: (options) => traefikTarget(options),
})
