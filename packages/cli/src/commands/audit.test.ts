import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PassThrough } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { type RunOptions, runIn, temporaryFolder } from '../command.test.support.ts'
import { writeAll } from '../output/long-document.ts'

interface Line {
  seq: number
  event: string
  domain?: string
}

describe('audit', () => {
  let folder = ''
  const audit = (argv: string[], o?: RunOptions) => runIn(folder, ['audit', ...argv], o)
  const seen = async (argv: string[], o?: RunOptions) => {
    const { events } = (await audit([...argv, '--json'], o)).json() as { events: Line[]; next: number | null }
    return events.map(({ domain }) => domain)
  }
  beforeEach(async () => {
    folder = await temporaryFolder()
    for (const name of ['a.example', 'b.example', 'c.example']) await runIn(folder, ['add', name, '--provider', 'manual'])
    await runIn(folder, ['add', 'd.example', '--provider', 'manual', '--tenant', 'odd', '--ownership', 'none'])
  })

  it('prints the last lines of the tenant, and how to see those before', async () => {
    const { code, stdout, stderr } = await audit(['--limit', '2'])
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^\d{4}-\d\d-\d\d \w+day\n {2}2 +\d\d:\d\d:\d\d +• +domain\.added +b\.example +cli:tester +added.*\n {2}3 .+c\.example/,
    )
    expect(stderr).toBe('There are more: repeat with --before 2\n')
    expect((await audit(['--limit', '2', '--before', '2', '--json'])).json()).toMatchObject({
      events: [{ seq: 1, domain: 'a.example', details: { provider: 'manual' } }],
      next: null,
    })
    expect((await audit(['--limit', '2', '--after', '0', '--json'])).json()).toMatchObject({ next: 2 })
  })

  it('is filtered', async () => {
    expect(await seen(['--all-tenants'])).toEqual(['a.example', 'b.example', 'c.example', 'd.example'])
    expect(await seen(['--tenant', 'odd'])).toEqual(['d.example'])
    expect(await seen(['--domain', 'B.example.'])).toEqual(['b.example'])
    expect(await seen(['--event', 'order.*,domain.removed'])).toEqual([])
    expect(await seen(['--event', 'order.*', '--event', 'domain.*'])).toHaveLength(3)
    expect(await seen(['--who', 'cli:tester'])).toHaveLength(3)
    expect(await seen(['--who', 'cli:nobody'])).toEqual([])
    const now = new Date(Date.now() + 3 * 86_400_000)
    expect(await seen(['--since', '2d'], { now })).toEqual([])
    expect(await seen(['--since', '4d', '--until', '1s'], { now })).toHaveLength(3)
    expect(await seen(['--until', '2000-01-01'])).toEqual([])
    expect(await seen(['--since', '2000-01-01T00:00:00+01:00', '--until', '2999-01-01 10:00'])).toHaveLength(3)
    expect((await audit(['--event', 'ordr.*'])).stderr).toContain('No event is called ordr.*')
  })

  it('is exported as JSON lines, in parts that fit together', async () => {
    const lines = async (argv: string[]) => {
      const { code, stdout, stderr } = await audit(['--jsonl', ...argv])
      expect(code).toBe(0)
      return {
        lines: stdout
          .split('\n')
          .slice(0, -1)
          .map((line): Line => JSON.parse(line)),
        stderr,
      }
    }
    const all = await lines(['--all-tenants'])
    expect(all.lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    const first = await lines(['--all-tenants', '--limit', '3'])
    expect(first.stderr).toContain('--after 3')
    expect([...first.lines, ...(await lines(['--all-tenants', '--after', '3'])).lines]).toEqual(all.lines)
    expect((await lines(['--after', '4'])).lines).toEqual([])
  })

  it('follows until it is stopped, which is no failure', async () => {
    const { code, stdout } = await audit(['--follow'], { signal: AbortSignal.abort() })
    expect({ code, lines: stdout.trimEnd().split('\n') }).toMatchObject({ code: 0, lines: { length: 3 } })
  })

  it('writes no more for a reader that has gone', async () => {
    const stdout = new PassThrough({ highWaterMark: 4 })
    const writing = writeAll(stdout, 'more than it takes')
    stdout.destroy()
    await writing
    expect(stdout.destroyed).toBe(true)
  })

  it.each([
    [['--event', 'X!'], /"X!" is no event/],
    [['--since', 'yesterday'], /--since: expected a time or a duration/],
    [['--since', '2026-02-30'], /--since: expected a time/],
    [['--until', '2026-13-01'], /--until: expected a time/],
    [['--after', '-1'], /--after/],
    [['--after', '9'.repeat(16)], /--after: expected the number of a line/],
    [['--after', '1', '--before', '2'], /--after and --before/],
    [['--limit', '10001'], /--limit: expected a number from 1 to 10000/],
    [['--jsonl', '--json'], /--json prints one document/],
    [['--jsonl', '--before', '3'], /JSON lines .* --before does not fit/],
    [['--follow', '--before', '3'], /--follow .* --before does not fit/],
    [['--who', ' '], /--who: expected/],
    [['--since', '1d', '--until', '2d'], /--since is not before --until/],
    [['--domain', 'a b'], /white space/],
  ])('%j is a mistake', async (argv, message) => {
    const { code, stdout, stderr } = await audit(argv)
    expect(code).toBe(2)
    expect(stdout + stderr).toMatch(message)
  })

  it('of one domain has the same filters', async () => {
    const history = async (argv: string[]) => (await runIn(folder, ['history', 'a.example', '--json', ...argv])).json()
    expect(await history(['--event', 'domain.*', '--since', '1d'])).toMatchObject({ events: [{ event: 'domain.added' }] })
    expect(await history(['--event', 'order.*'])).toEqual({ events: [], next: null })
    expect(await history(['--after', '1'])).toEqual({ events: [], next: null })
    const none = await runIn(folder, ['history', 'a.example', '--event', 'order.*'])
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'No line of the audit fits.\n' })
  })

  it('of one domain comes in pages, too, and says that there are more', async () => {
    const database = new DatabaseSync(join(folder, '.domainctl', 'state.db'))
    const line = `insert into audit (at, tenant, who, event, message, domain_id) select at, tenant, who, event, message, domain_id from audit where seq = 1`
    database.exec(`${line}; ${line}`)
    database.close()
    const history = (argv: string[]) => runIn(folder, ['history', 'a.example', '--limit', '1', ...argv])
    const seqs: number[] = []
    for (let next: number | null | undefined; next !== null; ) {
      const page = (await history(['--json', ...(next === undefined ? [] : ['--before', String(next)])])).json()
      const { events, next: further } = page as { events: Line[]; next: number | null }
      seqs.unshift(...events.map(({ seq }) => seq))
      next = further
    }
    expect(seqs).toEqual([1, 5, 6])
    expect((await history([])).stderr).toBe('There are more: repeat with --before 6\n')
    expect((await history(['--after', '0'])).stderr).toBe('There are more: repeat with --after 1\n')
    expect((await history(['--after', '5'])).stderr).toBe('')
  })

  it('shows no more of a hostile line than it is', async () => {
    const database = new DatabaseSync(join(folder, '.domainctl', 'state.db'))
    const hostile = '\u009b2J\u202eabc\u2028{"seq":99}\u0085'
    database
      .prepare(`insert into audit (at, tenant, who, event, message, details) values (0, 'default', ?, ?, ?, ?)`)
      .run(hostile, hostile, hostile.repeat(1000), JSON.stringify({ [hostile]: hostile.repeat(10_000) }))
    database.close()
    for (const argv of [[], ['--json'], ['--jsonl'], ['--follow']]) {
      const { stdout, stderr } = await audit(argv, { signal: AbortSignal.abort() })
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u)
    }
    const { stdout } = await audit(['--jsonl'])
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      who: hostile,
      details: { [hostile]: expect.any(String) },
    })
  })

  it('says what is in no state', async () => {
    const { code, stderr } = await runIn(await temporaryFolder(), ['audit'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'No line of the audit fits.\n' })
  })
})
