import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startDaemon, temporaryDirectory } from './daemon.ts'
import { freePort } from './port.ts'
import { unconfined } from './unconfined.ts'

/** A PowerDNS Authoritative Server without any zone. */
export interface PowerDns {
  /** Of its web server, without `/api`. */
  readonly url: string
  readonly apiKey: string
  readonly pid: number
  /** Makes a zone with its name servers, and records that are in it from the start. */
  createZone(
    apex: string,
    o: { nameServers: readonly string[]; records?: readonly PowerDnsRecord[]; kind?: string },
  ): Promise<void>
  /** Contents as the API has them, in the format of zone files. */
  contents(apex: string, name: string, type: string): Promise<string[]>
  /** What it wrote so far. */
  log(): Promise<string>
  stop(): Promise<void>
}

/** The content as in a zone file. */
export interface PowerDnsRecord {
  name: string
  type: string
  content: string
}

/** Starts one that answers questions at these addresses, each `ip:port`. It is asked without the provider that it judges. */
export async function startPowerDns(listening: readonly string[]): Promise<PowerDns> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  const port = await freePort()
  const apiKey = randomBytes(24).toString('base64url')
  const url = `http://127.0.0.1:${port}`
  await writeFile(join(directory, 'pdns.conf'), configuration(listening, port, apiKey), { mode: 0o600 })
  const server = `${url}/api/v1/servers/localhost`
  const headers = { 'x-api-key': apiKey }
  const daemon = await startDaemon({
    name: 'pdns_server',
    command: await unconfined('/usr/sbin/pdns_server', directory),
    args: ['--config-dir=.'],
    directory,
    ready: async () => (await fetch(server, { headers })).ok,
  })
  starting.defer(() => daemon.stop())

  const running = starting.move()
  return {
    url,
    apiKey,
    pid: daemon.pid,
    async createZone(apex, { nameServers, records = [], kind = 'Native' }) {
      const rrsets = records.map(({ name, type, content }) => ({ name: `${name}.`, type, ttl: 60, records: [{ content }] }))
      const zone = { name: `${apex}.`, kind, nameservers: nameServers.map((name) => `${name}.`), rrsets }
      const answer = await fetch(`${server}/zones`, { method: 'POST', headers, body: JSON.stringify(zone) })
      if (!answer.ok) throw new Error(`PowerDNS made no zone ${apex}: ${await answer.text()}`)
    },
    async contents(apex, name, type) {
      const answer = await fetch(`${server}/zones/${apex}.`, { headers })
      const { rrsets } = (await answer.json()) as { rrsets: { name: string; type: string; records: { content: string }[] }[] }
      const set = rrsets.find((one) => one.name === `${name}.` && one.type === type)
      return set?.records.map(({ content }) => content) ?? []
    },
    log: () => daemon.log(),
    stop: () => running.disposeAsync(),
  }
}

// No cache, so that what is written is served at once; nothing is shared with a PowerDNS of the system, and nothing asks the
// Internet whether this version is a safe one.
const configuration = (listening: readonly string[], port: number, apiKey: string) => `
launch=lmdb
lmdb-filename=./pdns.lmdb
lmdb-shards=1
local-address=${listening.join(', ')}
socket-dir=.
daemon=no
guardian=no
security-poll-suffix=
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
zone-cache-refresh-interval=0
default-soa-content=ns1.@ hostmaster.@ 1 60 60 86400 1
api=yes
api-key=${apiKey}
webserver=yes
webserver-address=127.0.0.1
webserver-port=${port}
`
