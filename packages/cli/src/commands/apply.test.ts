import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

const EDGE = 'edge.example.test'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox({ zones: ['example.test'], records: [{ name: EDGE, type: 'A', value: '127.0.0.1' }] })
})
afterAll(() => sandbox[Symbol.asyncDispose]())

let folder = ''
let env: Record<string, string> = {}
beforeEach(async () => {
  folder = await temporaryFolder()
  env = { ...(await sandbox.environment(await temporaryFolder())), DOMAINCTL_PROVIDER: 'rfc2136' }
})

const command = (...argv: string[]) => runIn(folder, argv, { env })

/** A record of somebody else, and a domain that wants to be there. */
function standing(name: string): void {
  sandbox.dns.add({ name, type: 'A', value: '192.0.2.8', ttl: 720 })
  onTestFinished(() => sandbox.dns.remove({ name, type: 'A' }))
}

describe('add --apply', () => {
  it('makes the records, tells which, and what to do next; the name is enough from then on', async () => {
    const name = 'made.example.test'
    const { code, stdout } = await command('add', name, '--target', EDGE, '--apply')
    expect(code).toBe(0)
    expect(stdout).toContain(`✔ ${name} is in the state (pending_dns, provider rfc2136).`)
    expect(stdout).toMatch(
      /RECORD +TYPE +NAME +VALUE +PROVIDER\n +made +CNAME +made\.example\.test +edge\.example\.test +rfc2136/,
    )
    expect(stdout).toContain(`Next: domainctl verify ${name} --wait`)
    expect(stdout).not.toContain('--unapply')
    expect(sandbox.dns.values(name, 'CNAME')).toEqual([EDGE])

    const again = await command('add', name, '--apply', '--json')
    expect(again.json()).toMatchObject({
      results: [
        {
          ok: true,
          records: [{ purpose: 'routing', type: 'CNAME', name, value: EDGE, ttl: 300, provider: 'rfc2136', outcome: 'kept' }],
          warnings: [],
        },
      ],
    })

    const back = await command('add', name, '--unapply')
    expect(back.code).toBe(0)
    expect(back.stdout).toContain(`taken away: CNAME ${name} ${EDGE}`)
    expect(back.stdout).toContain(`Next: domainctl add ${name} --apply`)
    expect(sandbox.dns.values(name, 'CNAME')).toEqual([])
    expect((await command('add', name, '--unapply', '--json')).json()).toMatchObject({
      results: [
        { ok: true, skipped: true, domain: { status: 'pending_dns' }, removed: [], restored: [], late: [], warnings: [] },
      ],
      summary: { ok: 0, failed: 0, skipped: 1 },
    })
  })

  it('leaves what is there and says so: 3; by force it shows how that comes back, and remove puts it back', async () => {
    const name = 'foreign.example.test'
    standing(name)
    const refused = await command('add', name, '--target', EDGE, '--apply')
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('192.0.2.8 (TTL 720)')
    expect(refused.stdout).toContain(`Next: domainctl add ${name} --apply --force`)
    expect((await command('add', name, '--apply', '--json')).json()).toMatchObject({
      results: [{ ok: false, domain: { name }, error: { code: 'RECORD_FOREIGN', actor: 'operator' } }],
    })

    const forced = await command('add', name, '--apply', '--force')
    expect(forced.code).toBe(0)
    expect(forced.stdout).toMatch(/replaced +CNAME +foreign/)
    expect(forced.stdout).toContain(`${name}. 720 IN A 192.0.2.8`)
    expect(forced.stdout).toContain(`To put it back: domainctl add ${name} --unapply`)
    expect(refused.stderr).not.toContain('domainctl add')

    const removed = await command('remove', name, '--yes')
    expect(removed.code).toBe(0)
    expect(removed.stdout).toContain(`put back: ${name}. 720 IN A 192.0.2.8`)
    expect(sandbox.dns.values(name, 'A')).toEqual(['192.0.2.8'])
  })

  it('waits for ownership, and shows the record: 3', async () => {
    const name = 'tenant.example.test'
    const argv = ['add', name, '--target', EDGE, '--apply', '--tenant', 'acme']
    const { code, stdout, stderr } = await command(...argv)
    expect(code).toBe(3)
    expect(stderr).toContain(`_domainctl.${name}`)
    expect(stdout).toMatch(/Create this DNS record:[\s\S]*_domainctl\.tenant\.example\.test\. 300 IN TXT "domainctl=/)
    expect(stdout).toContain(`Next: domainctl add ${name} --apply --wait --tenant acme`)
    expect(sandbox.dns.values(name, 'CNAME')).toEqual([])
  })

  it('leaves what it made for another domain, and does not speak of force; a shared record is told to stay', async () => {
    const [one, other, shared] = ['one.example.test', 'other.example.test', 'shared.example.test']
    await command('add', one, '--san', shared, '--target', EDGE, '--apply')
    const refused = await command('add', other, '--san', shared, '--target', 'edge2.example.test', '--apply', '--force')
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain(`another domain of yours, ${one}`)
    expect(refused.stderr).toContain('RECORD_TAKEN')
    expect(refused.stdout).not.toContain('--force')
    await command('remove', other, '--yes')

    await command('add', shared, '--target', EDGE, '--apply')
    const { stdout } = await command('add', shared, '--unapply')
    expect(stdout).toContain(`✔ ${shared} is without our records`)
    expect(stdout).toContain(`note: ${shared} stays as it is for another domain of yours, ${one}.`)
    await command('remove', one, shared, '--yes')
    expect(sandbox.dns.values(shared, 'CNAME')).toEqual([])
  })

  it('of a provider that is not configured any more stays in the way, until it is left there', async () => {
    const name = 'gone.example.test'
    await command('add', name, '--target', EDGE, '--apply')
    onTestFinished(() => sandbox.dns.remove({ name, type: 'CNAME' }))
    env = Object.fromEntries(Object.entries(env).filter(([key]) => !key.startsWith('RFC2136_')))
    env = { ...env, DOMAINCTL_PROVIDER: 'manual' }
    const stuck = await command('remove', name, '--yes')
    expect(stuck.code).toBe(2)
    expect(stuck.stderr).toContain(`domainctl remove ${name} --abandon-records`)
    const left = await command('remove', name, '--yes', '--abandon-records')
    expect(left.code).toBe(0)
    expect(left.stdout).toContain(
      `note: CNAME ${name} "${EDGE}" in the zone example.test of the provider rfc2136 was left there.`,
    )
    expect(sandbox.dns.values(name, 'CNAME')).toEqual([EDGE])
  })

  it('what puts it back is told with the flags that choose the place', async () => {
    const name = 'chosen.example.test'
    standing(name)
    const { stdout } = await command('add', name, '--target', EDGE, '--apply', '--force', '--tenant', 'default')
    expect(stdout).toContain(`To put it back: domainctl add ${name} --unapply --tenant default\n`)
    await command('remove', name, '--yes')
  })

  it('waits again by the command that is told, if it waited', async () => {
    const argv = ['add', 'waits.example.test', '--target', EDGE, '--apply', '--force', '--timeout', '1s', '--tenant', 'acme']
    const { code, stdout } = await command(...argv)
    expect(code).toBe(3)
    expect(stdout).toContain('Next: domainctl add waits.example.test --apply --force --timeout 1s --tenant acme')
  })

  it('says that a wildcard is led nowhere, and which names are', async () => {
    const [alone, beside] = ['alone.example.test', 'beside.example.test']
    const wild = await command('add', `*.${alone}`, '--target', EDGE)
    expect(wild.code).toBe(0)
    expect(wild.stdout).toContain(
      `note: --target is not for *.${alone}: a wildcard gets no record that leads it anywhere. It is for no name of this domain.`,
    )
    const both = await command('add', beside, '--wildcard', '--address', '192.0.2.7', '--apply', '--json')
    expect(both.json()).toMatchObject({
      results: [{ ok: true, warnings: [expect.stringContaining(`It is for ${beside}.`)], records: [{ name: beside }] }],
    })
    expect((await command('add', 'plain.example.test', '--target', EDGE, '--json')).json()).toMatchObject({
      results: [{ warnings: [] }],
    })
    await command('remove', beside, '--yes')
  })

  it('by hand tells what to make', async () => {
    const { code, stdout } = await command('add', 'hand.example.test', '--target', EDGE, '--provider', 'manual', '--apply')
    expect(code).toBe(0)
    expect(stdout).toMatch(/by hand +CNAME[\s\S]*hand\.example\.test\. 300 IN CNAME edge\.example\.test\./)
  })

  it('takes many names, each for itself', async () => {
    standing('b.example.test')
    const ran = await command('add', 'a.example.test', 'b.example.test', '--target', EDGE, '--apply', '--json')
    expect(ran.code).toBe(7)
    expect(ran.json()).toMatchObject({
      results: [
        { name: 'a.example.test', ok: true, records: [{ outcome: 'made' }] },
        { name: 'b.example.test', ok: false, error: { code: 'RECORD_FOREIGN' } },
      ],
    })
    await command('remove', 'a.example.test', '--yes')
  })
})

describe('a command line that does not fit', () => {
  it.each([
    [['--force'], '--force was given without --apply'],
    [['--wait'], '--wait was given without --apply'],
    [['--timeout', '5s'], '--timeout was given without --apply'],
    [['--unapply', '--apply'], '--unapply was given together with other options'],
    [['--unapply', '--target', EDGE], '--unapply was given together with other options'],
    [['--unapply', '--force'], '--unapply was given together with other options'],
  ])('%j: 2, and nothing is added', async (flags, message) => {
    const { code, stderr } = await command('add', 'x.example.test', ...flags)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect((await command('show', 'x.example.test')).code).toBe(2)
  })

  it('--unapply of a name that is not there: 2', async () => {
    expect((await command('add', 'none.example.test', '--unapply', '--json')).json()).toMatchObject({
      results: [{ error: { code: 'DOMAIN_NOT_FOUND' }, next: [{ command: 'domainctl add none.example.test' }] }],
    })
  })
})
