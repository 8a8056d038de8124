import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DigAnswer, dig } from './dig.ts'
import { nsupdate } from './nsupdate.ts'
import { startDaemon, temporaryDirectory } from './servers/daemon.ts'
import { freePort } from './servers/port.ts'
import { unconfined } from './servers/unconfined.ts'
import { runTool } from './tool.ts'

// Servers and tools that others wrote judge the sandbox's name servers.

let sandbox: Sandbox
const resources = new AsyncDisposableStack()
let directory: string

beforeAll(async () => {
  sandbox = resources.use(
    await startSandbox({
      nameServers: 2,
      records: [
        { name: 'www.example.test', type: 'CNAME', value: 'edge.example.test' },
        { name: 'edge.example.test', type: 'A', value: '127.0.0.1' },
        { name: '*.wild.example.test', type: 'TXT', value: 'from the wildcard' },
        { name: 'deep.under.wild.example.test', type: 'A', value: '127.0.0.9' },
        { name: 'example.test', type: 'CAA', value: '0 issue "ca.sandbox.test"' },
        { name: 'example.test', type: 'MX', value: '10 mail.example.test' },
        { name: 'mail.example.test', type: 'A', value: '127.0.0.1' },
        { name: 'long.example.test', type: 'TXT', value: `${'x'.repeat(300)} "quoted" \\ end` },
        ...Array.from({ length: 60 }, (_, i) => ({
          name: 'many.example.test',
          type: 'TXT' as const,
          value: `value number ${i}, long enough to fill a packet`,
        })),
      ],
    }),
  )
  directory = await temporaryDirectory(resources)
})
afterAll(() => resources.disposeAsync())

const address = (server = 0) => sandbox.dns.servers[server]?.split(':')[0] ?? ''
const ask = (name: string, type: string, server = 0): Promise<DigAnswer> =>
  dig(name, type, { address: address(server), port: sandbox.dns.port, recursive: false })
const data = ({ answer }: DigAnswer) => answer.map((record) => record.data)
const updateKey = () => ({ ...sandbox.dns.tsigKey, key: sandbox.dns.tsigKey.name })
const update = (lines: readonly string[]) =>
  nsupdate([`server ${address()} ${sandbox.dns.port}`, 'zone example.test', ...lines], updateKey())
const kdig = (...args: string[]) => runTool(['kdig', `@${address()}`, '-p', String(sandbox.dns.port), ...args])

test('dig: authority, data, names that are not there, and what goes with each', async () => {
  const soa = await ask('example.test', 'SOA')
  expect(soa).toMatchObject({ status: 'NOERROR', answer: [{ name: 'example.test.', type: 'SOA' }] })
  expect(soa.flags).toContain('aa')
  expect(soa.flags).not.toContain('ra')
  const ns = await ask('example.test', 'NS')
  expect(data(ns).sort()).toEqual(['ns1.example.test.', 'ns2.example.test.'])
  expect(ns.additional.map((record) => record.data).sort()).toEqual(['127.0.0.1', '127.0.0.2'])
  expect(data(await ask('www.example.test', 'A'))).toEqual(['edge.example.test.', '127.0.0.1'])
  expect(data(await ask('example.test', 'CAA'))).toEqual(['0 issue "ca.sandbox.test"'])
  expect(data(await ask('example.test', 'MX'))).toEqual(['10 mail.example.test.'])
  expect(data(await ask('any.wild.example.test', 'TXT'))).toEqual(['"from the wildcard"'])
  expect(await ask('other.under.wild.example.test', 'TXT')).toMatchObject({ status: 'NXDOMAIN', answer: [] })
  expect(await ask('under.wild.example.test', 'TXT')).toMatchObject({ status: 'NOERROR', answer: [] })
  expect(data(await ask('long.example.test', 'TXT'))).toEqual([`"${'x'.repeat(255)}" "${'x'.repeat(45)} \\"quoted\\" \\\\ end"`])
  expect((await ask('WwW.ExAmPlE.tEsT', 'CNAME')).answer[0]?.name).toBe('WwW.ExAmPlE.tEsT.')
  for (const [name, status] of [
    ['nothing.example.test', 'NXDOMAIN'],
    ['edge.example.test', 'NOERROR'],
    ['nothing.invalid', 'NXDOMAIN'],
  ] as const) {
    const negative = await ask(name, 'AAAA')
    expect(negative, name).toMatchObject({ status, answer: [], authority: [{ type: 'SOA' }] })
  }
})

