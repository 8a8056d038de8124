import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { type Ran, type RunOptions, runIn } from '../../packages/cli/src/command.test.support.ts'
import { writeOtherClients } from './other-clients.ts'

/** Where the commands of the documentation run: a sandbox, and for each page a folder with what pages take for granted. */
export interface DocumentedWorld extends AsyncDisposable {
  /** A new folder with a state in which the names of the examples are, and with the files that the examples name. */
  folder(): Promise<DocumentedFolder>
  /** The same without any state. */
  emptyFolder(): Promise<DocumentedFolder>
  /** A new folder with nothing in it but those files, in which a configuration can be made. */
  unconfiguredFolder(): Promise<DocumentedFolder>
}

export interface DocumentedFolder {
  path: string
  run(argv: readonly string[], o?: RunOptions): Promise<Ran>
}

const ZONES = ['example.com', 'example.net', 'example.test', 'example.org', 'customer.com']
const NAMES = ['shop.example.com', 'example.com', 'www.example.com', 'example.test', 'shop.example.test']
/** One that was removed, and is in quarantine. */
const REMOVED = 'old.example.com'
const EDGE = '127.0.0.1'

/** The targets and channels that the examples name; nothing is proven, and nobody hears anything. */
const configurationIn = (folder: string) => ({
  // The sandbox is every provider at once.
  zones: Object.fromEntries(ZONES.map((zone) => [zone, 'rfc2136'])),
  targets: {
    web: { type: 'files', folder: join(folder, 'tls', '{name}') },
    edge: { type: 'traefik', file: join(folder, 'dynamic', '{name}.yml'), folder: join(folder, 'traefik', '{name}') },
  },
  notifications: { channels: { ops: { type: 'webhook', url: 'env:OPS_URL', secret: 'env:OPS_SECRET' } } },
})

/** Files that commands of the examples read. */
const FILES = {
  'names.txt': 'one.example.com\ntwo.example.com\n',
  'gone.txt': 'www.example.com\n',
  'run/secrets/keystore': 'a-password-of-the-keystore\n',
}
/** Folders of a server that commands write into. */
const FOLDERS = ['backups', 'etc/tls', 'etc/domainctl', 'var/backups/domainctl', 'var/lib/node_exporter', 'run/domainctl']

export async function startDocumentedWorld(): Promise<DocumentedWorld> {
  await using starting = new AsyncDisposableStack()
  const records = ZONES.flatMap((zone) => [
    { name: `edge.${zone}`, type: 'A' as const, value: EDGE },
    { name: `shop.${zone}`, type: 'CNAME' as const, value: 'edge.example.net' },
  ])
  const sandbox = starting.use(await startSandbox({ zones: ZONES, records }))
  const scratch = await mkdtemp(join(tmpdir(), 'domainctl-docs-'))
  starting.defer(() => rm(scratch, { recursive: true, force: true }))
  const env = await environmentOf(sandbox, scratch)
  const model = join(scratch, 'model')
  await mkdir(model)
  for (const [file, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(model, file)), { recursive: true })
    await writeFile(join(model, file), text, { mode: 0o600 })
  }
  for (const place of FOLDERS) await mkdir(join(model, place), { recursive: true })
  for (const argv of [
    ['issue', ...NAMES, REMOVED, '--provider', 'rfc2136'],
    ['remove', REMOVED, '--yes'],
    ['export', 'shop.example.com', '--out', join(scratch, 'tls')],
  ]) {
    const made = await runIn(model, argv, { env })
    if (made.code !== 0) throw new Error(`the examples lack what domainctl ${argv[0]} makes: ${made.stdout}${made.stderr}`)
  }
  await writeOtherClients(model, 'shop.example.com', join(scratch, 'tls'), sandbox.ca.directoryUrl)
  const running = starting.move()
  let folders = 0
  async function folder(): Promise<DocumentedFolder> {
    const path = join(scratch, String(folders++))
    await cp(model, path, { recursive: true })
    await writeFile(join(path, 'domainctl.config.json'), JSON.stringify(configurationIn(path)))
    return { path, run: (argv, o) => runIn(path, [...argv], { ...o, env: { ...env, ...o?.env } }) }
  }
  async function folderWithout(...entries: string[]): Promise<DocumentedFolder> {
    const made = await folder()
    for (const entry of entries) await rm(join(made.path, entry), { recursive: true })
    return made
  }
  return {
    folder,
    emptyFolder: () => folderWithout('.domainctl'),
    unconfiguredFolder: () => folderWithout('.domainctl', 'domainctl.config.json'),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

async function environmentOf(sandbox: Sandbox, folder: string): Promise<Record<string, string>> {
  return {
    ...(await sandbox.environment(folder)),
    DOMAINCTL_ACCEPT_TOS: '1',
    DOMAINCTL_EMAIL: 'ops@example.com',
    // Nobody listens there, and nobody is told.
    OPS_URL: 'http://127.0.0.1:9/',
    OPS_SECRET: 'a-secret-of-twenty-bytes',
  }
}
