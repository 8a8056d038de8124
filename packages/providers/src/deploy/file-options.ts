import { z } from 'zod'
import type { TargetOption } from '../target-manifest.ts'

const file = (usual: string | false) =>
  z
    .union([z.literal(false), z.string().regex(/^[^/\\\0]+$/)], {
      error: 'has to be the name of a file without a path, or false',
    })
    .default(usual)
const mode = (usual: string) =>
  z.coerce
    .string({ error: 'has to be a mode such as "0640"' })
    .regex(/^0?[0-7]{3}$/, { error: 'has to be a mode such as "0640"' })
    .default(usual)
const owner = z.union([z.int().min(0), z.string().regex(/^[\w.-]+$/)], { error: 'has to be a name or a number' }).optional()

/** Where files are written and how, for every target that writes them. */
export const FILE_SHAPE = {
  folder: z
    .string({ error: 'has to be the path of a folder' })
    .regex(/^\//, { error: 'has to be an absolute path, such as /etc/tls/{name}' })
    .regex(/\{name\}/, { error: 'has to have {name} in it: the files of two domains have the same names' }),
  certFile: file('cert.pem'),
  chainFile: file('chain.pem'),
  fullchainFile: file('fullchain.pem'),
  keyFile: file('privkey.pem'),
  combinedFile: file(false),
  mode: mode('0644'),
  keyMode: mode('0600'),
  owner,
  group: owner,
  plainFiles: z.boolean({ error: 'has to be true or false' }).default(false),
}

/** What the options of {@link FILE_SHAPE} are, parsed. */
export type FileOptions = z.output<z.ZodObject<typeof FILE_SHAPE>>

export const FILE_OPTIONS: Readonly<Record<keyof typeof FILE_SHAPE, TargetOption>> = {
  folder: {
    help: 'Folder of each domain: `{name}` is its primary name, `_wildcard.example.com` for `*.example.com`. Made with 0700 when it is not there.',
    example: '/etc/tls/{name}',
  },
  certFile: { help: 'The certificate alone; false: not written.', example: 'cert.pem' },
  chainFile: { help: 'The rest of the chain; false: not written.', example: 'chain.pem' },
  fullchainFile: { help: 'Certificate and chain; false: not written.', example: 'fullchain.pem' },
  keyFile: { help: 'The private key; false: not written.', example: 'privkey.pem' },
  combinedFile: { help: 'Certificate, chain and key in one, as HAProxy reads it; false: not written.', example: 'combined.pem' },
  mode: { help: 'Mode of the files without a key.', example: '"0644"' },
  keyMode: { help: 'Mode of the files with the key.', example: '"0640"' },
  owner: { help: 'User who gets the files, by name (of /etc/passwd) or number; needs root.', example: 'www-data' },
  group: { help: 'Group that gets the files, by name (of /etc/group) or number.', example: 'ssl-cert' },
  plainFiles: {
    help: 'Files without links, replaced one by one: for what does not follow links. Who reads in between gets a mixed set.',
    example: 'true',
  },
}
