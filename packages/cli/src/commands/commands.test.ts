import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'
import { COMMANDS } from '../command-table.ts'

let folder = ''
beforeEach(async () => {
  folder = await temporaryFolder()
})

describe('help', () => {
  it('of the program lists every command and the exit codes', async () => {
    const { code, stdout, stderr } = await runIn(folder, ['--help'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    for (const { name, alias } of COMMANDS) {
      expect(stdout).toContain(`  ${name.split(' ')[0]}${alias === undefined ? '' : `|${alias}`} `)
    }
    expect(stdout).toMatch(/130 {2}interrupted/)
  })

  it.each(COMMANDS.map(({ name }) => name))('of %s has examples, exit codes and the common options', async (name) => {
    for (const argv of [
      [...name.split(' '), '--help'],
      ['help', ...name.split(' ')],
    ]) {
      const { code, stdout } = await runIn(folder, argv)
      expect(code).toBe(0)
      expect(stdout).toMatch(/Examples:\n {2}\$ domainctl /)
      expect(stdout).toContain('Exit codes:')
      expect(stdout).toContain('--json')
    }
  })

  it('is one document with --json', async () => {
    expect((await runIn(folder, ['add', '--help', '--json'])).json()).toMatchObject({
      help: expect.stringContaining('Usage: domainctl add'),
    })
  })

  it.each([
    ['LEASE_HELD', ['Another process', 'What to do: ', 'Who acts: operator. Exit code: 9.']],
    ['RECORD_MISSING', ['Error of verify and doctor: ']],
    ['name_missing', ['Broken of health, layer dns: ', 'What to do: Make the records']],
  ])('of the code %s says what it means and what to do', async (code, parts) => {
    const ran = await runIn(folder, ['help', code])
    expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: '' })
    expect(ran.stdout.split('\n')[0]).toBe(code.toUpperCase())
    for (const part of parts) expect(ran.stdout).toContain(part)
    expect((await runIn(folder, ['help', code, '--json'])).json()).toEqual({ help: ran.stdout.trimEnd() })
  })

  it('is what the last line of every error leads to', async () => {
    const { stderr } = await runIn(folder, ['show'])
    const [, , ...argv] = /USAGE: domainctl (.*)/.exec(stderr)?.[0].split(' ') ?? []
    expect(argv).toEqual(['help', 'USAGE'])
    expect((await runIn(folder, argv)).stdout).toMatch(/^USAGE\n/)
  })

  it('is shown, as a mistake, when no command is given', async () => {
    const { code, stdout, stderr } = await runIn(folder, [])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('Usage: domainctl')
  })

  it('touches neither state nor configuration', async () => {
    await writeFile(join(folder, 'domainctl.config.yaml'), 'no: good')
    expect((await runIn(folder, ['list', '--help'])).code).toBe(0)
  })
})

