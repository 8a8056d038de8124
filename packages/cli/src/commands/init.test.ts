import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { startSandbox } from '@domainctl/sandbox'
import { describe, expect, it } from 'vitest'
import { type Ran, runIn, temporaryFolder } from '../command.test.support.ts'

const YAML = 'domainctl.config.yaml'
const SAID = ['--email', 'you@example.com', '--accept-tos']

/** A folder, and the environment of a sandbox, whose state is in the folder. */
async function start() {
  const sandbox = await startSandbox({ zones: ['example.test'] })
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'sandbox'))
  const { DOMAINCTL_STATE: _, ...all } = await sandbox.environment(join(folder, 'sandbox'))
  const run = (argv: string[], env: Record<string, string> = {}) => runIn(folder, argv, { env: { ...all, ...env } })
  return {
    folder,
    env: all,
    run,
    written: () => readFile(join(folder, YAML), 'utf8'),
    files: async () => (await readdir(folder)).filter((file) => file !== 'sandbox'),
    [Symbol.asyncDispose]: () => sandbox.stop(),
  }
}

/** Runs `init` at a terminal; each answer is typed when what it is for has been asked. */
async function atTerminal(
  folder: string,
  env: Record<string, string>,
  answers: [question: string, typed: string][],
  argv: string[] = [],
): Promise<Ran> {
  const stdin = new PassThrough()
  const open = [...answers]
  let asked = ''
  const onComplained = (text: string) => {
    asked += text
    const [question = '', typed = ''] = open[0] ?? []
    if (open.length === 0 || !asked.includes(question)) return
    open.shift()
    asked = ''
    // The prompt listens once it has been drawn.
    setImmediate(() => stdin.write(typed))
  }
  const ran = await runIn(folder, ['init', ...argv], { env, stdin, terminal: true, onComplained })
  expect(open).toEqual([])
  return ran
}