test('dig: what is too long for a packet comes by TCP', async () => {
  expect(data(await ask('many.example.test', 'TXT'))).toHaveLength(60)
  const cut = await runTool([
    'dig',
    `@${address()}`,
    '-p',
    String(sandbox.dns.port),
    '+ignore',
    '+norecurse',
    'many.example.test',
    'TXT',
  ])
  expect(cut.stdout).toMatch(/flags: qr aa tc/)
})

test('kdig: EDNS, versions of EDNS that are not there, signed questions', async () => {
  const { tsigKey } = sandbox.dns
  const plain = await kdig('+norec', '+edns=0', 'www.example.test', 'A')
  expect(plain.stdout).toMatch(/status: NOERROR/)
  expect(plain.stdout).toMatch(/EDNS PSEUDOSECTION:\n;; Version: 0; flags: .*; UDP size: 1232 B; ext-rcode: NOERROR/)
  expect((await kdig('+norec', '+edns=1', 'example.test', 'SOA')).stdout).toMatch(/ext-rcode: BADVERS/)
  const signed = await kdig('-y', `${tsigKey.algorithm}:${tsigKey.name}:${tsigKey.secret}`, '+norec', 'example.test', 'SOA')
  expect(signed.stdout).toMatch(/TSIG PSEUDOSECTION/)
  expect(`${signed.stdout}${signed.stderr}`).not.toMatch(/WARNING|ERROR:/)
  const wrong = await kdig('-y', `${tsigKey.algorithm}:${tsigKey.name}:${btoa('another secret')}`, 'example.test', 'SOA')
  expect(wrong.stdout + wrong.stderr).toMatch(/BADSIG/)
})

