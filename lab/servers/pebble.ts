import { readFile, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { LabError, startDaemon, temporaryDirectory } from './daemon.ts'
import { freePort } from './port.ts'
import { makeServerCertificate, type ServerCertificate } from './server-certificate.ts'

/** Where `scripts/lab-install.sh` puts Pebble. */
export const pebbleFile = fileURLToPath(new URL('../../.lab/bin/pebble', import.meta.url))

export interface PebbleProfile {
  description: string
  /** Lifetime of a certificate in seconds. */
  validityPeriod: number
}

export interface PebbleOptions {
  /** Another Pebble than the pinned one: the bench needs an old one for a rival. */
  program?: string
  /** `ip:port` of the resolver that it validates with. */
  dnsServer: string
  /** Percentage of good nonces that are refused; 20 when not given. */
  nonceReject?: number
  /** Chains that it offers besides its own for each certificate (RFC 8555 section 7.4.2); 0 when not given. */
  alternateRoots?: number
  /** It takes every challenge for met without a look: for what it costs without one. */
  alwaysValid?: boolean
  /** Percentage of identifiers for which a valid authorization is used again; 0 when not given. */
  authzReuse?: number
  /**
   * `Retry-After` in seconds of a pending authorization and a processing order, sent as a number or a date by the
   * toss of a coin; 0 (when not given) leaves the header out. One second is the least that it can ask for, which is
   * ten times what the whole issuance takes here, so a client that obeys is held up unless there is none.
   */
  retryAfter?: { authz: number; order: number }
  /** When not given, one profile `default`: with several, Pebble picks one at random for an order that names none. */
  profiles?: Readonly<Record<string, PebbleProfile>>
  /** Lifetime of a certificate of the one profile, in seconds; 90 days when not given. */
  validityPeriod?: number
  /**
   * Orders of an account on a page of their list (RFC 8555 section 7.1.2.1); 3 when not given, so that a reader has to follow
   * `Link: rel="next"`.
   */
  ordersPerPage?: number
}

/** What a CA has done, by its own account. */
export interface PebbleBooks {
  /** Ids of the orders; the last part of their URLs. */
  orders: string[]
  /** Each certificate: its serial (lowercase hex) and its order. */
  certificates: { serial: string; order: string }[]
}

export interface Pebble {
  readonly pid: number
  readonly directoryUrl: string
  /** The certificate of its API, which the fault proxy uses too; `rootFile` is what clients must trust. */
  readonly tls: ServerCertificate
  /** The port at which it looks for HTTP-01 responses. */
  readonly httpPort: number
  /** The root under which it issues, as PEM. A new one at every start. */
  issuerRoot(): Promise<string>
  /** The root of the n-th of the other chains, from 1 on, as PEM. */
  alternateRoot(n: number): Promise<string>
  /** Makes it answer this, as it stands, when it is asked for a certificate's renewal information (RFC 9773). */
  setRenewalInfo(certificate: string, info: object): Promise<void>
  /** How often each resource was asked, for example `{ 'POST /order-plz': 2, 'POST /authZ/': 4 }`. */
  requests(): Promise<Record<string, number>>
  /** What it has taken on and issued so far. */
  books(): Promise<PebbleBooks>
  stop(): Promise<void>
}

/** Starts Pebble, a CA that validates for real and forgets everything when it ends. */
export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  await using starting = new AsyncDisposableStack()
  const directory = await temporaryDirectory(starting)
  const tls = await makeServerCertificate(directory)
  const port = await freePort()
  const managementPort = await freePort(port)
  const httpPort = await freePort(port, managementPort)
  const tlsPort = await freePort(port, managementPort, httpPort)
  const directoryUrl = `https://127.0.0.1:${port}/dir`
  const root = await readFile(tls.rootFile, 'utf8')
  await writeFile(
    join(directory, 'pebble.json'),
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: `127.0.0.1:${managementPort}`,
        certificate: tls.certificateFile,
        privateKey: tls.keyFile,
        httpPort,
        tlsPort,
        keyAlgorithm: 'ecdsa',
        retryAfter: options.retryAfter ?? { authz: 0, order: 0 },
        profiles: options.profiles ?? {
          default: { description: 'The only profile', validityPeriod: options.validityPeriod ?? 90 * 86_400 },
        },
      },
    }),
  )
  const pebble = await startDaemon({
    name: 'pebble',
    command: options.program ?? pebbleFile,
    args: ['-config', 'pebble.json', '-dnsserver', options.dnsServer],
    directory,
    env: {
      PEBBLE_VA_NOSLEEP: '1',
      ...(options.alwaysValid && { PEBBLE_VA_ALWAYS_VALID: '1' }),
      PEBBLE_WFE_NONCEREJECT: String(options.nonceReject ?? 20),
      PEBBLE_AUTHZREUSE: String(options.authzReuse ?? 0),
      PEBBLE_ALTERNATE_ROOTS: String(options.alternateRoots ?? 0),
      PEBBLE_WFE_ORDERS_PER_PAGE: String(options.ordersPerPage ?? 3),
    },
    ready: async () => (await fetchText(directoryUrl, root)) !== '',
  })
  starting.defer(() => pebble.stop())
  const running = starting.move()
  return {
    pid: pebble.pid,
    directoryUrl,
    tls,
    httpPort,
    issuerRoot: () => fetchText(`https://127.0.0.1:${managementPort}/roots/0`, root),
    alternateRoot: (n) => fetchText(`https://127.0.0.1:${managementPort}/roots/${n}`, root),
    async setRenewalInfo(certificate, info) {
      const url = `https://127.0.0.1:${managementPort}/set-renewal-info/`
      await postText(url, root, JSON.stringify({ Certificate: certificate, ARIResponse: JSON.stringify(info) }))
    },
    requests: async () => countRequests(await pebble.log()),
    books: async () => readBooks(await pebble.log()),
    stop: () => running.disposeAsync(),
  }
}

/** Counts the lines `Pebble <date> POST /order-plz -> calling handler()`. */
export function countRequests(log: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [, resource] of log.matchAll(/ ([A-Z]+ \/\S*) -> calling handler\(\)/g))
    if (resource !== undefined) counts[resource] = (counts[resource] ?? 0) + 1
  return counts
}

/** Reads `Added order "ID" to the db` and `Issued certificate serial SERIAL for order ID`. */
export function readBooks(log: string): PebbleBooks {
  return {
    orders: [...log.matchAll(/ Added order "([^"]+)" to the db/g)].map(([, id = '']) => id),
    certificates: [...log.matchAll(/ Issued certificate serial ([0-9a-f]+) for order (\S+)/g)].map(
      ([, serial = '', order = '']) => ({
        serial,
        order,
      }),
    ),
  }
}

function fetchText(url: string, root: string): Promise<string> {
  return exchange(url, root, 'GET')
}

function postText(url: string, root: string, body: string): Promise<string> {
  return exchange(url, root, 'POST', body)
}

async function exchange(url: string, root: string, method: 'GET' | 'POST', body?: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const sent = request(
    url,
    { method, agent: new Agent({ ca: root }), headers: { 'user-agent': 'domainctl-lab' }, timeout: 5_000 },
    (response) => {
      if (response.statusCode === 200) text(response).then(resolve, reject)
      else reject(new LabError(`${url} answered ${response.statusCode}`))
    },
  )
  sent.on('timeout', () => sent.destroy(new LabError(`${url} did not answer within 5 s`)))
  sent.on('error', reject)
  sent.end(body)
  return await promise
}
