import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseDig } from './dig.ts'
import { type Lab, startLab } from './lab.ts'
import { LabError } from './servers/daemon.ts'
import { countRequests } from './servers/pebble.ts'

describe.each(['bind', 'knot'] as const)('the lab by %s', (dns) => {
  let lab: Lab
  beforeAll(async () => {
    lab = await startLab({ dns })
  })
  afterAll(() => lab.stop())

  test('every server answers with authority for its own zones, and the parent delegates', async () => {
    const { parent, primary, secondary, validationSecondary } = lab.addresses
    for (const [server, zone] of [
      [parent, '.'],
      [parent, 'test'],
      [primary, 'example.test'],
      [secondary, 'example.test'],
      [primary, 'validation.test'],
      [validationSecondary, 'validation.test'],
    ] as const) {
      const soa = await lab.dig(zone, 'SOA', server)
      expect(soa, `${zone} at ${server}`).toMatchObject({ status: 'NOERROR', answer: [{ type: 'SOA' }] })
      expect(soa.flags).toContain('aa')
    }
    expect((await lab.dig('validation.test', 'SOA', secondary)).status).toBe('REFUSED')

    const referral = await lab.dig('www.example.test', 'A', parent)
    expect(referral.answer).toEqual([])
    expect(referral.flags).not.toContain('aa')
    expect(referral.authority.map(({ data }) => data).sort()).toEqual(['ns1.example.test.', 'ns2.example.test.'])
    expect(referral.additional.map(({ data }) => data).sort()).toEqual([primary, secondary])
  })

  test('an update is seen at the primary, at the secondary and through the resolver', async () => {
    const name = '_acme-challenge.example.test'
    const seen = async (server?: string) => (await lab.dig(name, 'TXT', server)).answer.map(({ data }) => data)
    expect(await seen()).toEqual([])
    await lab.nsupdate([`update add ${name} 60 TXT "one"`])
    expect(await seen(lab.addresses.primary)).toEqual(['"one"'])
    await vi.waitFor(async () => expect(await seen(lab.addresses.secondary)).toEqual(['"one"']), { timeout: 10_000 })
    expect(await seen()).toEqual(['"one"'])

    await lab.nsupdate([`update delete ${name} 60 TXT "one"`], lab.rfc2136.keys[1])
    await vi.waitFor(async () => expect(await seen(lab.addresses.secondary)).toEqual([]), { timeout: 10_000 })
    expect(await seen()).toEqual([])
  })

  test('the resolver follows a CNAME into the other zone', async () => {
    await lab.nsupdate(['update add _acme-challenge.a.example.test 60 CNAME a1b2.validation.test'])
    await lab.nsupdate(['zone validation.test', 'update add a1b2.validation.test 60 TXT "two"'])
    const answer = async () =>
      (await lab.dig('_acme-challenge.a.example.test', 'TXT')).answer.map(({ type, data }) => [type, data])
    await vi.waitFor(
      async () =>
        expect(await answer()).toEqual([
          ['CNAME', 'a1b2.validation.test.'],
          ['TXT', '"two"'],
        ]),
      { timeout: 10_000 },
    )
    await vi.waitFor(
      async () => {
        expect((await lab.dig('a1b2.validation.test', 'TXT', lab.addresses.validationSecondary)).answer).toHaveLength(1)
      },
      { timeout: 10_000 },
    )
  })

  test('an update that is not signed by a known key is refused, and the error does not tell a secret', async () => {
    const [key] = lab.rfc2136.keys
    const forged = { ...key, secret: Buffer.alloc(32, 1).toString('base64') }
    const refused = lab.nsupdate(['update add b.example.test 60 A 127.0.0.1'], forged)
    await expect(refused).rejects.toThrow(/BADSIG|bad signature|not verified/i)
    const error: unknown = await refused.catch((reason: unknown) => reason)
    expect(inspect(error)).not.toContain(forged.secret)
    expect((await lab.dig('b.example.test', 'A', lab.addresses.primary)).status).toBe('NXDOMAIN')
  })

  test('the resolver keeps nothing: a name that was not there a moment ago is found', async () => {
    const { primary, secondary } = lab.addresses
    const rounds = dns === 'bind' ? 5 : 2
    for (let round = 0; round < rounds; round++) {
      const name = `_acme-challenge.fresh${round}.example.test`
      expect((await lab.dig(name, 'CNAME')).status).toBe('NXDOMAIN')
      await lab.nsupdate([`update add ${name} 60 TXT "here"`])
      for (const server of [primary, secondary])
        await vi.waitFor(async () => expect((await lab.dig(name, 'TXT', server)).answer).toHaveLength(1), { timeout: 10_000 })
      expect((await lab.dig(name, 'TXT')).answer).toHaveLength(1)
    }
  })

  test('the CA is reached with its root, counts requests, and issues under another one', async () => {
    const before = (await lab.requests())['GET /dir'] ?? 0
    const directory = JSON.parse(await fetchTrusting(lab.ca, await readFile(lab.caRoot, 'utf8')))
    expect(directory.newOrder).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/order-plz$/)
    expect(Object.keys(directory.meta.profiles)).toEqual(['default'])
    expect((await lab.requests())['GET /dir']).toBe(before + 1)
    const issuer = await readFile(lab.issuerRoot, 'utf8')
    expect(issuer).toContain('BEGIN CERTIFICATE')
    await expect(fetchTrusting(lab.ca, issuer)).rejects.toThrow(/certificate|signature/)
  })
})

test('a lab that is stopped leaves no process and no file', async () => {
  const mine = async () => (await readdir(tmpdir())).filter((entry) => entry.startsWith('domainctl-lab-')).sort()
  const before = await mine()
  const lab = await startLab()
  expect(lab.pids.length).toBeGreaterThanOrEqual(3)
  for (const pid of lab.pids) expect(existsSync(`/proc/${pid}`)).toBe(true)
  expect((await mine()).length).toBeGreaterThan(before.length)
  await lab.stop()
  for (const pid of lab.pids) expect(existsSync(`/proc/${pid}`)).toBe(false)
  expect(await mine()).toEqual(before)
})

test('a second lab in the same namespace is refused', async () => {
  const lab = await startLab()
  await expect(startLab({ dns: 'knot' })).rejects.toThrow(/port 53 of 127\.0\.0\.10 is taken/)
  await lab.stop()
})

test('a server that ended by itself is told when the lab is stopped, and the rest is stopped all the same', async () => {
  const lab = await startLab()
  process.kill(lab.pebble.pid, 'SIGKILL')
  await vi.waitFor(() => expect(existsSync(`/proc/${lab.pebble.pid}`)).toBe(false))
  await expect(lab.stop()).rejects.toThrow(/pebble had ended by itself \(SIGKILL\)/)
  for (const pid of lab.pids) expect(existsSync(`/proc/${pid}`)).toBe(false)
})

test('what dig did not answer is no answer', () => {
  expect(() => parseDig(';; connection timed out; no servers could be reached')).toThrow(LabError)
})

test('only lines of handled requests are counted', () => {
  const log = 'Pebble 2026/11/20 10:00:00 POST /order-plz -> calling handler()\nPebble 2026/11/20 10:00:00 Pulled a task\n'
  expect(countRequests(`${log}${log}`)).toEqual({ 'POST /order-plz': 2 })
})

async function fetchTrusting(url: string, ca: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    get(url, { ca, headers: { 'user-agent': 'lab-test' }, agent: false }, (response) => text(response).then(resolve, reject)).on(
      'error',
      reject,
    )
  })
}
