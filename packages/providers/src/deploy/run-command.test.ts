import { spawn, spawnSync } from 'node:child_process'
import { chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, systemClock } from '@domainctl/core'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createExecTarget } from './exec/index.ts'
import { runCommand } from './run-command.ts'
import { certificateFor } from './target.test.fixture.ts'

const signal = new AbortController().signal
const env = { PATH: process.env.PATH ?? '' }
const clock = systemClock()
const sh = (script: string, o: { timeoutMs?: number; signal?: AbortSignal; clock?: Clock } = {}) =>
  runCommand(
    { argv: ['sh', '-c', script], env, timeoutMs: o.timeoutMs ?? 60_000 },
    { clock: o.clock ?? clock, signal: o.signal ?? signal },
  )

async function folderOfTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'domainctl-command-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const isRunning = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it('says how a command has ended, with the end of what it said, safe for a terminal', async () => {
  expect(await sh('exit 0')).toEqual({ ok: true, how: 'it ended well' })
  expect(await sh('exit 4')).toEqual({ ok: false, how: 'it ended with 4 and said nothing' })
  expect((await sh('printf "one\\n\\033[31mtwo\\n"; exit 1')).how).toBe('it ended with 1 and said "one | \u{fffd}[31mtwo"')
  expect((await sh('kill -9 $$')).how).toBe('it was ended by SIGKILL and said nothing')
  const much = await sh('i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done; exit 1')
  expect(much.how.length).toBeLessThan(700)
  expect(much.how).toMatch(/line 19999"$/)
  const missing = await runCommand({ argv: ['/no/such/program'], env, timeoutMs: 1_000 }, { clock, signal })
  expect(missing.how).toBe('it could not be started (ENOENT) and said nothing')
})

it('ends all that a command has started when its time is over, also what does not want to', async () => {
  const folder = await folderOfTest()
  const file = join(folder, 'pids')
  // The time is over when the child has said its number.
  const waits: number[] = []
  const hurried: Clock = {
    ...clock,
    async sleep(ms, over) {
      waits.push(ms)
      if (ms !== 12_345) return clock.sleep(Math.min(ms, 50), over)
      await vi.waitFor(async () => expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(3), { timeout: 10_000 })
    },
  }
  const script = `trap '' TERM; sh -c 'trap "" TERM; echo $$ >> ${file}; while :; do sleep 1; done' & echo $$ >> ${file}; wait`
  const { ok, how } = await sh(script, { timeoutMs: 12_345, clock: hurried })
  expect({ ok, how }).toEqual({ ok: false, how: 'it took longer than 12.345 s and said nothing' })
  expect(waits).toContain(12_345)
  const pids = (await readFile(file, 'utf8')).trim().split('\n').map(Number)
  await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), { timeout: 10_000 })
})

it('ends with the signal of the caller, and rejects with its reason', async () => {
  const folder = await folderOfTest()
  const file = join(folder, 'pid')
  const stop = new AbortController()
  const running = sh(`echo $$ > ${file}; sleep 600`, { signal: stop.signal })
  await vi.waitFor(async () => expect(await readFile(file, 'utf8')).toMatch(/\n/), { timeout: 10_000 })
  stop.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
  const pid = Number(await readFile(file, 'utf8'))
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 })
})

it('is not kept by a command that another user runs, as sudo starts it, and says so', async () => {
  const folder = await folderOfTest()
  const kill = () => {
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' })
  }
  // The time is over when the command has begun.
  const hurried: Clock = {
    ...clock,
    async sleep(ms, over) {
      if (ms !== 12_345) return clock.sleep(ms, over)
      await vi.waitFor(async () => expect(await pids()).toHaveLength(1), { timeout: 10_000 })
    },
  }
  const argv = ['sh', '-c', `echo $$ >> ${folder}/pids; exec sleep 600`]
  const pids = async () => (await readFile(`${folder}/pids`, 'utf8')).trim().split('\n').map(Number)
  onTestFinished(async () => (await pids()).forEach((pid) => void process.kill(pid)))
  const { ok, how } = await runCommand({ argv, env, timeoutMs: 12_345 }, { clock: hurried, signal, kill })
  expect({ ok, how }).toEqual({
    ok: false,
    how: 'it took longer than 12.345 s, goes on as this user may not end it, and said nothing',
  })
  const stop = new AbortController()
  const running = runCommand({ argv, env, timeoutMs: 60_000 }, { clock, signal: stop.signal, kill })
  await vi.waitFor(async () => expect(await pids()).toHaveLength(2), { timeout: 10_000 })
  stop.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
})

it('says that a command could not be started, however Node tells that', async () => {
  const tooLong = await runCommand({ argv: ['true', 'x'.repeat(4_000_000)], env, timeoutMs: 60_000 }, { clock, signal })
  expect(tooLong).toEqual({ ok: false, how: 'it could not be started (E2BIG)' })
})