describe('a command line that does not fit', () => {
  it.each([
    [['lst'], /Unknown command 'lst'/, /Did you mean list\?/],
    [['list', '--jsn'], /Unknown option '--jsn'/, /Did you mean --json\?/],
    [['list', 'extra'], /Too many arguments/, /./],
    [['show'], /Missing required argument 'name'/, /./],
    [['export', 'a.example'], /Required option '--out <dir>' not specified/, /./],
    [['list', '--status', 'fine'], /'fine' is invalid\. Allowed choices are pending_dns/, /./],
    [['list', '--limit', '0'], /--limit: expected a number from 1 to 1000, found "0"/, /./],
    [['list', '--expiring', 'soon'], /--expiring: expected a duration/, /./],
    [['list', '--label', 'x'], /--label: expected key=value/, /./],
    [['list', '--cursor', 'zzz'], /cursor/, /./],
    [['add', 'a.example', '--label', 'x=1', '--label', 'x=2'], /x was given twice/, /./],
    [['add', 'a.example', '--target', 'b.example', '--address', '192.0.2.1'], /--target and --address/, /./],
    [['add', 'a.example', '--probe', '--no-probe'], /--probe and --no-probe were given together/, /Leave one/],
    [['add', 'a.example', '--no-probe', '--probe'], /--probe and --no-probe were given together/, /Leave one/],
    [['add', 'a.example', '--ownership', 'maybe'], /Allowed choices are auto, txt, none/, /./],
    [['verify', 'a.example', '--timeout', '10'], /--timeout: expected a duration/, /./],
    [['records', 'a.example', '--format', 'xml'], /Allowed choices are table, zone, terraform, json/, /./],
    [['show'], /Missing required argument 'name'/, /./],
    [['doctor', 'a.example', '--target', '192.0.2.1'], /--target: expected the name of a host/, /./],
    [['--state'], /argument missing/, /./],
    [['config', 'shwo'], /Unknown command 'shwo'/, /Did you mean show\?/],
    [['config'], /✖ config needs a subcommand: show, check\./, /domainctl config show/],
    [['help', 'nope'], /✖ Unknown command nope\./, /Commands are init, add, /],
    [['help', 'lst'], /✖ Unknown command lst\./, /Did you mean list\?/],
    [['help', 'LEASE_HEDL'], /✖ There is no code LEASE_HEDL\./, /Did you mean LEASE_HELD\?/],
    [['help', 'X_Y'], /✖ There is no code X_Y\./, /last line of an error/],
    [['export', 'a.example', '--out', ''], /--out: expected a folder/, /./],
    [['renew', '--force'], /--force was given without names/, /--all/],
    [['renew', 'a.example', '--all'], /together with --all/, /./],
    [['add', 'a.example', '--target', ''], /--target: expected a name, found nothing/, /./],
    [['add', 'a.example', '--delegate', ' '], /--delegate: expected a name, found nothing/, /./],
    [['add', 'a.example', '--san', 'b.example,'], /--san: expected a name, found nothing/, /./],
    [['add', 'a.example', '--target', '192.0.2.1'], /--target: expected the name of a host/, /--address 192\.0\.2\.1/],
    [['issue', 'a.example', '--contact', 'me'], /--contact: expected an e-mail address, found "me"/, /./],
  ])('%j exits 2 and says what would fit, in JSON too', async (argv, message, hint) => {
    const text = await runIn(folder, argv)
    expect(text.code).toBe(2)
    expect(text.stdout).toBe('')
    expect(text.stderr).toMatch(message)
    const json = await runIn(folder, [...argv.slice(0, 1), '--json', ...argv.slice(1)])
    expect(json.code).toBe(2)
    expect(json.stderr).toBe('')
    expect(json.json()).toMatchObject({ error: { code: 'USAGE', hint: expect.stringMatching(hint), actor: 'operator' } })
  })
})

describe('names that cannot have a certificate', () => {
  const long = `${Array.from({ length: 4 }, () => 'a'.repeat(61)).join('.')}.abcdef`
  it.each([
    '',
    `${'a'.repeat(64)}.example`,
    long,
    'co.uk',
    '*.*.x.test',
    'a b.test',
    '192.0.2.1',
    '2001:db8::1',
    'p\u0430ypal.com',
    'https://a.example',
    '-a.example',
    '_a.example',
  ])('%j is refused', async (name) => {
    const { code, json } = await runIn(folder, ['add', '--json', '--', name])
    expect(code).toBe(2)
    expect(json()).toMatchObject({
      results: [{ name, ok: false, domain: null, error: { code: 'NAME_INVALID', actor: 'customer' }, next: [] }],
      summary: { ok: 0, failed: 1, skipped: 0 },
    })
  })

  it('101 names for one certificate are refused', async () => {
    const san = Array.from({ length: 100 }, (_, i) => `n${i}.example`).join(',')
    const { code, json } = await runIn(folder, ['add', 'a.example', '--san', san, '--json'])
    expect(code).toBe(2)
    expect(json()).toMatchObject({ results: [{ error: { code: 'NAMES_TOO_MANY' } }] })
  })

  it('do not keep the others from being added: 7', async () => {
    const { code, stdout, stderr } = await runIn(folder, ['add', 'a.example', 'co.uk', 'b.example'])
    expect(code).toBe(7)
    expect(stdout).toMatch(/a\.example is in the state[\s\S]*b\.example is in the state/)
    expect(stderr).toMatch(/"co\.uk" is not a name[\s\S]*2 done, 1 failed, 0 with nothing to do\./)
  })
})

