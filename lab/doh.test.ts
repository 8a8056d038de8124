import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { systemClock, systemRandom } from '@domainctl/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDns } from '../packages/core/src/dns/dns.ts'
import { HttpsResolver } from '../packages/core/src/dns/doh.ts'
import { requireNamespace } from './enter.ts'
import { startBind } from './servers/bind.ts'
import { startDaemon, temporaryDirectory } from './servers/daemon.ts'
import { freePort } from './servers/port.ts'
import { startResolver } from './servers/resolver.ts'
import { makeServerCertificate, type ServerCertificate } from './servers/server-certificate.ts'
import { unconfined } from './servers/unconfined.ts'
import { addresses, answersFor } from './servers/zones.ts'

// Resolvers over HTTPS that others wrote: Unbound, which resolves, and BIND, which here answers from a zone of its own.

const signal = new AbortController().signal
const clock = systemClock()
const resources = new AsyncDisposableStack()
let port: number
let unbound: string
let bind: string

beforeAll(async () => {
  await requireNamespace(Object.values(addresses))
  const directory = await temporaryDirectory(resources)
  const certificate = await makeServerCertificate(directory)
  setDefaultCACertificates([...getCACertificates('default'), await readFile(certificate.rootFile, 'utf8')])
  port = await freePort()
  const unboundPort = await freePort(port)
  const nameServers = await startBind({ port, keys: [] })
  resources.defer(() => nameServers.stop())
  const resolver = await startResolver(port, { port: unboundPort, certificate })
  resources.defer(() => resolver.stop())
  unbound = `https://${addresses.resolver}:${unboundPort}/dns-query`
  bind = await startBindOverHttps(directory, certificate)
})
afterAll(() => resources.disposeAsync())

describe.each([
  ['Unbound', () => unbound, 'ns1.example.test'],
  ['BIND', () => bind, 'ns.bind.test'],
])('%s', (_, url, name) => {
  const ask = (type: 'A' | 'TXT') => new HttpsResolver(new URL(url()), clock).ask({ name, type }, signal)

  test('answers over HTTPS', async () => {
    expect(await ask('A')).toMatchObject({
      rcode: 'NOERROR',
      answers: [{ name, type: 'A', value: expect.stringMatching(/^127/) }],
    })
    expect(await ask('TXT')).toMatchObject({ rcode: 'NOERROR', answers: [], authorities: [{ type: 'SOA' }] })
  })

  test('answers many questions over one connection, and names what does not exist', async () => {
    const resolver = new HttpsResolver(new URL(url()), clock)
    const names = Array.from({ length: 300 }, (_, i) => `n${i}.${name}`)
    const replies = await Promise.all(names.map((each) => resolver.ask({ name: each, type: 'TXT' }, signal)))
    expect(new Set(replies.map((reply) => ('failure' in reply ? reply.reason : reply.rcode)))).toEqual(new Set(['NXDOMAIN']))
  })

  test('at another path there is nothing', async () => {
    const elsewhere = new HttpsResolver(new URL('/elsewhere', url()), clock)
    expect(await elsewhere.ask({ name, type: 'A' }, signal)).toEqual({ failure: 'broken', reason: 'HTTP status 404' })
  })
})

test('a zone is found and its records are seen with a resolver over HTTPS alone', async () => {
  const options = { allowPrivate: true, authoritativePort: port, mode: 'recursive', clock, random: systemRandom() } as const
  const dns = createDns({ ...options, resolvers: [unbound] })
  const { apex, servers } = await dns.zoneOf('www.example.test', { signal })
  expect(apex).toBe('example.test')
  expect(servers.map(({ address }) => address).sort()).toEqual([addresses.primary, addresses.secondary])
  const { answers } = await dns.observe('example.test', 'NS', { signal })
  expect(answers.map(({ outcome }) => outcome)).toEqual(['answer', 'answer'])
  const [said] = await dns.askResolvers('ns2.example.test', 'A', { signal })
  expect(said).toMatchObject({ resolver: unbound, outcome: 'answer', values: [addresses.secondary] })
})

async function startBindOverHttps(directory: string, certificate: ServerCertificate): Promise<string> {
  const [https, plain] = [await freePort(port), await freePort(port)]
  const zone = '@ 60 IN SOA ns hostmaster 1 1 1 86400 1\n@ 60 IN NS ns\nns 60 IN A 127.0.0.40\n'
  await writeFile(join(directory, 'bind.test.zone'), zone)
  await writeFile(
    join(directory, 'https.conf'),
    `
controls { };
tls lab { cert-file "${certificate.certificateFile}"; key-file "${certificate.keyFile}"; };
http lab { endpoints { "/dns-query"; }; };
options {
  directory ".";
  listen-on port ${https} tls lab http lab { 127.0.0.1; };
  listen-on port ${plain} { 127.0.0.1; };
  listen-on-v6 { none; };
  pid-file none;
  lock-file none;
  session-keyfile "https-session.key";
  managed-keys-directory ".";
  dnssec-validation no;
  empty-zones-enable no;
  recursion no;
};
zone "bind.test" { type primary; file "bind.test.zone"; };
`,
  )
  const named = await startDaemon({
    name: 'named-https',
    command: await unconfined('/usr/sbin/named', directory),
    args: ['-g', '-n', '1', '-c', 'https.conf'],
    directory,
    ready: () => answersFor('127.0.0.1', plain, ['bind.test']),
  })
  resources.defer(() => named.stop())
  return `https://localhost:${https}/dns-query`
}
