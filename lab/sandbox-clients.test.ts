import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runLego } from './lego.ts'
import { runTool, type ToolRun } from './tool.ts'

// Clients that others wrote judge the sandbox's CA: each unmodified, with its own idea of RFC 8555.

let sandbox: Sandbox
let directory: string
let env: Record<string, string>
let hooks: { certbot: string; dehydrated: string; uacme: string }

beforeAll(async () => {
  sandbox = await startSandbox()
  directory = await mkdtemp(join(tmpdir(), 'domainctl-clients-'))
  env = { HOME: directory, ...(await sandbox.environment(join(directory, 'sandbox'))) }
  hooks = await writeHooks()
})
afterAll(async () => {
  await sandbox.stop()
  await rm(directory, { recursive: true, force: true })
})

describe.concurrent.each([
  ['lego', lego],
  ['certbot', certbot],
  ['dehydrated', dehydrated],
  ['uacme', uacme],
] as const)('%s', (client, issue) => {
  test.each([
    ['one name', (zone: string) => [`one.${zone}`]],
    ['apex and wildcard', (zone: string) => [zone, `*.${zone}`]],
  ])('gets a certificate for %s', async (_, namesIn) => {
    const names = namesIn(`${client}.example.test`)
    const folder = join(directory, `${client}-${names.length}`)
    await mkdir(folder)
    const run = await issue(names, folder)
    expect(run, `${run.stdout}\n${run.stderr}`).toMatchObject({ code: 0 })
    expect(await issuedIn(folder)).toEqual([...names].sort())
    expect(sandbox.dns.values(`_acme-challenge.${names[0]}`, 'TXT')).toEqual([])
  })
})

