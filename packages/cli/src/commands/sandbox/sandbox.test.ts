import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { startSandbox } from '@domainctl/sandbox'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { runIn, temporaryFolder } from '../../command.test.support.ts'

let folder = ''
let temporary = ''
beforeEach(async () => {
  folder = await temporaryFolder()
  temporary = await temporaryFolder()
  vi.stubEnv('TMPDIR', temporary)
  return () => vi.unstubAllEnvs()
})

const node = process.execPath
/** A script that writes its environment into the file `env`. */
const keepEnvironment = 'require("fs").writeFileSync("env", JSON.stringify(process.env))'
const kept = async () => JSON.parse(await readFile(join(folder, 'env'), 'utf8')) as Record<string, string>

describe('sandbox exec', () => {
  it('runs a command with the environment of a sandbox, and leaves nothing behind', async () => {
    const env = { PATH: '/bin', KEPT: 'yes', RFC2136_TSIG_SECRET_FILE: '/real/secret' }
    const look = `${keepEnvironment}; require("fs").copyFileSync(process.env.DOMAINCTL_CA_ROOT, "root")`
    const ran = await runIn(folder, ['sandbox', 'exec', '--', node, '-e', look], { env })
    expect(ran).toMatchObject({ code: 0, stdout: '', stderr: '' })
    const seen = await kept()
    expect(seen).toMatchObject({
      KEPT: 'yes',
      DOMAINCTL_SANDBOX: '1',
      DOMAINCTL_CA: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\//),
      DOMAINCTL_ALLOW_PRIVATE: '1',
      RFC2136_NAMESERVER: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      RFC2136_TSIG_SECRET: expect.any(String),
      SANDBOX_HTTPS: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    })
    expect(seen.DOMAINCTL_STATE?.startsWith(`file:${temporary}/`)).toBe(true)
    expect(seen.PATH?.startsWith(`${temporary}/`) && seen.PATH.endsWith(':/bin')).toBe(true)
    expect(seen).not.toHaveProperty('RFC2136_TSIG_SECRET_FILE')
    expect(await readFile(join(folder, 'root'), 'utf8')).toContain('BEGIN CERTIFICATE')
    expect(await readdir(temporary)).toEqual([])
  })

  it('leaves all behind -- to the command, and real places alone', async () => {
    const keepBoth = `${keepEnvironment}; require("fs").writeFileSync("args", JSON.stringify(process.argv.slice(1)))`
    const real = {
      DOMAINCTL_STATE: 'file:mine.db',
      DOMAINCTL_TENANT: 'acme',
      DOMAINCTL_ENCRYPTION_KEY_FILE: 'key',
      DOMAINCTL_EMAIL: 'ops@example.test',
      RFC2136_ZONE: 'corp.example',
      AWS_PROFILE: 'production',
      AWS_SESSION_TOKEN: 'real',
      AWS_ACCESS_KEY_ID: 'real',
      CLOUDFLARE_ZONE_ID: 'real',
      GODADDY_API_KEY_FILE: 'real',
    }
    const args = ['--json', '--version', '-q', '--', '--lag', '1s', '--help']
    const command = ['sandbox', 'exec', '--lifetime', '6d', '--', node, '-e', keepBoth, '--', ...args]
    expect(await runIn(folder, command, { env: real })).toMatchObject({ code: 0, stdout: '' })
    expect(JSON.parse(await readFile(join(folder, 'args'), 'utf8'))).toEqual(args)
    const seen = await kept()
    expect(seen.DOMAINCTL_STATE?.startsWith(`file:${temporary}/`)).toBe(true)
    expect(seen).toMatchObject({ DOMAINCTL_EMAIL: 'ops@example.test', AWS_ACCESS_KEY_ID: expect.stringMatching(/^AKIA\w{16}$/) })
    const same = new Set(Object.keys(seen).filter((name) => seen[name] === real[name as keyof typeof real]))
    expect(same).toEqual(new Set(['DOMAINCTL_EMAIL']))
  })

  it('exits as the command does; 127 and 126 with the reason', async () => {
    expect(await runIn(folder, ['sandbox', 'exec', '--', node, '-e', 'process.exit(42)'])).toMatchObject({ code: 42, stderr: '' })
    const missing = await runIn(folder, ['sandbox', 'exec', '--', './not-there'])
    expect(missing).toMatchObject({ code: 127, stdout: '' })
    expect(missing.stderr).toMatch(/✖ The command \.\/not-there was not found\./)
    await writeFile(join(folder, 'plain'), '', { mode: 0o600 })
    const refused = await runIn(folder, ['sandbox', 'exec', '--json', '--', './plain'])
    expect(refused).toMatchObject({ code: 126, stderr: '' })
    expect(refused.json()).toMatchObject({ error: { code: 'USAGE' } })
    expect(await readdir(temporary)).toEqual([])
  })

  it('needs a command, and reads neither configuration nor state', async () => {
    await writeFile(join(folder, 'domainctl.config.yaml'), 'no: good')
    expect(await runIn(folder, ['sandbox', 'exec', '--'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Missing required argument'),
    })
    expect(await runIn(folder, ['sandbox', 'exec', '--', node, '-e', keepEnvironment])).toMatchObject({ code: 0 })
    expect(await runIn(folder, ['sandbox', 'exec', 'sh', '-c', 'true'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/has to stand behind --\.\n {2}Such as: domainctl sandbox exec -- sh/),
    })
    expect(await runIn(folder, ['sandbox', 'exec', '--', ''])).toMatchObject({ code: 127 })
  })

  it('puts the roots into --dir and takes the rest away from there', async () => {
    const argv = ['sandbox', 'exec', '--dir', 'roots', '--', node, '-e', keepEnvironment]
    expect(await runIn(folder, argv)).toMatchObject({ code: 0 })
    expect((await readdir(join(folder, 'roots'))).sort()).toEqual(['ca-root.pem', 'issuer-root.pem'])
    expect((await stat(join(folder, 'roots'))).mode & 0o777).toBe(0o700)
    expect((await kept()).DOMAINCTL_STATE?.startsWith(`file:${join(folder, 'roots')}/`)).toBe(true)
  })

  it('says where a temporary folder is wanted when there is none, and which port is taken', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'nowhere'))
    const { code, json } = await runIn(folder, ['sandbox', 'exec', '--json', '--', 'true'])
    expect(code).toBe(2)
    expect(json()).toMatchObject({ error: { code: 'OUTPUT_UNWRITABLE', hint: expect.stringMatching(/--dir.*TMPDIR/) } })
    vi.stubEnv('TMPDIR', temporary)
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port } = other.address() as { port: number }
    const taken = await runIn(folder, ['sandbox', 'exec', '--json', '--ca-port', String(port), '--', 'true'])
    expect(taken.code).toBe(2)
    expect(taken.json()).toMatchObject({
      error: { code: 'SANDBOX_CANNOT_LISTEN', message: expect.stringContaining(String(port)) },
    })
    expect(await readdir(temporary)).toEqual([])
  })
})

