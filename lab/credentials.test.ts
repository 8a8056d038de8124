import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { startSandbox } from '@domainctl/sandbox'
import { describe, expect, test } from 'vitest'
import { type Credential, credentialOf, type Failure, give, TYPES, type Type, WAYS, type Way } from './credentials.ts'
import { watchProcesses } from './process-watch.ts'
import { searchFor } from './secret-search.ts'

// The credential of a provider appears nowhere: the built command runs, and what it printed, every file that it left and what
// others on the machine could see of its processes are searched for it, in any form.

const bin = fileURLToPath(new URL('../packages/cli/bin/domainctl.js', import.meta.url))

/** Of what the command keeps in its state: no credential of a provider, but as secret. */
const STATE_KEY = { name: 'DOMAINCTL_ENCRYPTION_KEY', value: '8d3f5a1c9e7b2046'.repeat(4) }

interface Place {
  work: string
  credential: Credential
  /** The name under which the provider is configured. */
  provider: string
  /** Runs the command and searches for the secrets. */
  run(args: readonly string[], during?: (pid: number) => Promise<void>): Promise<{ code: number | null; printed: string }>
}

async function inPlace(type: Type, way: Way, use: (place: Place) => Promise<void>, o: { wrong?: boolean } = {}): Promise<void> {
  await using resources = new AsyncDisposableStack()
  const sandbox = resources.use(await startSandbox())
  const root = await mkdtemp(join(tmpdir(), 'domainctl-credentials-'))
  resources.defer(() => rm(root, { recursive: true, force: true }))
  const at = (folder: string) => join(root, folder)
  for (const folder of ['work', 'home', 'tmp', 'aside']) await mkdir(at(folder))
  const credential = await credentialOf(type, sandbox, o)
  resources.defer(() => credential.close())
  const { env: given, provider } = await give(credential, way, { aside: at('aside'), work: at('work') })
  const { DOMAINCTL_SANDBOX: _, ...settings } = await sandbox.environment(at('sandbox'))
  const env = {
    PATH: process.env.PATH,
    HOME: at('home'),
    TMPDIR: at('tmp'),
    ...Object.fromEntries(Object.entries(settings).filter(([name]) => name.startsWith('DOMAINCTL_'))),
    DOMAINCTL_ACCEPT_TOS: '1',
    [STATE_KEY.name]: STATE_KEY.value,
    ...given,
  }
  const search = searchFor([...credential.secrets, STATE_KEY])

  async function run(args: readonly string[], during?: (pid: number) => Promise<void>) {
    const child = spawn(process.execPath, [bin, ...args], { cwd: at('work'), env, stdio: ['ignore', 'pipe', 'pipe'] })
    if (child.pid === undefined) throw new Error('the command was not started')
    const watch = watchProcesses(child.pid)
    try {
      const ended = Promise.all([once(child, 'exit') as Promise<[number | null]>, text(child.stdout), text(child.stderr)])
      // It may as well end before.
      await Promise.race([during?.(child.pid), ended])
      const [[code], stdout, stderr] = await ended
      const found = [
        ...search.in('its output', stdout),
        ...search.in('its messages', stderr),
        ...[...watch.seen].flatMap((seen) => search.in('what ps shows', seen)),
        ...search.inFolder(at('work')),
      ]
      expect(found, `domainctl ${args.join(' ')}`).toEqual([])
      expect(watch.looks).toBeGreaterThan(1)
      expect([...watch.seen].some((seen) => seen.includes(bin))).toBe(true)
      return { code, printed: stdout + stderr }
    } finally {
      watch.stop()
      if (child.exitCode === null) child.kill('SIGKILL')
    }
  }
  await use({ work: at('work'), credential, provider, run })
  expect(['home', 'tmp'].flatMap((folder) => search.inFolder(at(folder)))).toEqual([])
}

/** What looks at everything that there is after the runs before. */
const LOOKS = [
  ['config', 'show'],
  ['config', 'show', '--json'],
  ['list', '--json'],
  ['show', 'shop.example.test', '--json'],
  ['history', 'shop.example.test', '--json'],
  ['doctor', 'shop.example.test', '--verbose'],
  ['doctor', 'shop.example.test', '--verbose', '--json'],
  ['providers', '--verbose'],
  ['providers', '--json'],
] as const