describe('a domain by hand', () => {
  it('is added with the records to make and the next command', async () => {
    const { code, stdout } = await runIn(folder, ['add', 'bücher.example', '--label', 'env=test', '--target', 'edge.example.net'])
    expect(code).toBe(0)
    expect(stdout).toContain('bücher.example (xn--bcher-kva.example) is in the state (pending_dns, provider manual).')
    expect(stdout).toMatch(/PURPOSE +TYPE +NAME +VALUE +TTL +STATE/)
    expect(stdout).toMatch(/_domainctl\.xn--bcher-kva\.example\. 300 IN TXT "domainctl=[0-9a-f]{32}"/)
    expect(stdout).toContain('xn--bcher-kva.example. 300 IN CNAME edge.example.net.')
    expect(stdout).toContain('Next: domainctl verify xn--bcher-kva.example --wait')
  })

  it('is listed, filtered, paged and shown', async () => {
    await runIn(folder, ['add', 'a.example', 'b.example', '--label', 'env=test'])
    await runIn(folder, ['add', 'c.example'])
    const names = async (...argv: string[]) => {
      const page = (await runIn(folder, ['list', '--json', ...argv])).json() as {
        domains: { name: string }[]
        next: string | null
      }
      return { names: page.domains.map(({ name }) => name), next: page.next }
    }
    expect(await names()).toEqual({ names: ['a.example', 'b.example', 'c.example'], next: null })
    expect((await names('--label', 'env=test')).names).toEqual(['a.example', 'b.example'])
    expect((await names('--status', 'active')).names).toEqual([])
    expect((await names('--expiring', '14d')).names).toEqual([])
    expect((await names('--tenant', 'other')).names).toEqual([])
    const first = await names('--limit', '2')
    expect(first.names).toEqual(['a.example', 'b.example'])
    expect(await names('--limit', '2', '--cursor', String(first.next))).toEqual({ names: ['c.example'], next: null })
    const text = await runIn(folder, ['list', '--limit', '2'])
    expect(text.stdout).toMatch(/^ +NAME +STATUS[^\n]*\n… +a\.example +pending_dns[^\n]*\n… +b\.example/)
    expect(text.stderr).toContain(`--cursor ${first.next}`)
    expect((await runIn(folder, ['show', 'A.example.'])).stdout).toMatch(/^name +a\.example\nstatus +pending_dns\n/)
  })

  it('has a history of who did what', async () => {
    await runIn(folder, ['add', 'a.example'])
    expect((await runIn(folder, ['history', 'a.example', '--json'])).json()).toMatchObject({
      events: [{ who: 'cli:tester', event: 'domain.added' }],
    })
    expect((await runIn(folder, ['history', 'a.example'])).stdout).toMatch(
      /^\d{4}-\d\d-\d\d \w+day\n {2}\d\d:\d\d:\d\d +• +domain\.added +cli:tester +added/,
    )
  })

  it('that needs no record says so', async () => {
    const { stdout } = await runIn(folder, ['add', 'a.example', '--ownership', 'none'])
    expect(stdout).toMatch(/No record has to be made beforehand[\s\S]*Next: domainctl issue a\.example/)
  })

  it('is removed only when that is confirmed', async () => {
    await runIn(folder, ['add', 'a.example'])
    const refused = await runIn(folder, ['remove', 'a.example'])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('Repeat with --yes.')
    expect((await runIn(folder, ['remove', 'a.example', '--no-input'])).code).toBe(2)
    const removed = await runIn(folder, ['remove', 'a.example', '--yes', '--json'])
    expect(removed.code).toBe(0)
    expect(removed.json()).toMatchObject({ results: [{ ok: true, domain: { status: 'deleted' }, removed: [] }] })
  })

  it('is not removed without an answer, and nothing is said of continuing', async () => {
    await runIn(folder, ['add', 'a.example'])
    for (const o of [{ stdin: '' }, { stdin: 'n\n' }, { stdin: 'y\n', signal: AbortSignal.abort() }]) {
      const { code, stderr } = await runIn(folder, ['remove', 'a.example'], { ...o, terminal: true })
      expect(code).toBe(130)
      expect(stderr).toMatch(/Nothing was removed\.\n.*Answer y/)
      expect(stderr).not.toContain('continues')
    }
    const { code, stdout } = await runIn(folder, ['remove', 'a.example'], { stdin: 'y\n', terminal: true })
    expect(code).toBe(0)
    expect(stdout).toContain('only with a fresh ownership record')
  })

  it('whose records are not right says so in one sentence after the details, and in full in JSON', async () => {
    const nowhere = ['--resolver', '127.0.0.1:1', '--allow-private']
    await runIn(folder, ['add', 'a.example', '--target', 'edge.example.net'])
    const { code, stdout, stderr } = await runIn(folder, ['verify', 'a.example', '-q', ...nowhere])
    expect(code).toBe(3)
    expect(stdout).toMatch(/✖ +ownership +TXT _domainctl\.a\.example[\s\S]*What to fix[\s\S]*why /)
    expect(stderr).toMatch(/^✖ \d of \d checks of a\.example are not right yet\.\n/)
    const { results } = (await runIn(folder, ['verify', 'a.example', '--json', ...nowhere])).json() as {
      results: [{ error: { message: string } }]
    }
    expect(results[0].error.message).toMatch(/not right yet\. ./)
  })

  it('names the chosen state in what to do next', async () => {
    const { json } = await runIn(folder, ['add', 'a.example', '--state', 'file:other state.db', '--json'])
    expect(json()).toMatchObject({
      results: [{ next: [{ command: "domainctl verify a.example --wait --state 'file:other state.db'" }] }],
    })
  })

  it('without a certificate cannot be exported: 3', async () => {
    await runIn(folder, ['add', 'a.example'])
    const { code, json } = await runIn(folder, ['export', 'a.example', '--out', 'tls', '--json'])
    expect(code).toBe(3)
    expect(json()).toMatchObject({
      results: [{ error: { code: 'CERTIFICATE_NONE' }, next: [{ command: 'domainctl issue a.example' }] }],
    })
    await expect(stat(join(folder, 'tls'))).rejects.toThrow()
  })

  it('without a certificate is not due', async () => {
    await runIn(folder, ['add', 'a.example'])
    const all = await runIn(folder, ['renew', '--json'])
    expect(all).toMatchObject({ code: 0 })
    expect(all.json()).toEqual({ results: [], summary: { ok: 0, failed: 0, skipped: 0 } })
    expect((await runIn(folder, ['renew'])).stderr).toContain('No certificate is due')
    expect((await runIn(folder, ['renew', 'a.example', '--dry-run', '--json'])).json()).toMatchObject({
      results: [{ ok: true, skipped: true, due: false }],
    })
  })
})