describe('in the environment of a sandbox', () => {
  async function open() {
    const sandbox = await startSandbox()
    onTestFinished(() => sandbox.stop())
    const env: Record<string, string> = { ...(await sandbox.environment(join(temporary, 'roots'))), DOMAINCTL_ACCEPT_TOS: '1' }
    return { sandbox, env }
  }

  it('a name gets its records, its certificate, and a good handshake', async () => {
    const { sandbox, env } = await open()
    // What a configuration file calls rfc2136 must not get the records.
    await writeFile(
      join(folder, 'domainctl.config.yaml'),
      'providers:\n  rfc2136:\n    type: rfc2136\n    nameserver: 127.0.0.1:1\n    tsigKey: x\n    tsigSecret: env:NONE\n  ours:\n    type: rfc2136\n    nameserver: ' +
        `${env.RFC2136_NAMESERVER}\n    tsigKey: sandbox\n    tsigSecret: env:RFC2136_TSIG_SECRET\n`,
    )
    const add = ['add', 'a.example.test', '--provider', 'ours', '--ownership', 'txt', '--target', 'edge.example.test', '--json']
    const added = await runIn(folder, add, { env })
    expect(added.code).toBe(0)
    const made = await runIn(folder, ['sandbox', 'publish'], { env, stdin: added.stdout })
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).toMatch(
      /^✔ made {2}_domainctl\.a\.example\.test\. 300 IN TXT .*\n✔ made {2}a\.example\.test\. 300 IN CNAME edge/,
    )
    expect(sandbox.dns.values('a.example.test', 'CNAME')).toEqual(['edge.example.test'])
    const again = await runIn(folder, ['sandbox', 'publish', '--json'], { env, stdin: added.stdout })
    expect(again.json()).toMatchObject({ records: [{ type: 'TXT', ttl: 300, zone: 'example.test' }, { name: 'a.example.test' }] })
    expect(await runIn(folder, ['verify', 'a.example.test'], { env })).toMatchObject({ code: 0 })
    expect(await runIn(folder, ['issue', 'a.example.test', '-q'], { env })).toMatchObject({ code: 0 })
    expect(await runIn(folder, ['export', 'a.example.test', '--out', 'tls'], { env })).toMatchObject({ code: 0 })
    const file = async (name: string) => readFile(join(folder, 'tls', name), 'utf8')
    sandbox.https.install({ fullchain: await file('fullchain.pem'), privateKey: await file('privkey.pem') })

    const shown = await runIn(folder, ['sandbox', 'handshake', 'A.example.test.'], { env })
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toMatch(
      /✔ A\.example\.test\. answers[^\n]*TLSv1\.3\.\n {2}names {4}a\.example\.test\n {2}issuer [\s\S]*serial [\s\S]*in 90 days/,
    )
    const mixed = await runIn(folder, ['sandbox', 'handshake', 'a.example.test', 'b.example.test', '*.example.test', '--json'], {
      env,
    })
    expect(mixed.code).toBe(7)
    expect(mixed.json()).toMatchObject({
      results: [
        {
          name: 'a.example.test',
          ok: true,
          names: ['a.example.test'],
          protocol: 'TLSv1.3',
          notAfter: expect.stringMatching(/Z$/),
        },
        { name: 'b.example.test', ok: false, error: { code: 'SANDBOX_HANDSHAKE_FAILED' } },
        { name: '*.example.test', ok: false, error: { code: 'USAGE' } },
      ],
      summary: { ok: 1, failed: 2, skipped: 0 },
    })
    expect(await runIn(folder, ['sandbox', 'handshake', 'b.example.test'], { env })).toMatchObject({ code: 3, stdout: '' })
  })

  it('what cannot be published is told', async () => {
    const { env } = await open()
    const publish = (stdin: string) => runIn(folder, ['sandbox', 'publish', '--json'], { env, stdin })
    expect(await publish('nothing')).toMatchObject({ code: 2 })
    const elsewhere = await runIn(folder, ['add', 'a.example.com', '--provider', 'manual', '--ownership', 'txt', '--json'], {
      env,
    })
    const refused = await publish(elsewhere.stdout)
    expect(refused.code).toBe(6)
    expect(refused.json()).toMatchObject({
      error: { code: 'PROVIDER_ZONE_NOT_FOUND', message: expect.stringContaining('a.example.com') },
    })
    expect((await publish('{"results":[]}')).json()).toEqual({ records: [] })
    const unpiped = await runIn(folder, ['sandbox', 'publish'], { env, terminal: true })
    expect(unpiped).toMatchObject({ code: 2, stderr: expect.stringContaining('| domainctl sandbox publish') })
  })

  it('that is gone, the commands say so', async () => {
    const { sandbox, env } = await open()
    await sandbox.stop()
    expect(await runIn(folder, ['sandbox', 'handshake', 'a.example.test'], { env })).toMatchObject({ code: 3 })
    const rootless = { ...env, DOMAINCTL_ISSUER_ROOT: join(folder, 'gone') }
    const { code, json } = await runIn(folder, ['sandbox', 'handshake', 'a.example.test', '--json'], { env: rootless })
    expect(code).toBe(2)
    expect(json()).toMatchObject({ error: { code: 'SANDBOX_NOT_RUNNING' } })
  })

  it.each([{}, { RFC2136_NAMESERVER: '192.0.2.1:53', RFC2136_TSIG_KEY: 'real' }, { DOMAINCTL_SANDBOX: '1' }])(
    'with %j they refuse',
    async (env) => {
      for (const argv of [['publish'], ['handshake', 'a.example.test']]) {
        const { code, json } = await runIn(folder, ['sandbox', ...argv, '--json'], { env, stdin: '{"results":[]}' })
        expect(code).toBe(2)
        expect(json()).toMatchObject({ error: { code: 'SANDBOX_NOT_RUNNING', hint: expect.stringContaining('sandbox exec') } })
      }
    },
  )
})

