import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openShell } from './command.ts'
import { startSandboxWorld } from './sandbox-world.ts'

// Far slower than the sandbox is, so that a client which asks as fast as it can is refused all the time.
const ORDERS = { count: 12, perSeconds: 1, burst: 2 }

it.each([
  { concurrency: 'auto', names: 200 },
  { concurrency: '16', names: 50 },
])(
  '$names names with --concurrency $concurrency at a CA that takes 12 orders a second: all issued',
  async (given) => {
    const names = Array.from({ length: given.names }, (_, i) => `n${i}.example.test`)
    await using world = await startSandboxWorld({ ca: { limits: { requests: { newOrder: ORDERS } } } })
    await using shell = await openShell(world)
    const file = join(shell.directory, 'names.txt')
    await writeFile(file, names.join('\n'))
    const { code, stdout } = await shell.domainctl('issue', '--from-file', file, '--concurrency', given.concurrency, '--json')
    const { results, summary } = JSON.parse(stdout)
    expect(summary).toEqual({ ok: names.length, failed: 0, skipped: 0 })
    expect(code).toBe(0)
    expect(results.map(({ name }: { name: string }) => name)).toEqual(names)
    // None has a failure in its state, which would have it wait for a minute.
    expect(results.filter(({ domain }: { domain: { attempts: number } }) => domain.attempts > 0)).toEqual([])
    const refused = world.sandbox.ca.requests.newOrder - names.length
    expect(refused).toBeGreaterThan(0)
    expect(refused).toBeLessThan(names.length / 2)
  },
  120_000,
)