describe('names that are not there', () => {
  it.each([['show'], ['records'], ['export', '--out', 'tls'], ['verify'], ['renew'], ['remove', '--yes']])(
    '%s says so: 2',
    async (...argv) => {
      const { code, json } = await runIn(folder, [...argv, 'none.example', '--json'])
      expect(code).toBe(2)
      expect(json()).toMatchObject({
        results: [{ name: 'none.example', ok: false, domain: null, error: { code: 'DOMAIN_NOT_FOUND' } }],
      })
    },
  )

  it('history has no result but the error', async () => {
    const { code, json } = await runIn(folder, ['history', 'none.example', '--json'])
    expect(code).toBe(2)
    expect(json()).toMatchObject({ error: { code: 'DOMAIN_NOT_FOUND' } })
  })
})

describe('a command that only looks', () => {
  it.each([
    ['list', 0],
    ['show a.example', 2],
    ['records a.example', 2],
    ['history a.example', 2],
    ['export a.example --out tls', 2],
    ['doctor a.example --resolver 127.0.0.1:1 --allow-private', 3],
  ])('makes nothing where there is no state: %s', async (line, code) => {
    const ran = await runIn(folder, [...line.split(' '), '--json'])
    expect(ran.code).toBe(code)
    if (code === 2) expect(ran.stdout).toContain('DOMAIN_NOT_FOUND')
    expect(await readdir(folder)).toEqual([])
  })

  it.each(['list', 'show a.example', 'history a.example'])("does not need the CA's roots: %s", async (line) => {
    await runIn(folder, ['add', 'a.example'])
    expect((await runIn(folder, [...line.split(' '), '--ca-root', 'nowhere.pem'])).code).toBe(0)
  })
})

