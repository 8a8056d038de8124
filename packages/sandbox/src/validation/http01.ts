import { isIP } from 'node:net'
import type { Clock } from '@domainctl/core'
import { AcmeProblem } from '../acme/problem.ts'
import type { Http01Claim } from '../acme/validation.ts'
import { quoted } from './dns01-printable.ts'
import { type Addresses, addressesOf } from './http01-addresses.ts'
import { type Fetched, FetchFailure, fetchAt } from './http01-request.ts'
import type { Lookup } from './stub-client.ts'

/** As Let's Encrypt follows (https://letsencrypt.org/docs/challenge-types/#http-01-challenge). */
const MOST_REDIRECTS = 10
/** No 303 (Baseline Requirements §3.2.2.4.19). */
const REDIRECTS: readonly number[] = [301, 302, 307, 308]
/** For a connection, and again for the answer. */
const PATIENCE_MS = 10_000
/** A key authorization has 87 characters; some white space may follow. */
const MOST_BYTES = 128

const HOST = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** What is asked, and whom. */
interface View {
  readonly lookup: Lookup
  readonly clock: Pick<Clock, 'sleep'>
  /** The name server that says where the web server is. */
  readonly server: string
}

/**
 * Checks that the web server of a name shows the key authorization (RFC 8555 §8.3), where one name server says that it is.
 * @throws AcmeProblem `unauthorized`, `connection`, `tls`, `dns`; LookupFailure; the signal's reason
 */
export async function checkHttp(view: View, claim: Http01Claim, signal: AbortSignal): Promise<void> {
  const { name, token, keyAuthorization, ports } = claim
  let url = new URL(`http://${name}/.well-known/acme-challenge/${token}`)
  const seen = new Set<string>()
  for (let redirects = 0; ; redirects += 1) {
    const addresses = await addressesOf(view.lookup, { server: view.server, name: url.hostname }, signal)
    const { answer, address } = await fetchFrom(view, { url, addresses, ports, isFirst: redirects === 0 }, signal)
    const where = `${url.href} [${address}]`
    if (REDIRECTS.includes(answer.status) && answer.location !== undefined) {
      seen.add(url.href)
      if (redirects === MOST_REDIRECTS) throw connection(`Fetching ${where}: More than ${MOST_REDIRECTS} redirects`)
      url = redirectTarget(url, answer.location, ports)
      if (seen.has(url.href)) throw connection(`Fetching ${where}: Redirect loop detected`)
      continue
    }
    if (answer.status !== 200) throw unauthorized(`Invalid response from ${where}: ${answer.status}`)
    // RFC 8555 §8.3: white space at the end is ignored.
    if (answer.body?.replace(/[\t\n\r ]+$/, '') === keyAuthorization) return
    const got = answer.body === undefined ? `more than ${MOST_BYTES} bytes` : quoted(answer.body)
    throw unauthorized(
      `The answer of ${where} is not the key authorization of this challenge: expected "${keyAuthorization}", got ${got}`,
    )
  }
}

/**
 * By IPv6 where there is an address, and by IPv4 when no connection came about; that on the first request alone
 * (https://letsencrypt.org/docs/ipv6-support/).
 */
async function fetchFrom(
  { clock }: View,
  {
    url,
    addresses: { v6, v4 },
    ports,
    isFirst,
  }: { url: URL; addresses: Addresses; ports: Http01Claim['ports']; isFirst: boolean },
  signal: AbortSignal,
): Promise<{ answer: Fetched; address: string }> {
  const [preferred] = [...v6, ...v4]
  const [fallback] = isFirst && v6.length > 0 ? v4 : []
  const port = portOf(url, ports)
  // Where another port stands for 80, that is this machine's affair: the server is asked as if it were 80.
  const common = { url, host: url.host, port, clock, patienceMs: PATIENCE_MS, mostBytes: MOST_BYTES }
  for (const address of [preferred, fallback]) {
    if (address === undefined) continue
    try {
      return { answer: await fetchAt({ ...common, address }, signal), address }
    } catch (thrown) {
      if (!(thrown instanceof FetchFailure)) throw thrown
      if (thrown.before === 'connection' && address !== fallback && fallback !== undefined) continue
      throw new AcmeProblem(
        thrown.before === 'tls' ? 'tls' : 'connection',
        400,
        `Fetching ${url.href} [${address}]: ${thrown.message}`,
      )
    }
  }
  throw new AcmeProblem('dns', 400, `DNS problem: no address found for ${url.hostname}`)
}

/** Where a redirect leads, to a name, and to ports that public CAs go to. */
function redirectTarget(from: URL, location: string, ports: Http01Claim['ports']): URL {
  const fail = (why: string) => connection(`Fetching ${from.href}: Invalid redirect to ${quoted(location)}: ${why}`)
  if (!URL.canParse(location, from)) throw fail('it is no URL')
  const url = new URL(location, from)
  url.hash = ''
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw fail('only http and https are supported')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) throw fail('only domain names are supported, not IP addresses')
  if (!HOST.test(host)) throw fail('its host is no domain name')
  const port = Number(url.port || defaultPort(url))
  if (![80, 443, ports.http, ports.https].includes(port)) throw fail(`only ports 80 and 443 are supported, not ${port}`)
  return url
}

/** What stands for the port of a URL on this machine. */
function portOf(url: URL, ports: Http01Claim['ports']): number {
  const port = Number(url.port || defaultPort(url))
  if (port === 80) return ports.http
  return port === 443 ? ports.https : port
}

function defaultPort({ protocol }: URL): number {
  return protocol === 'https:' ? 443 : 80
}

function connection(detail: string): AcmeProblem {
  return new AcmeProblem('connection', 400, detail)
}

function unauthorized(detail: string): AcmeProblem {
  return new AcmeProblem('unauthorized', 403, detail)
}