/** The others take their minutes. */
const ways = process.env.DOMAINCTL_LAB_LONG === '1' ? WAYS : (['variables', 'file: references'] as const)

describe.concurrent.each(TYPES)('the credential of %s', (type) => {
  test.each(ways)('given by %s is nowhere after a certificate was made, and a look at everything', { timeout: 240_000 }, (way) =>
    inPlace(type, way, async ({ run, provider }) => {
      const issue = (name: string, ...flags: string[]) => run(['issue', name, '--provider', provider, ...flags])
      expect(await issue('shop.example.test', '--verbose')).toMatchObject({ code: 0 })
      expect(await issue('more.example.test', '--verbose', '--json')).toMatchObject({ code: 0 })
      for (const look of LOOKS) {
        const { code, printed } = await run(look)
        expect([0, 3], `${look.join(' ')}: ${printed}`).toContain(code)
      }
      const tried = ['providers', 'test', provider, '--zone', 'example.test', '--verbose']
      expect(await run(tried)).toMatchObject({ code: 0 })
      expect(await run([...tried, '--json'])).toMatchObject({ code: 0 })
      const applied = ['add', 'app.example.test', '--provider', provider, '--target', 'edge.example.test', '--apply', '--verbose']
      expect(await run(applied)).toMatchObject({ code: 0 })
      const removed = ['remove', 'shop.example.test', 'app.example.test', '--yes', '--verbose', '--json']
      expect(await run(removed)).toMatchObject({ code: 0 })
    }),
  )

  test.each(ways)('given by %s is nowhere when it is wrong', { timeout: 240_000 }, (way) =>
    inPlace(
      type,
      way,
      async ({ run, provider }) => {
        const issue = ['issue', 'shop.example.test', '--provider', provider, '--verbose']
        expect(await run(issue)).toMatchObject({ code: 6 })
        expect(await run([...issue, '--json'])).toMatchObject({ code: 6 })
        expect(await run(['providers', '--verbose'])).toMatchObject({ code: type === 'rfc2136' ? expect.any(Number) : 6 })
        expect(await run(['providers', 'test', provider, '--zone', 'example.test', '--verbose'])).toMatchObject({ code: 6 })
        await run(['doctor', 'shop.example.test', '--verbose'])
      },
      { wrong: true },
    ),
  )

  const failures: Failure[] = type === 'rfc2136' ? ['hang-up'] : ['500', 'hang-up', '429', 'echo']
  test.each(failures)('is nowhere when each answer is: %s', { timeout: 240_000 }, (how) =>
    inPlace(type, 'variables', async ({ run, credential, provider }) => {
      const args = ['issue', 'shop.example.test', '--provider', provider, '--verbose']
      credential.fail(how)
      const { code, printed } = await run(how === 'hang-up' ? [...args, '--json'] : args)
      expect(code, printed).toBe(6)
      await run(['show', 'shop.example.test', '--json'])
    }),
  )

  test.each(['--verbose', '--json'])('is nowhere after Ctrl-C in mid-write, with %s', { timeout: 240_000 }, (flag) =>
    inPlace(type, 'variables', async ({ run, credential, provider }) => {
      const reached = credential.holdWrites()
      let stopped = false
      const { code, printed } = await run(['issue', 'shop.example.test', '--provider', provider, flag], async (pid) => {
        await reached
        stopped = true
        process.kill(pid, 'SIGINT')
      })
      expect(stopped, printed).toBe(true)
      expect(code, printed).toBe(130)
      await run(['show', 'shop.example.test', '--json'])
    }),
  )

  test('is nowhere when it stands in a configuration file, where only references may', { timeout: 240_000 }, () =>
    inPlace(type, 'variables', async ({ run, credential, work }) => {
      const [secret] = credential.secrets
      if (!secret) throw new Error('no secret')
      // The file is the user's own, and not among what is searched.
      const file = join(work, '..', 'aside', 'domainctl.config.yaml')
      const option = secret.option ?? 'secretAccessKey'
      await writeFile(file, `providers: { mine: { type: ${type}, ${option}: ${JSON.stringify(secret.value)} } }\n`)
      expect(await run(['config', 'show', '--config', file, '--verbose'])).toMatchObject({ code: 2 })
      expect(await run(['list', '--config', file, '--verbose', '--json'])).toMatchObject({ code: 2 })
    }),
  )
})