test('lego has an account bound to an external one, and proves a name by HTTP-01 over IPv6 and IPv4', async () => {
  const { ca, dns } = sandbox
  const name = 'http.example.test'
  const folder = join(directory, 'lego-http')
  const port = await freePort()
  dns.add({ name, type: 'AAAA', value: '::1' })
  dns.add({ name, type: 'A', value: '127.0.0.1' })
  const before = { ...ca.settings }
  Object.assign(ca.settings, { httpPort: port, externalAccount: { required: true } })
  const run = async (binding: readonly string[], listen: string, ...command: string[]) =>
    runTool(
      ['lego', '--server', ca.directoryUrl, '--path', folder, '--email', 'http@example.test', '--accept-tos', ...binding].concat([
        '--http',
        `--http.port=${listen}:${port}`,
        `--domains=${name}`,
        ...(command.length > 0 ? command : ['run']),
      ]) as [string, ...string[]],
      { env: { ...env, LEGO_CA_CERTIFICATES: env.DOMAINCTL_CA_ROOT ?? '' } },
    )
  try {
    const unbound = await run([], '127.0.0.1')
    expect(unbound.code, unbound.stderr).not.toBe(0)
    expect(unbound.stderr).toContain('External Account Binding')
    const { kid, hmacKey } = ca.addExternalAccountKey()
    const bound = ['--eab', '--kid', kid, '--hmac', hmacKey]
    const first = await run(bound, '127.0.0.1')
    expect(first, `${first.stdout}\n${first.stderr}`).toMatchObject({ code: 0 })
    expect(await issuedIn(folder)).toEqual([name])
    const second = await run(bound, '[::1]')
    expect(second, `${second.stdout}\n${second.stderr}`).toMatchObject({ code: 0 })
    const revoked = await run(bound, '[::1]', 'revoke', '--reason', '4')
    expect(revoked, `${revoked.stdout}\n${revoked.stderr}`).toMatchObject({ code: 0 })
    expect(ca.requests.revokeCert).toBe(1)
  } finally {
    Object.assign(ca.settings, before)
  }
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

function lego(names: readonly string[], folder: string): Promise<ToolRun> {
  return runLego(names, { folder, ca: sandbox.ca.directoryUrl, resolver: sandbox.dns.resolver, env })
}

async function certbot(names: readonly string[], folder: string): Promise<ToolRun> {
  const folders = ['--config-dir', folder, '--work-dir', join(folder, 'work'), '--logs-dir', join(folder, 'logs')]
  const account = ['--server', sandbox.ca.directoryUrl, '-m', 'certbot@example.test', '--agree-tos', '-n', '--no-eff-email']
  const manual = ['--manual', '--preferred-challenges', 'dns']
  const hook = ['--manual-auth-hook', `${hooks.certbot} add`, '--manual-cleanup-hook', `${hooks.certbot} delete`]
  return runTool(['certbot', 'certonly', ...folders, ...account, ...manual, ...hook, ...names.flatMap((name) => ['-d', name])], {
    env: { ...env, REQUESTS_CA_BUNDLE: env.DOMAINCTL_CA_ROOT ?? '' },
  })
}

async function dehydrated(names: readonly string[], folder: string): Promise<ToolRun> {
  await writeFile(
    join(folder, 'config'),
    `CA=${sandbox.ca.directoryUrl}\nBASEDIR=${folder}\nCURL_OPTS="--cacert ${env.DOMAINCTL_CA_ROOT}"\nCONTACT_EMAIL=d@example.test\n`,
  )
  await writeFile(join(folder, 'domains.txt'), `${names.join(' ')} > the-one\n`)
  const config = ['--config', join(folder, 'config')]
  const registered = await runTool(['dehydrated', ...config, '--register', '--accept-terms'], { env })
  if (registered.code !== 0) return registered
  return runTool(['dehydrated', ...config, '--cron', '--challenge', 'dns-01', '--hook', hooks.dehydrated], { env })
}

/** It trusts the system's roots and no others, so it gets the sandbox's in their place, in a mount namespace of its own. */
async function uacme(names: readonly string[], folder: string): Promise<ToolRun> {
  const settings = ['-a', sandbox.ca.directoryUrl, '-c', folder, '-y']
  const trusting = async (args: readonly string[]) =>
    runTool(
      [
        'unshare',
        '-m',
        'sh',
        '-c',
        'mount --bind "$DOMAINCTL_CA_ROOT" /etc/ssl/certs/ca-certificates.crt && exec "$@"',
        'sh',
        'uacme',
        ...settings,
        ...args,
      ],
      { env },
    )
  const registered = await trusting(['new', 'uacme@example.test'])
  if (registered.code !== 0) return registered
  return trusting(['-h', hooks.uacme, 'issue', ...names])
}

/** Scripts that write and remove the TXT record, each with the arguments of its client. */
async function writeHooks() {
  const [host, port] = (env.RFC2136_NAMESERVER ?? '').split(':')
  const key = `${env.RFC2136_TSIG_ALGORITHM}:${env.RFC2136_TSIG_KEY}:${env.RFC2136_TSIG_SECRET}`
  const change = `printf 'server ${host} ${port}\\nupdate %s _acme-challenge.%s. %s TXT "%s"\\nsend\\n' "$1" "$2" "$4" "$3" | nsupdate -y '${key}'`
  const write = async (name: string, calls: string) => {
    const file = join(directory, name)
    await writeFile(file, `#!/bin/sh\nset -eu\nchange() { ${change}; }\n${calls}\n`)
    await chmod(file, 0o700)
    return file
  }
  const remove = (name: string, value: string) => `change delete "${name}" "${value}" ''`
  const add = (name: string, value: string) => `change add "${name}" "${value}" 60`
  const steps = (verb: string, begin: string, end: string, name: string, value: string) =>
    `case ${verb} in ${begin}) ${add(name, value)} ;; ${end}) ${remove(name, value)} ;; esac`
  return {
    certbot: await write('certbot.sh', steps('$1', 'add', 'delete', '$CERTBOT_DOMAIN', '$CERTBOT_VALIDATION')),
    dehydrated: await write('dehydrated.sh', steps('$1', 'deploy_challenge', 'clean_challenge', '$2', '$4')),
    uacme: await write('uacme.sh', `[ "$2" = dns-01 ] || exit 1\n${steps('$1', 'begin', 'done|failed', '$3', '$5')}`),
  }
}

/** The names of the one certificate somewhere in this folder whose chain leads to the sandbox's root. */
async function issuedIn(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const root = new X509Certificate(sandbox.ca.issuerRoot)
  for (const entry of files.filter((each) => each.isFile())) {
    const text = await readFile(join(entry.parentPath, entry.name), 'utf8')
    const [leaf, intermediate] = (text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
      (pem) => new X509Certificate(pem),
    )
    if (!leaf || leaf.ca || !intermediate) continue
    expect(leaf.verify(intermediate.publicKey) && intermediate.verify(root.publicKey)).toBe(true)
    return (leaf.subjectAltName ?? '')
      .split(', ')
      .map((san) => san.replace(/^DNS:/, ''))
      .sort()
  }
  return []
}
