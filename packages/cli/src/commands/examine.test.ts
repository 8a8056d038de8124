import { beforeEach, describe, expect, it } from 'vitest'
import { runIn, temporaryFolder } from '../command.test.support.ts'

let folder = ''
beforeEach(async () => {
  folder = await temporaryFolder()
})

/** A resolver that is not there: every check fails at once, without the network. */
const nowhere = ['--resolver', '127.0.0.1:1', '--allow-private']

describe('verify', () => {
  it('fits into 80 columns without a terminal that tells its width, and without colour', async () => {
    await runIn(folder, ['add', 'shop.example.com', '--target', 'edge.hosting.net'])
    const env = { COLUMNS: '80', NO_COLOR: '1' }
    const { code, stdout } = await runIn(folder, ['verify', 'shop.example.com', ...nowhere], { env })
    expect(code).toBe(3)
    expect(stdout).toMatch(/^shop\.example\.com \(pending_dns\)\n[\s\S]*\nWhat to fix\n\n1\. /)
    // Nothing looks by itself: the next command does.
    expect(stdout).not.toContain('The next look')
    expect(stdout).toContain('Next: domainctl verify shop.example.com --wait')
    expect(stdout).not.toContain('\u001b')
    const lines = stdout.split('\n').filter((line) => !line.startsWith('Next: '))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  it('gives an overview of several names, then the details of those that are not right', async () => {
    await runIn(folder, ['add', 'a.example', 'b.example', '--target', 'edge.hosting.net'])
    await runIn(folder, ['add', 'c.example', '--ownership', 'none'])
    const { code, stdout, stderr } = await runIn(folder, ['verify', 'a.example', 'b.example', 'none.example', '-q', ...nowhere])
    expect(code).toBe(7)
    expect(stdout).toMatch(/^ +NAME +STATUS +RIGHT +FOUND\n✖ +a\.example +pending_dns +0 of \d +DNS_UNREACHABLE\n✖ +b\.example/)
    expect(stdout).toMatch(/\n✖ +none\.example +- +- +DOMAIN_NOT_FOUND\n\na\.example \(pending_dns\)\n/)
    expect(stdout.match(/What to fix/g)).toHaveLength(2)
    expect(stderr).toMatch(/checks of a\.example are not right[\s\S]*checks of b\.example are not right[\s\S]*none\.example/)
  })

  it('tells the details of 20 names at most', async () => {
    const names = Array.from({ length: 23 }, (_, i) => `n${i}.example`)
    await runIn(folder, ['add', ...names])
    const { stdout, stderr } = await runIn(folder, ['verify', '--all', ...nowhere])
    expect(stdout.match(/What to fix/g)).toHaveLength(20)
    expect(stdout.match(/^✖ +n\d+\.example/gm)).toHaveLength(23)
    expect(stdout).toContain('… and 3 more: domainctl verify NAME has the details of one, --json those of all.')
    expect(stderr).toContain('0 done, 23 failed')
  })

  it('says while it waits how the checks stand, and nothing twice', async () => {
    await runIn(folder, ['add', 'a.example'])
    const { code, stderr } = await runIn(folder, ['verify', 'a.example', '--timeout', '1s', ...nowhere])
    expect(code).toBe(3)
    expect(stderr.match(/^a\.example: waiting for DNS$/gm)).toHaveLength(1)
    expect(stderr.match(/^a\.example: ✖ ownership TXT _domainctl\.a\.example: DNS_UNREACHABLE$/gm)).toHaveLength(1)
  })
})

describe('doctor', () => {
  it('looks at a name that is not in the state, as the options describe it, and keeps nothing', async () => {
    const argv = ['doctor', 'shop.example.com', '--target', 'edge.hosting.net', ...nowhere]
    const { code, stdout, stderr } = await runIn(folder, argv)
    expect(code).toBe(3)
    expect(stdout).toMatch(/^shop\.example\.com \(not in the state\)\n[\s\S]*CNAME shop\.example\.com[\s\S]*What to fix/)
    expect(stdout).toContain('Next: domainctl doctor shop.example.com --target edge.hosting.net --resolver ')
    expect(stderr).toMatch(/✖ \d of \d checks of shop\.example\.com are not right\.\n/)
    expect((await runIn(folder, ['list', '--json'])).json()).toMatchObject({ domains: [] })
  })

  it('repeats how the name is to be proven', async () => {
    const { stdout } = await runIn(folder, ['doctor', 'shop.example.com', '--challenge', 'http-01', ...nowhere])
    expect(stdout).toContain('Next: domainctl doctor shop.example.com --challenge http-01 --resolver ')
  })

  it('changes nothing of a domain that is there', async () => {
    await runIn(folder, ['add', 'a.example'])
    const before = (await runIn(folder, ['show', 'a.example', '--json'])).json()
    const { code, json } = await runIn(folder, ['doctor', 'a.example', '--json', ...nowhere])
    expect(code).toBe(3)
    expect(json()).toMatchObject({
      results: [
        { name: 'a.example', ok: false, domain: { status: 'pending_dns' }, error: { code: 'DNS_NOT_READY' }, checks: [{}, {}] },
      ],
    })
    expect((await runIn(folder, ['show', 'a.example', '--json'])).json()).toEqual(before)
  })

  it('refuses what is no name: 2', async () => {
    const { code, json } = await runIn(folder, ['doctor', 'co.uk', '--json'])
    expect(code).toBe(2)
    expect(json()).toMatchObject({ results: [{ ok: false, domain: null, error: { code: 'NAME_INVALID' } }] })
  })
})

describe('records', () => {
  beforeEach(async () => {
    await runIn(folder, ['add', 'a.example', '--target', 'edge.hosting.net'])
  })

  it('--format terraform is a configuration, with the zone to be told where it was not found', async () => {
    const { code, stdout } = await runIn(folder, ['records', 'a.example', '--format', 'terraform', ...nowhere])
    // The records are known, and how they stand is not.
    expect(code).toBe(3)
    expect(stdout).toMatch(/^# DNS records for a\.example\nterraform \{\n[\s\S]*variable "zone_of_a_example"/)
    expect(stdout).toMatch(/resource "dns_txt_record_set" "ownership_domainctl_a_example" \{/)
  })

  it('says that nobody could be asked, beside the records that are known', async () => {
    const { code, stdout, stderr } = await runIn(folder, ['records', 'a.example', ...nowhere])
    expect(code).toBe(3)
    expect(stdout).toContain('edge.hosting.net')
    expect(stdout + stderr).toContain('nobody in the DNS could be asked')
    const { json } = await runIn(folder, ['records', 'a.example', '--json', ...nowhere])
    expect(json()).toMatchObject({ results: [{ ok: false, error: { code: 'DNS_UNREACHABLE' }, records: [{}, {}] }] })
  })

  it('--format json is what --json prints', async () => {
    const [format, json] = await Promise.all([
      runIn(folder, ['records', 'a.example', '--format', 'json', ...nowhere]),
      runIn(folder, ['records', 'a.example', '--json', ...nowhere]),
    ])
    expect(format.stdout).toBe(json.stdout)
  })
})
