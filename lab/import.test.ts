import { createHash } from 'node:crypto'
import { chmod, cp, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openShell, type Shell } from '../lifecycle/command.ts'
import { runLego } from './lego.ts'
import { runTool, type ToolRun } from './tool.ts'
import { type LabWorld, startLabWorld } from './world.ts'

// Clients that others wrote get certificates at Pebble; their folders are imported, and renewed here by the accounts they had.

let world: LabWorld
let shell: Shell
let env: Record<string, string>

beforeAll(async () => {
  world = await startLabWorld({ pebble: { nonceReject: 0 } })
  shell = await openShell(world)
  env = { HOME: shell.directory, ...world.env }
  // All at once: they wait most of the time.
  for (const [client, issue] of CLIENTS) {
    const folder = folderOf(client)
    got.set(
      client,
      mkdir(folder).then(() => issue([nameOf(client), `*.${nameOf(client)}`], folder)),
    )
  }
})
afterAll(async () => {
  await shell[Symbol.asyncDispose]()
  await world[Symbol.asyncDispose]()
})

const CLIENTS = [
  ['certbot', certbot],
  ['lego', lego],
  ['dehydrated', dehydrated],
  ['acme.sh', acmeSh],
] as const
const got = new Map<string, Promise<ToolRun>>()

const nameOf = (client: string) => `${client.replace('.', '-')}.example.test`
const folderOf = (client: string) => join(shell.directory, `of-${client}`)

const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await shell.domainctl(...args, '--json')
  return { code, stderr, answer: JSON.parse(stdout) }
}

test.each(CLIENTS)('what %s has is imported, unchanged there, not issued anew, and renewed by its account', async (client) => {
  const name = nameOf(client)
  const folder = folderOf(client)
  // Nobody else is to order anything meanwhile.
  for (const run of await Promise.all(got.values())) expect(run, `${run.stdout}\n${run.stderr}`).toMatchObject({ code: 0 })
  const before = await digestOf(folder)
  const orders = (await world.requests()).newOrder

  const planned = await json('import', client, folder, '--dry-run')
  expect(planned, planned.stderr).toMatchObject({
    code: 0,
    answer: { accounts: [{ was: 'planned' }], results: [{ name, was: 'added' }] },
  })
  expect((await shell.domainctl('show', name)).code).toBe(2)

  const imported = await json('import', client, folder)
  expect(imported, imported.stderr).toMatchObject({
    code: 0,
    answer: {
      client,
      accounts: [{ was: 'added', ca: world.ca }],
      results: [{ name, ok: true, was: 'added', domain: { status: 'active', provider: 'rfc2136', challenge: 'dns-01' } }],
    },
  })
  const { serial } = imported.answer.results[0].certificate
  expect(await json('renew', name)).toMatchObject({ code: 0, answer: { results: [{ ok: true, skipped: true }] } })
  expect((await json('import', client, folder)).answer).toMatchObject({
    accounts: [{ was: 'there' }],
    results: [{ name, ok: true, was: 'there' }],
  })
  expect((await world.requests()).newOrder).toBe(orders)

  const renewed = await json('renew', name, '--force')
  expect(renewed, renewed.stderr).toMatchObject({ code: 0, answer: { results: [{ ok: true }] } })
  expect(renewed.answer.results[0].domain.certificate.serial).not.toBe(serial)
  // What is in the state now is newer: an import of the old one leaves it.
  expect((await json('import', client, folder)).answer).toMatchObject({ results: [{ name, was: 'kept' }] })
  expect(await digestOf(folder)).toBe(before)
})

test('all of it is in one state that is whole, each account as its CA has it, and the first one is in use', async () => {
  const { answer } = await json('account', 'list', '--check')
  expect(answer.accounts).toHaveLength(4)
  expect(answer.accounts.map(({ name, status, inUse }: Record<string, unknown>) => [name, status, inUse])).toEqual([
    ['acme-sh', 'valid', false],
    ['default', 'valid', true],
    ['dehydrated', 'valid', false],
    ['lego', 'valid', false],
  ])
  const verified = await json('state', 'verify')
  expect(verified, verified.stderr).toMatchObject({ code: 0 })
  expect(verified.answer.findings).toEqual([])
})

/** Every name, link, mode and octet of a folder. */
async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const entry of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, entry)
    const { mode, mtimeMs } = await stat(path)
    hash.update(`${entry} ${mode} ${mtimeMs} ${await readlink(path).catch(() => '')}\n`)
    hash.update(await readFile(path).catch(() => ''))
  }
  return hash.digest('hex')
}

function lego(names: readonly string[], folder: string): Promise<ToolRun> {
  return runLego(names, { folder, ca: world.ca, resolver: world.resolver, env })
}

