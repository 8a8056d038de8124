import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { DomainctlError } from '@domainctl/core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { overNames } from './batch.ts'
import { runIn, temporaryFolder } from './command.test.support.ts'
import { type CommonFlags, createContext } from './context.ts'
import { createOutput } from './output/output.ts'
import type { Outcome, Verb } from './verb.ts'

/** Work on names in an empty state; what it prints is read as it comes. */
async function openBatch(flags: CommonFlags = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const io = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: {},
    cwd: await temporaryFolder(),
    user: 'tester',
    signal: new AbortController().signal,
    now: () => new Date(),
    self: ['none'] as const,
    takeSignals: () => () => undefined,
  }
  const context = await createContext(io, createOutput(io, flags), flags)
  onTestFinished(() => context.close())
  const [printed, complained] = [text(stdout), text(stderr)]
  return {
    over: (names: readonly string[], verb: Verb<Outcome>) => overNames(context, names, verb),
    printed: async () => {
      stdout.end()
      stderr.end()
      return { stdout: await printed, stderr: await complained }
    },
  }
}

const names = (count: number) => Array.from({ length: count }, (_, n) => `n${n}.example`)
const refused = () => new DomainctlError('DNS_NOT_READY', 'not yet', { hint: 'wait' })

/** Work that ends in another order than it begins; every third name fails. */
function unruly(o: Partial<Verb<Outcome>> = {}): Verb<Outcome> {
  return {
    work: async (_, name) => {
      const n = Number(/\d+/.exec(name))
      for (let turn = 0; turn < (n * 7) % 11; turn += 1) await new Promise(setImmediate)
      if (n % 3 === 2) throw refused()
      return { domain: null, next: [], ...(n % 3 === 1 && { skipped: true }) }
    },
    describe: ({ name, error }) => [`${name} ${error?.code ?? 'good'}`],
    ...o,
  }
}

describe('overNames', () => {
  it('prints one document with the results in the order given, also when some fail', async () => {
    const { over, printed } = await openBatch({ json: true })
    expect(await over(names(300), unruly())).toBe(7)
    const { results, summary } = JSON.parse((await printed()).stdout)
    expect(results.map(({ name }: { name: string }) => name)).toEqual(names(300))
    expect(results[2]).toMatchObject({ ok: false, domain: null, error: { code: 'DNS_NOT_READY' } })
    expect(summary).toEqual({ ok: 100, failed: 100, skipped: 100 })
  })

  it('prints an empty document for no names', async () => {
    const { over, printed } = await openBatch({ json: true })
    expect(await over([], unruly())).toBe(0)
    expect((await printed()).stdout).toBe(
      '{\n  "results": [],\n  "summary": {\n    "ok": 0,\n    "failed": 0,\n    "skipped": 0\n  }\n}\n',
    )
  })

  it('tells people everything in the order given', async () => {
    const { over, printed } = await openBatch()
    expect(await over(names(5), unruly())).toBe(7)
    const { stdout, stderr } = await printed()
    expect(stdout).toBe('n0.example good\nn1.example good\nn2.example DNS_NOT_READY\nn3.example good\nn4.example good\n')
    expect(stderr).toMatch(/✖ n2\.example: not yet[\s\S]*2 done, 1 failed, 2 with nothing to do\./)
  })

  it('tells of many in a table, and the details of the first ones that failed', async () => {
    const { over, printed } = await openBatch()
    const overview: Verb<Outcome>['overview'] = {
      row: ({ name, error }) => [name, error ? 'bad' : 'good'],
      table: (rows) => rows.map((row) => row.join(' is ')),
      mostDetailed: 2,
      andMore: (others) => [`${others} others`],
    }
    await over(names(12), unruly({ overview }))
    const lines = (await printed()).stdout.trimEnd().split('\n')
    expect(lines.slice(0, 12)).toEqual(names(12).map((name, n) => `${name} is ${n % 3 === 2 ? 'bad' : 'good'}`))
    expect(lines.slice(12)).toEqual(['n2.example DNS_NOT_READY', 'n5.example DNS_NOT_READY', '2 others'])
  })

  it.each([
    [{}, undefined, 16],
    [{}, 64, 64],
    [{ concurrency: '16' }, 64, 16],
    [{ concurrency: '3' }, 64, 3],
  ])('with %j has as many in work as a verb of width %s may', async (flags, width, most) => {
    const { over } = await openBatch(flags)
    let [now, seen] = [0, 0]
    const work: Verb<Outcome>['work'] = async () => {
      now += 1
      seen = Math.max(seen, now)
      await new Promise(setImmediate)
      now -= 1
      return { domain: null, next: [] }
    }
    await over(names(200), { work, describe: () => [], ...(width !== undefined && { width }) })
    expect(seen).toBe(most)
  })

  it.each([
    ['more and more', undefined, (seen: number[]) => Math.max(...seen) > 16 && Math.max(...seen) <= 64],
    ['one, while the CA has no room', 'CA_RATE_LIMITED', (seen: number[]) => Math.max(...seen.slice(-50)) === 1],
    ['as at first, while it is the names that are wrong', 'NAME_INVALID', (seen: number[]) => Math.max(...seen) === 8],
  ] as const)('with --concurrency auto has %s in work, and tells in the order given', async (_, code, isRight) => {
    const { over, printed } = await openBatch({ concurrency: 'auto' })
    const seen: number[] = []
    let now = 0
    const work: Verb<Outcome>['work'] = async () => {
      seen.push(++now)
      await new Promise(setImmediate)
      now -= 1
      if (code) throw new DomainctlError(code, 'no', { hint: 'later' })
      return { domain: null, next: [] }
    }
    await over(names(200), { work, describe: ({ name }) => [name] })
    expect(seen).toHaveLength(200)
    expect(seen).toSatisfy(isRight)
    expect((await printed()).stdout.split('\n').filter((line) => line !== '')).toEqual(names(200))
  })

  it('ends the document with the names that a signal has stopped', async () => {
    const stop = new AbortController()
    const cwd = await temporaryFolder()
    await runIn(cwd, ['add', ...names(3)])
    stop.abort()
    const { code, json } = await runIn(cwd, ['verify', '--all', '--json'], { signal: stop.signal })
    expect(code).toBe(130)
    expect(json()).toMatchObject({ results: [{ error: { code: 'INTERRUPTED' } }, {}, {}], summary: { failed: 3 } })
  })
})

it('says once that the work on many names was stopped, with what was done before', async () => {
  const batch = await openBatch()
  const stop = () => new DomainctlError('INTERRUPTED', 'The work was interrupted.', { hint: 'Run it again.' })
  const work: Verb<Outcome>['work'] = async (_, name) => {
    if (name !== 'n0.example') throw stop()
    return { domain: null, next: [] }
  }
  const afterFailure = (name: string) => [{ command: `domainctl issue ${name}`, why: 'continues' }]
  const code = await batch.over(names(100), { work, afterFailure, describe: ({ name, error }) => (error ? [] : [`✔ ${name}`]) })
  const { stdout, stderr } = await batch.printed()
  expect(stdout).toBe('✔ n0.example\n')
  expect(stderr).toContain('✖ 99 of 100 names: The work was interrupted.\n  Run it again.\n')
  expect(stderr.match(/✖/g)).toHaveLength(1)
  expect(stderr).toContain('1 done, 99 failed, 0 with nothing to do.')
  expect(code).toBe(130)
})