describe('init by flags', () => {
  it('tries everything, writes a file that is right, and says what comes next', async () => {
    await using scene = await start()
    const ran = await scene.run(['init', ...SAID, '--provider', 'rfc2136', '--concurrency', '4', '--propagation-timeout', '90s'])
    expect(ran.stderr).toMatch(/✔ {2}ca +https:\S+: answers; its terms: https:/)
    expect(ran.stderr).toMatch(/✔ {2}provider +rfc2136: the credential works\n/)
    expect(ran.stderr).toMatch(/✔ {2}state +file:\S+: can be made/)
    expect(ran.stdout).toBe(`✔ ${YAML} is written.\nNext: domainctl issue NAME  (gets a certificate for a name of yours)\n`)
    expect(ran.code).toBe(0)
    expect(await scene.files()).toEqual([YAML])
    const text = await scene.written()
    expect(text).toMatch(/^# yaml-language-server: \$schema=https:\/\/\S+\/config\.schema\.json\n/)
    for (const line of [
      'email: you@example.com',
      'acceptTos: true',
      'provider: rfc2136',
      'concurrency: 4',
      'propagationTimeout: 90s',
    ])
      expect(text.split('\n')).toContain(line)
    expect(text).toContain('state: file:.domainctl/state.db')
    for (const name of ['RFC2136_TSIG_SECRET', 'CLOUDFLARE_API_TOKEN']) expect(text).not.toContain(String(scene.env[name]))
    expect((await scene.run(['config', 'check', '--json'])).json()).toMatchObject({ ok: true, problems: [] })
    expect((await scene.run(['issue', 'www.example.test'])).code).toBe(0)
  })

  it('says which flags are missing where nobody can be asked, all at once', async () => {
    const folder = await temporaryFolder()
    const ran = await runIn(folder, ['init', '--no-input'], { terminal: true })
    expect(ran.stderr).toContain('--email ADDRESS, --accept-tos, --provider cloudflare|')
    expect(ran.code).toBe(2)
    expect(await readdir(folder)).toEqual([])
  })

  it('prints the file with --dry-run, and with --json what it found', async () => {
    await using scene = await start()
    const dry = await scene.run(['init', ...SAID, '--provider', 'manual', '--dry-run'])
    expect(dry.stdout).toMatch(/^# yaml-language-server[\s\S]*\nprovider: manual\n/)
    const ran = await scene.run(['init', ...SAID, '--provider', 'manual', '--json', '--dry-run'])
    expect(ran.json()).toMatchObject({
      file: join(scene.folder, YAML),
      written: false,
      content: dry.stdout,
      checks: [
        { what: 'ca', status: 'ok' },
        { what: 'state', status: 'ok' },
      ],
      next: [{ command: 'domainctl add NAME' }],
    })
    expect(await scene.files()).toEqual([])
  })

  it('replaces what a link leads to, not the link', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'kept.yaml'), 'tenant: acme\n')
    await symlink('kept.yaml', join(folder, YAML))
    const argv = ['init', ...SAID, '--provider', 'manual', '--no-check', '--force']
    expect((await runIn(folder, argv)).code).toBe(0)
    expect((await lstat(join(folder, YAML))).isSymbolicLink()).toBe(true)
    expect(await readFile(join(folder, 'kept.yaml'), 'utf8')).toContain('provider: manual')
    expect((await readdir(folder)).toSorted()).toEqual([YAML, 'kept.yaml'].toSorted())
  })

  it('replaces nothing without --force, and makes no second configuration', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, YAML), 'email: [broken')
    const argv = ['init', ...SAID, '--provider', 'manual', '--no-check']
    const refused = await runIn(folder, argv)
    expect(refused.stderr).toContain(`There is a configuration already: ${YAML}`)
    expect(refused.code).toBe(2)
    expect(await readFile(join(folder, YAML), 'utf8')).toBe('email: [broken')
    expect((await runIn(folder, [...argv, '--force'])).code).toBe(0)
    expect(await readFile(join(folder, YAML), 'utf8')).toContain('email: you@example.com')
    const other = await temporaryFolder()
    await writeFile(join(other, 'domainctl.config.ts'), 'export default {}')
    expect((await runIn(other, [...argv, '--force'])).stderr).toContain('already: domainctl.config.ts')
    expect((await runIn(other, [...argv, '--config', 'own.yaml'])).code).toBe(0)
    expect(await readdir(other)).toEqual(['domainctl.config.ts', 'own.yaml'])
  })

  it.each([
    ['a CA that is not there', { DOMAINCTL_CA: 'https://127.0.0.1:1/directory' }, [], 5, 'CA_UNREACHABLE'],
    ['a credential that is refused', { CLOUDFLARE_API_TOKEN: 'wrong' }, ['--provider', 'cloudflare'], 6, 'PROVIDER_AUTH'],
    [
      'a state that cannot be made',
      { DOMAINCTL_STATE: 'file:/dev/null/state.db' },
      ['--provider', 'manual'],
      2,
      'STATE_UNREADABLE',
    ],
  ])('writes nothing for %s', async (_, env, argv, code, error) => {
    await using scene = await start()
    const ran = await scene.run(['init', ...SAID, ...argv], env)
    expect(ran.stderr).toContain(error)
    expect(ran.code).toBe(code)
    expect(await scene.files()).toEqual([])
  })

  it('warns of credentials that are not there yet, and names the variables in the file', async () => {
    await using scene = await start()
    const { DOMAINCTL_SANDBOX: _, CLOUDFLARE_API_TOKEN: _token, ...env } = scene.env
    const ran = await runIn(scene.folder, ['init', ...SAID, '--provider', 'cloudflare'], { env })
    expect(ran.stderr).toMatch(
      /! {2}provider +cloudflare: its credentials are not in the environment yet\n +Set CLOUDFLARE_API_TOKEN\./,
    )
    expect(ran.stdout).toContain('Next: domainctl doctor')
    expect(await scene.written()).toContain(
      '# Its credentials come from the environment: CLOUDFLARE_API_TOKEN.\nprovider: cloudflare',
    )
  })

  it.each([
    [['--provider', 'clodflare'], /--provider: expected one of/],
    [['--state', 'postgres://me:hunter2@db.test/x'], /has a password in it/],
    [['--state', 'postgres://me@db.test/x?password=hunter2'], /has a password in it/],
    [['--email', 'nobody'], /--email: expected an e-mail address/],
    [['--config', 'domainctl.config.json'], /init writes YAML/],
  ])('refuses %j', async (argv, message) => {
    const folder = await temporaryFolder()
    const ran = await runIn(folder, ['init', ...SAID, '--provider', 'manual', '--no-check', ...argv])
    expect(ran.stderr).toMatch(message)
    expect(ran.stderr).not.toContain('hunter2')
    expect(ran.code).toBe(2)
    expect(await readdir(folder)).toEqual([])
  })

  it.skipIf(process.getuid?.() === 0)('says that the folder cannot be written', async () => {
    const folder = await temporaryFolder()
    await chmod(folder, 0o500)
    const ran = await runIn(folder, ['init', ...SAID, '--provider', 'manual', '--no-check'])
    expect(ran.stderr).toContain('cannot be written: EACCES')
    expect(ran.code).toBe(2)
  })
})