describe('sandbox tour', () => {
  /** Answers for every command of the tour; the first verify finds nothing. */
  async function stub(code: string) {
    const file = join(folder, 'stub.js')
    const first = 'process.argv[2] === "verify" && !fs.existsSync("seen") && (fs.writeFileSync("seen", ""), true)'
    await writeFile(file, `const fs = require('fs'); process.exitCode = ${first} ? 3 : 0; ${code}`)
    return [node, file] as const
  }

  it('is one document with --json', async () => {
    const { code, stderr, json } = await runIn(folder, ['sandbox', 'tour', '--json'], { self: await stub('') })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { ok, steps } = json() as { ok: boolean; steps: { command: string; exitCode: number }[] }
    expect(ok).toBe(true)
    expect(steps.map(({ exitCode }) => exitCode)).toEqual([0, 3, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(steps[0]?.command).toBe(
      'domainctl add shop.example.test --wildcard --ownership txt --target edge.example.test --provider rfc2136',
    )
    expect(steps[1]).toEqual({ command: 'domainctl verify shop.example.test', exitCode: 3, expected: 3, ms: expect.any(Number) })
  })

  it('ends with the code of a command that does not end as it should, and says so', async () => {
    const self = await stub(
      'if (process.argv[2] === "issue") { process.exitCode = 4; process.stderr.write(process.env.SAY ?? "") }',
    )
    const { code, stdout, stderr } = await runIn(folder, ['sandbox', 'tour'], { self })
    expect(code).toBe(4)
    expect(stdout).toMatch(/\$ domainctl issue shop\.example\.test --accept-tos\n$/)
    expect(stderr).toBe('✖ The tour stopped at step 5: the command above exited with 4 (expected 0).\n')
    const told = await runIn(folder, ['sandbox', 'tour', '--json'], { self, env: { SAY: 'refused' } })
    expect(told.code).toBe(4)
    expect(told.json()).toMatchObject({ ok: false, steps: [{}, {}, {}, {}, { exitCode: 4, expected: 0, output: 'refused' }] })
    expect(await readdir(temporary)).toEqual([])
  })
})