it('tells nothing of a key in another form than ours, nor of the variables that a command was given', async () => {
  vi.stubEnv('HOOK_TOKEN', 'a-token-of-the-hook')
  onTestFinished(() => void vi.unstubAllEnvs())
  const certificate = await certificateFor('shop.example.test', 1)
  const said = async (script: string) => {
    const target = createExecTarget({ command: ['sh', '-c', `${script}; exit 1`], passEnv: ['HOOK_TOKEN'] })
    return String(await target.deploy(certificate, { signal, reason: 'deploy' }).catch((error: unknown) => error))
  }
  const body = 'MHcCAQEEIOtherFormOfTheKey'
  const pem = `-----BEGIN EC PRIVATE KEY-----\\n${body}\\nshort==\\n-----END EC PRIVATE KEY-----\\n`
  for (const text of [pem, pem.slice(pem.indexOf(body) + 3), pem.slice(0, pem.indexOf('short=='))]) {
    const told = await said(`printf -- '${text}'`)
    expect(told).toContain('(key)')
    for (const part of ['OtherForm', 'short']) expect(told).not.toContain(part)
  }
  expect(await said(`echo "expected -----BEGIN PRIVATE KEY----- in /etc/x: $HOOK_TOKEN"`)).toContain('in /etc/x: …')
})

it('does not wait for a daemon that holds the pipes open', async () => {
  const folder = await folderOfTest()
  const { ok } = await sh(`sleep 600 & echo $! > ${folder}/pid; exit 0`)
  expect(ok).toBe(true)
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'))
  expect(isRunning(pid)).toBe(true)
  process.kill(pid)
})

it('gives a program its files and what is documented, and nothing else of the environment; the files go afterwards', async () => {
  const folder = await folderOfTest()
  vi.stubEnv('CLOUDFLARE_API_TOKEN', 'a-credential')
  vi.stubEnv('DOCKER_HOST', 'tcp://docker')
  onTestFinished(() => void vi.unstubAllEnvs())
  const script = `env > ${folder}/env; stat -c '%a %n' "$DOMAINCTL_KEY_FILE" "$(dirname "$DOMAINCTL_KEY_FILE")" > ${folder}/modes`
  const certificate = await certificateFor('shop.example.test', 1)
  const target = createExecTarget({ command: ['sh', '-c', script, '; rm -rf /'], passEnv: ['DOCKER_HOST'] })
  await target.deploy(certificate, { signal, reason: 'deploy' })
  const given = await readFile(join(folder, 'env'), 'utf8')
  expect(given).toContain('DOMAINCTL_NAME=shop.example.test\n')
  expect(given).toContain('DOMAINCTL_REASON=deploy\n')
  expect(given).toContain('DOCKER_HOST=tcp://docker\n')
  expect(given).not.toContain('a-credential')
  const modes = (await readFile(join(folder, 'modes'), 'utf8')).split('\n').map((line) => line.split(' '))
  expect(modes.slice(0, 2).map(([mode]) => mode)).toEqual(['600', '700'])
  const left = await readdir(modes[1]?.[1] ?? '').catch((error) => error.code)
  expect(left).toBe('ENOENT')
})

it('removes the files that a killed process has left behind, once its command has ended too', async () => {
  const folder = await folderOfTest()
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  const certificate = await certificateFor('shop.example.test', 1)
  const deploy = (script: string) =>
    createExecTarget({ command: ['sh', '-c', script] }).deploy(certificate, { signal, reason: 'deploy' })
  await deploy(`dirname "$DOMAINCTL_KEY_FILE" > ${folder}/where`)
  const own = (await readFile(join(folder, 'where'), 'utf8')).trim()
  const ended = spawnSync('true').pid
  const command = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  onTestFinished(() => void command.kill('SIGKILL'))
  const leftBy = async (pid: number, group?: number) => {
    const left = own.replace(/-\d+-\w+$/, `-${pid}-abcdef${group ?? ''}`)
    await mkdir(left, { mode: 0o700 })
    await writeFile(join(left, 'privkey.pem'), 'a key')
    if (group !== undefined) await writeFile(join(left, 'group'), String(group))
    return left
  }
  const [over, reading, living, another] = [
    await leftBy(ended),
    await leftBy(ended, command.pid),
    await leftBy(process.pid),
    await leftBy(ended, ended),
  ]
  const stranger = join(folder, 'domainctl-exec-00000000-1-abcdef')
  await mkdir(stranger)
  await deploy('true')
  const left = (await readdir(folder)).filter((name) => name.startsWith('domainctl-exec-')).map((name) => join(folder, name))
  expect(left.sort()).toEqual([reading, living, stranger].sort())
  expect(left).not.toContain(over)
  expect(left).not.toContain(another)
})

// Only root can make a folder of somebody else.
it.runIf(process.getuid?.() === 0)('opens nothing in what another user has put among the files of killed processes', async () => {
  const folder = await folderOfTest()
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  const certificate = await certificateFor('shop.example.test', 1)
  const deploy = (script: string) =>
    createExecTarget({ command: ['sh', '-c', script] }).deploy(certificate, { signal, reason: 'deploy' })
  await deploy(`dirname "$DOMAINCTL_KEY_FILE" > ${folder}/where`)
  const own = (await readFile(join(folder, 'where'), 'utf8')).trim()
  const another = own.replace(/-\d+-\w+$/, `-${spawnSync('true').pid}-abcdef`)
  await mkdir(another, { mode: 0o755 })
  // Whoever opens it waits for a writer that never comes.
  spawnSync('mkfifo', [join(another, 'group')])
  await chown(another, 65_534, 65_534)
  expect(await deploy('true')).toMatchObject({ changed: true })
  expect(await readdir(another)).toEqual(['group'])
})
