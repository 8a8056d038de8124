import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../command.test.support.ts'

// The command as people start it, in a process of its own: its signals, its children, what it leaves behind.

const source = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))
const LONG = 60_000

let folder = ''
let temporary = ''
beforeEach(async () => {
  folder = await temporaryFolder()
  temporary = await temporaryFolder()
})

interface Started {
  child: ChildProcess
  /** Resolves with the line. */
  line(pattern: RegExp): Promise<string>
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>
}

function start(args: string[], o: { env?: Record<string, string>; spawn?: SpawnOptions } = {}): Started {
  const argv = ['--import', source('from-sources.test.support.ts'), source('bin.ts'), ...args]
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: temporary, TZ: 'UTC', ...o.env }
  const child = spawn(process.execPath, argv, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], ...o.spawn })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new Error('the command was started without pipes')
  const ended = Promise.all([once(child, 'close') as Promise<[number | null]>, text(stdout), text(stderr)])
  return {
    child,
    line(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      createInterface(stdout)
        .on('line', (line) => pattern.test(line) && resolve(line))
        .on('close', () => reject(new Error(`no line was like ${pattern}`)))
      return promise
    },
    ended: ended.then(([[code], out, err]) => ({ code, stdout: out, stderr: err })),
  }
}

it(
  'the tour goes the whole road, shows what it types, and leaves nothing behind',
  async () => {
    const { code, stdout } = await start(['sandbox', 'tour'], {
      env: { DOMAINCTL_STATE: 'file:real.db', DOMAINCTL_PROVIDER: 'nobody' },
    }).ended
    expect({ code, stdout }).toMatchObject({ code: 0 })
    expect(stdout).not.toContain('\u001b')
    const typed = stdout.split('\n').filter((line) => line.startsWith('$ '))
    expect(typed).toHaveLength(10)
    expect(typed).toContain('$ domainctl records shop.example.test --json | domainctl sandbox publish')
    const serials = [...stdout.matchAll(/^ {2}serial {3}(\w+)$/gm)].map(([, serial]) => serial)
    expect(serials).toHaveLength(4)
    expect(new Set(serials).size).toBe(2)
    expect(await readdir(temporary)).toEqual([])
    expect((await readdir(folder)).filter((name) => name !== '.cache')).toEqual([])
  },
  LONG,
)

it(
  'the tour stops at Ctrl-C: 130, and nothing is left',
  async () => {
    const { child, line, ended } = start(['sandbox', 'tour'], { spawn: { detached: true } })
    await line(/^\$ domainctl verify/)
    // As a terminal does it: to the whole process group.
    process.kill(-(child.pid ?? 0), 'SIGINT')
    const { code, stderr } = await ended
    expect(code).toBe(130)
    expect(stderr).toContain('The tour was stopped')
    expect(await readdir(temporary)).toEqual([])
  },
  LONG,
)

it.each(['SIGTERM', 'SIGINT'] as const)(
  'start prints its environment, works, and ends by %s with 0',
  async (signal) => {
    const { child, line, ended } = start(['sandbox', 'start', '--zone', 'a.test'])
    const { event, env } = JSON.parse(await line(/ready/)) as { event: string; env: Record<string, string> }
    expect(event).toBe('ready')
    const script = await readFile(`${env.DOMAINCTL_CA_ROOT?.replace('ca-root.pem', 'env.sh')}`, 'utf8')
    expect(script).toContain(`export DOMAINCTL_CA=${env.DOMAINCTL_CA}\n`)
    const issue = ['issue', 'a.test', '--wildcard', '--provider', 'rfc2136', '--accept-tos', '--json']
    expect((await start(issue, { env }).ended).code).toBe(0)
    child.kill(signal)
    const { code, stdout, stderr } = await ended
    expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 1 })
    expect(stderr).toMatch(/^Stopping/)
    expect(await readdir(temporary)).toEqual([])
    expect((await readdir(folder)).filter((name) => name !== '.cache')).toEqual([])
  },
  LONG,
)

it(
  'exec passes SIGTERM on, and ends as the command does',
  async () => {
    const wait = 'process.on("SIGTERM", () => process.exit(9)); console.log("up"); setInterval(() => {}, 1000)'
    const { child, line, ended } = start(['sandbox', 'exec', '--', process.execPath, '-e', wait])
    await line(/up/)
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: 9, stderr: '' })
    expect(await readdir(temporary)).toEqual([])
  },
  LONG,
)

it(
  'scripts in exec find this very command',
  async () => {
    const { code, stdout } = await start(['sandbox', 'exec', '--', 'sh', '-c', 'domainctl config show --json']).ended
    expect(code).toBe(0)
    const { settings } = JSON.parse(stdout) as { settings: { key: string; value: unknown }[] }
    expect(settings.find(({ key }) => key === 'state')?.value).toContain(temporary)
  },
  LONG,
)