describe('init at a terminal', () => {
  it('asks for what is not said, and no more', async () => {
    await using scene = await start()
    const ran = await atTerminal(scene.folder, scene.env, [
      ['E-mail, where', 'nobody\r'],
      ['no e-mail address', '@example.com\r'],
      ['Accept the terms', 'y\r'],
      ['who writes your records', '\u001b[B\r'],
      ['State (file', '\r'],
    ])
    expect(ran.code).toBe(0)
    const text = await scene.written()
    for (const line of ['email: nobody@example.com', 'acceptTos: true', 'provider: cloudflare']) expect(text).toContain(line)
    expect(text).toMatch(/# The terms of service of the CA \(https:\S+\) are accepted\./)
    expect((await scene.run(['config', 'check', '--json'])).json()).toMatchObject({ ok: true, problems: [] })
  })

  it.each([
    ['the first question', [['E-mail, where', '\u0003']]],
    ['the first question, as is Ctrl-D', [['E-mail, where', '\u0004']]],
    [
      'a later one',
      [
        ['E-mail, where', 'a@example.com\r'],
        ['Accept the terms', '\u0003'],
      ],
    ],
  ] as [string, [string, string][]][])('writes nothing after Ctrl-C at %s', async (_, answers) => {
    await using scene = await start()
    const ran = await atTerminal(scene.folder, scene.env, answers)
    expect(ran.stderr).toContain('Stopped: nothing was written.')
    expect(ran.code).toBe(130)
    expect(await scene.files()).toEqual([])
  })

  it('writes nothing for who does not accept the terms, and asks whether to go on after what failed', async () => {
    await using scene = await start()
    const refused = await atTerminal(scene.folder, scene.env, [
      ['E-mail, where', 'a@example.com\r'],
      ['Accept the terms', 'n\r'],
    ])
    expect(refused.stderr).toContain('TERMS_NOT_ACCEPTED')
    const env = { ...scene.env, CLOUDFLARE_API_TOKEN: 'wrong' }
    const stopped = await atTerminal(scene.folder, env, [['Go on all the same', '\r']], [...SAID, '--provider', 'cloudflare'])
    expect(stopped.code).toBe(130)
    expect(await scene.files()).toEqual([])
    const gone = await atTerminal(
      scene.folder,
      env,
      [['Go on all the same', 'y\r']],
      [...SAID, '--provider', 'cloudflare', '--yes'],
    )
    expect(gone.code).toBe(0)
    expect(gone.stdout).toContain('Next: domainctl doctor')
  })
})