// kdig asks with a signature and reads the answer; dig verifies the signature of every message too.
test.each(['kdig', 'dig'])('%s: a signed transfer of several messages', async (tool) => {
  const { tsigKey } = sandbox.dns
  const hosts = Array.from({ length: 400 }, (_, i) => ({
    name: `host${i}.example.test`,
    type: 'TXT' as const,
    value: 'x'.repeat(100),
  }))
  const transfer = async (secret: string) => {
    const key = `${tsigKey.algorithm}:${tsigKey.name}:${secret}`
    const at = [`@${address()}`, '-p', String(sandbox.dns.port)]
    const { stdout, stderr } = await runTool([tool, ...at, '-y', key, 'example.test', 'AXFR'])
    return stdout + stderr
  }
  for (const record of hosts) sandbox.dns.add(record)
  try {
    const good = await transfer(tsigKey.secret)
    expect(good).not.toMatch(/WARNING|ERROR:|Couldn't/)
    expect(good.match(/\sIN\s+SOA\s/g)).toHaveLength(2)
    expect(good.match(/^host\d+\.example\.test\.\s/gm)).toHaveLength(400)
    expect(Number(good.match(/\sANY\s+TSIG\s/g)?.length)).toBeGreaterThan(1)
    const wrong = await transfer(btoa('another secret'))
    expect(wrong).toMatch(/BADSIG/)
    expect(wrong).not.toMatch(/host\d+/)
  } finally {
    for (const { name, type } of hosts) sandbox.dns.remove({ name, type })
  }
})

test('nsupdate: adds and removes by value, sees prerequisites, and is refused without a good key', async () => {
  await update(['update add up.example.test 60 TXT "one"', 'update add up.example.test 60 TXT "two words"'])
  expect(data(await ask('up.example.test', 'TXT')).sort()).toEqual(['"one"', '"two words"'])
  const serial = data(await ask('example.test', 'SOA'))
  await update(['prereq yxrrset up.example.test TXT', 'update delete up.example.test TXT "one"'])
  expect(data(await ask('up.example.test', 'TXT'))).toEqual(['"two words"'])
  expect(data(await ask('example.test', 'SOA'))).not.toEqual(serial)
  expect(data(await ask('up.example.test', 'TXT', 1))).toEqual(['"two words"'])

  await expect(update(['prereq nxdomain up.example.test', 'update add no.example.test 60 A 127.0.0.1'])).rejects.toThrow(
    /YXDOMAIN/,
  )
  await expect(update(['prereq yxdomain no.example.test', 'update add no.example.test 60 A 127.0.0.1'])).rejects.toThrow(
    /NXDOMAIN/,
  )
  await expect(update(['prereq nxrrset up.example.test TXT', 'update delete up.example.test'])).rejects.toThrow(/YXRRSET/)
  await expect(update(['update add elsewhere.invalid 60 A 127.0.0.1'])).rejects.toThrow(/NOTZONE/)
  const stranger = { name: 'stranger', algorithm: 'hmac-sha256', secret: btoa('0123456789abcdef0123456789abcdef') } as const
  const unknown = nsupdate([`server ${address()} ${sandbox.dns.port}`, 'update add no.example.test 60 A 127.0.0.1'], stranger)
  await expect(unknown).rejects.toThrow(/BADKEY|NOTAUTH/)
  expect(await ask('no.example.test', 'A')).toMatchObject({ status: 'NXDOMAIN' })
  await update(['update delete up.example.test'])
  expect(await ask('up.example.test', 'TXT')).toMatchObject({ status: 'NXDOMAIN' })
})

test.each(['.', 'test', 'example.test'])('named-checkzone has nothing against %s as it is transferred', async (zone) => {
  const transfer = await runTool([
    'dig',
    `@${address()}`,
    '-p',
    String(sandbox.dns.port),
    '+noall',
    '+answer',
    '+onesoa',
    zone,
    'AXFR',
  ])
  expect(transfer.stdout).toMatch(/\sSOA\s/)
  const file = join(directory, `${zone}zone`)
  await writeFile(file, transfer.stdout)
  const check = await runTool([
    'named-checkzone',
    '-i',
    'local',
    '-k',
    'fail',
    '-m',
    'fail',
    '-n',
    'fail',
    '-r',
    'fail',
    zone,
    file,
  ])
  expect(check, check.stdout).toMatchObject({ code: 0 })
  expect(check.stdout).not.toMatch(/warning|error/i)
})

test('Unbound resolves through it, from the root on', async () => {
  const port = await freePort(sandbox.dns.port)
  await writeFile(
    join(directory, 'unbound.conf'),
    `server:
  directory: "${directory}"
  chroot: ""
  username: ""
  use-syslog: no
  logfile: ""
  interface: 127.0.0.1@${port}
  do-ip6: no
  do-not-query-localhost: no
  local-zone: "test." nodefault
  module-config: "iterator"
  qname-minimisation: yes
  qname-minimisation-strict: yes
  use-caps-for-id: yes
stub-zone:
  name: "."
  stub-addr: 127.0.0.1@${sandbox.dns.port}
remote-control:
  control-enable: no
`,
  )
  const through = (name: string, type: string) => dig(name, type, { address: '127.0.0.1', port, recursive: true })
  const unbound = await startDaemon({
    name: 'unbound',
    command: await unconfined('/usr/sbin/unbound', directory),
    args: ['-d', '-p', '-c', 'unbound.conf'],
    directory,
    ready: async () => (await through('.', 'SOA')).status === 'NOERROR',
  })
  try {
    expect(data(await through('www.example.test', 'A'))).toEqual(['edge.example.test.', '127.0.0.1'])
    expect(data(await through('MiXed.wild.example.test', 'TXT'))).toEqual(['"from the wildcard"'])
    expect(data(await through('many.example.test', 'TXT'))).toHaveLength(60)
    expect(await through('nothing.example.test', 'A')).toMatchObject({ status: 'NXDOMAIN', authority: [{ type: 'SOA' }] })
    expect(await through('edge.example.test', 'AAAA')).toMatchObject({ status: 'NOERROR', answer: [] })
    expect(data(await through('example.test', 'CAA'))).toEqual(['0 issue "ca.sandbox.test"'])
  } finally {
    await unbound.stop()
  }
})

test('its own resolver answers like one', async () => {
  const [ip = '', port] = sandbox.dns.resolver.split(':')
  const through = (name: string, type: string) => dig(name, type, { address: ip, port: Number(port), recursive: true })
  const chain = await through('www.example.test', 'A')
  expect(data(chain)).toEqual(['edge.example.test.', '127.0.0.1'])
  expect(chain.flags).toContain('ra')
  expect(chain.flags).not.toContain('aa')
  expect(await through('nothing.example.test', 'A')).toMatchObject({ status: 'NXDOMAIN', authority: [{ type: 'SOA' }] })
})