async function certbot(names: readonly string[], folder: string): Promise<ToolRun> {
  const hook = await writeHook('certbot.sh', '$1', 'add', 'delete', '$CERTBOT_DOMAIN', '$CERTBOT_VALIDATION')
  const apart = join(shell.directory, 'certbot-work')
  const folders = ['--config-dir', folder, '--work-dir', apart, '--logs-dir', join(apart, 'logs')]
  const account = ['--server', world.ca, '-m', 'certbot@example.test', '--agree-tos', '-n', '--no-eff-email']
  const manual = ['--manual', '--preferred-challenges', 'dns']
  const hooks = ['--manual-auth-hook', `${hook} add`, '--manual-cleanup-hook', `${hook} delete`, '--reuse-key']
  return runTool(['certbot', 'certonly', ...folders, ...account, ...manual, ...hooks, ...names.flatMap((name) => ['-d', name])], {
    env: { ...env, REQUESTS_CA_BUNDLE: env.DOMAINCTL_CA_ROOT ?? '' },
  })
}

async function dehydrated(names: readonly string[], folder: string): Promise<ToolRun> {
  const hook = await writeHook('dehydrated.sh', '$1', 'deploy_challenge', 'clean_challenge', '$2', '$4')
  const settings = [
    `CA=${world.ca}`,
    `BASEDIR=${folder}`,
    `CURL_OPTS="--cacert ${env.DOMAINCTL_CA_ROOT}"`,
    'CONTACT_EMAIL=d@example.test',
    'CHALLENGETYPE=dns-01',
    'KEY_ALGO=secp384r1',
    'ACCOUNT_KEYSIZE=2048',
    `HOOK=${hook}`,
  ]
  await writeFile(join(folder, 'config'), `${settings.join('\n')}\n`)
  await writeFile(join(folder, 'domains.txt'), `${names[0]}\n`)
  const config = ['--config', join(folder, 'config')]
  const registered = await runTool(['dehydrated', ...config, '--register', '--accept-terms'], { env })
  if (registered.code !== 0) return registered
  return runTool(['dehydrated', ...config, '--cron'], { env })
}

/** Its layout, written from its documentation, since acme.sh itself is in no package; an account and a certificate of our own. */
async function acmeSh(names: readonly string[], folder: string): Promise<ToolRun> {
  const [name = ''] = names
  const other = ['--state', `file:${join(shell.directory, 'other.db')}`]
  const certs = join(shell.directory, 'exported')
  const key = join(shell.directory, 'account.pem')
  const ended = [
    await shell.domainctl('issue', name, '--wildcard', ...other),
    await shell.domainctl('export', name, '--out', certs, ...other),
    await shell.domainctl('account', 'export-key', '--out', key, ...other),
  ]
  const failed = ended.find(({ code }) => code !== 0)
  if (failed) return failed
  const home = join(folder, `${name}_ecc`)
  const { host, pathname } = new URL(world.ca)
  const ca = join(folder, 'ca', host, pathname)
  await mkdir(home)
  await mkdir(ca, { recursive: true })
  await cp(join(certs, 'privkey.pem'), join(home, `${name}.key`), { dereference: true })
  await cp(join(certs, 'fullchain.pem'), join(home, 'fullchain.cer'), { dereference: true })
  await cp(key, join(ca, 'account.key'))
  await writeFile(join(folder, 'account.conf'), "SAVED_CF_Token='is not read'\n")
  const settings = [`Le_Domain='${name}'`, `Le_Alt='${names[1]}'`, "Le_Webroot='dns_nsupdate'", `Le_API='${world.ca}'`]
  await writeFile(
    join(home, `${name}.conf`),
    [...settings, "Le_Keylength='ec-384'", `Le_ReloadCmd="$(touch ${folder}/was-run)"`, ''].join('\n'),
  )
  return { code: 0, stdout: '', stderr: '' }
}

/** A script that writes and removes the TXT record, with the arguments of its client. */
async function writeHook(file: string, verb: string, begin: string, end: string, name: string, value: string): Promise<string> {
  const [host, port] = (env.RFC2136_NAMESERVER ?? '').split(':')
  const key = `${env.RFC2136_TSIG_ALGORITHM}:${env.RFC2136_TSIG_KEY}:${env.RFC2136_TSIG_SECRET}`
  const change = `printf 'server ${host} ${port}\\nupdate %s _acme-challenge.%s. %s TXT "%s"\\nsend\\n' "$1" "$2" "$4" "$3" | nsupdate -y '${key}'`
  const path = join(shell.directory, file)
  // The secondary has it a moment later, and Pebble may ask either.
  const steps = `case ${verb} in ${begin}) change add "${name}" "${value}" 60; sleep 1 ;; ${end}) change delete "${name}" "${value}" '' ;; esac`
  await writeFile(path, `#!/bin/sh\nset -eu\nchange() { ${change}; }\n${steps}\n`)
  await chmod(path, 0o700)
  return path
}