describe('a state that cannot be used', () => {
  it('is no database, a folder, or in a place that cannot be written', async () => {
    await writeFile(join(folder, 'garbage.db'), 'garbage '.repeat(100))
    await mkdir(join(folder, 'folder.db'))
    await writeFile(join(folder, 'file'), '')
    for (const state of ['garbage.db', 'folder.db', 'file/state.db']) {
      const { code, json } = await runIn(folder, ['list', '--json', '--state', `file:${state}`])
      expect(code).toBe(2)
      expect(json()).toMatchObject({
        error: { code: expect.stringMatching(/^STATE_/), message: expect.stringContaining(state.split('/')[0] ?? '') },
      })
    }
  })

  it('is sealed with another key', async () => {
    await runIn(folder, ['add', 'a.example'], { env: { DOMAINCTL_ENCRYPTION_KEY: '11'.repeat(32) } })
    const wrong = await runIn(folder, ['add', 'b.example', '--json'], { env: { DOMAINCTL_ENCRYPTION_KEY: '22'.repeat(32) } })
    expect(wrong.code).toBe(2)
    expect(wrong.json()).toMatchObject({ results: [{ error: { code: 'STATE_KEY_WRONG' } }] })
    const bad = await runIn(folder, ['list', '--json'], { env: { DOMAINCTL_ENCRYPTION_KEY: 'hunter2' } })
    expect(bad.json()).toMatchObject({ error: { code: 'STATE_KEY_INVALID' } })
    expect(bad.stdout + bad.stderr).not.toContain('hunter2')
  })

  it('is made readable by its owner alone', async () => {
    await runIn(folder, ['add', 'a.example'])
    expect((await stat(join(folder, '.domainctl'))).mode & 0o777).toBe(0o700)
    await chmod(folder, 0o700)
  })
})

describe('an interruption', () => {
  it('before the work stops every name: 130', async () => {
    const { code, json } = await runIn(folder, ['add', 'a.example', 'b.example', '--json'], { signal: AbortSignal.abort() })
    expect(code).toBe(130)
    expect(json()).toMatchObject({ results: [{ error: { code: 'INTERRUPTED' }, next: [] }, {}], summary: { failed: 2 } })
  })
})

describe('output', () => {
  it('is quiet when asked, but for results and errors', async () => {
    const { stdout, stderr } = await runIn(folder, ['add', 'a.example', 'b.example', '-q'])
    expect(stdout).toContain('a.example')
    expect(stderr).toBe('')
  })

  it('tells progress on stderr without a terminal as plain lines', async () => {
    await runIn(folder, ['add', 'a.example', '--ownership', 'none'])
    const { stderr } = await runIn(folder, ['remove', 'a.example', '--yes'])
    expect(stderr).toMatch(/^a\.example: [^\n]+\n/)
  })
})
