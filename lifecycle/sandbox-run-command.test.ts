import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openShell, type Started } from './command.ts'
import { type SandboxWorld, startSandboxWorld } from './sandbox-world.ts'

describe('the command run', () => {
  let world: SandboxWorld
  beforeAll(async () => {
    world = await startSandboxWorld()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  /** The first JSON line that fits. */
  async function line({ child }: Started, fits: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    if (!child.stdout) throw new Error('no output')
    const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>()
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (text) => {
      const read = JSON.parse(text)
      if (fits(read)) resolve(read)
    })
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)))
    return promise
  }

  it('says what it is, does what another process adds, and ends with 0 when it is told to', async () => {
    await using shell = await openShell(world)
    const live = join(shell.directory, 'live')
    const metrics = join(shell.directory, 'metrics', 'domainctl.prom')
    await mkdir(join(shell.directory, 'metrics'))
    const running = shell.start('run', '--live-file', live, '--metrics-file', metrics)
    expect(await line(running, () => true)).toMatchObject({
      event: 'started',
      state: expect.stringMatching(/^file:/),
      once: false,
    })
    expect((await shell.domainctl('add', 'daemon.example.test', '--provider', 'rfc2136')).code).toBe(0)
    const issued = await line(running, ({ event }) => event === 'outcome')
    expect(issued).toMatchObject({
      kind: 'domain',
      name: 'daemon.example.test',
      done: 'issued',
      status: 'issuing',
      level: 'info',
    })
    expect(Date.now() - (await stat(live)).mtimeMs).toBeLessThan(60_000)
    running.child.kill('SIGTERM')
    const { code, signal, stderr } = await running.finished
    expect({ code, signal, stderr: stderr.trim() }).toEqual({
      code: 0,
      signal: null,
      stderr: 'Stopping; a second signal stops at once.',
    })
    const text = await readFile(metrics, 'utf8')
    expect(text).toContain('acme_issuance_total{result="ok"} 1\n')
    expect(text).toMatch(/^certificate_expiry_days\{tenant="default",name="daemon\.example\.test"\} [0-9.]+$/m)
    expect(text).toMatch(/^domainctl_queue_depth \d+$/m)
    // Nothing half-written is left beside it, and others may read it.
    expect(await readdir(join(shell.directory, 'metrics'))).toEqual(['domainctl.prom'])
    expect((await stat(metrics)).mode & 0o044).toBe(0o044)
  })

  it('ends at once with a second signal', async () => {
    await using shell = await openShell(world)
    const answer = Promise.withResolvers<void>()
    const fault = world.addFault({ resource: 'newOrder', nth: 1, delay: () => answer.promise })
    await shell.domainctl('add', 'slow.example.test', '--provider', 'rfc2136')
    const running = shell.start('run')
    while (fault.seen === 0) await new Promise<void>((resolve) => setImmediate(resolve))
    const stopping = new Promise<void>((resolve) => running.child.stderr?.once('data', () => resolve()))
    running.child.kill('SIGTERM')
    await stopping
    running.child.kill('SIGTERM')
    expect((await running.finished).signal).toBe('SIGTERM')
    answer.resolve()
    world.clearFaults()
  })

  it('shares the work with others on one state, and goes on where a killed one stopped', async () => {
    await using shell = await openShell(world)
    const names = Array.from({ length: 12 }, (_, i) => `shared${i}.example.test`)
    await shell.domainctl('add', ...names, '--provider', 'rfc2136')
    const before = (await world.requests()).finalize ?? 0
    const both = [shell.start('run'), shell.start('run')]
    const killed = await Promise.race(
      both.map(async (one) => {
        await line(one, ({ done }) => done === 'issued')
        return one
      }),
    )
    killed.child.kill('SIGKILL')
    await killed.finished
    const third = shell.start('run')
    for (;;) {
      const { stdout } = await shell.domainctl('list', '--json')
      const domains: { status: string }[] = JSON.parse(stdout).domains
      if (domains.length === names.length && domains.every(({ status }) => status === 'active')) break
    }
    for (const one of [...both, third].filter((one) => one !== killed)) {
      one.child.kill('SIGINT')
      expect((await one.finished).code).toBe(0)
    }
    // What the killed one had under way is gone on with: an order is finalized a second time at the most where its answer was lost.
    expect(((await world.requests()).finalize ?? 0) - before).toBeLessThanOrEqual(names.length + 8)
    expect(names.flatMap((name) => world.sandbox.dns.values(`_acme-challenge.${name}`, 'TXT'))).toEqual([])
  })

  it('does what is due once, for people, and says what failed by its exit code', async () => {
    await using shell = await openShell(world)
    await shell.domainctl('add', 'cron.example.test', '--provider', 'rfc2136')
    const ran = await shell.domainctl('run', '--once')
    expect(ran).toMatchObject({ code: 0, stderr: '1 done, 0 failed.\n' })
    expect(ran.stdout).toContain('cron.example.test: issued')
    expect(await shell.domainctl('run', '--once')).toMatchObject({ code: 0, stdout: '' })
    world.addFault({ resource: 'newOrder', refuse: { status: 503 } })
    await shell.domainctl('add', 'refused.example.test', '--provider', 'rfc2136')
    const refused = await shell.domainctl('run', '--once', '--json')
    world.clearFaults()
    expect(refused.code).toBe(5)
    const lines = refused.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(lines.map(({ event }) => event)).toEqual(['started', 'outcome', 'stopped'])
    expect(lines[1]).toMatchObject({ name: 'refused.example.test', error: { code: 'CA_UNAVAILABLE' }, level: 'error' })
  })

  it('does not begin where nobody could see that it lives', async () => {
    await using shell = await openShell(world)
    const ran = await shell.domainctl('run', '--once', '--live-file', '/nowhere/live', '--json')
    expect(ran.code).toBe(2)
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'OUTPUT_UNWRITABLE' } })
  })
})
