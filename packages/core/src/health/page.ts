import { isIP, type Socket } from 'node:net'
import type { CallOptions } from '../contracts/dns-provider.ts'
import type { ExpectedAnswer, HealthTarget } from '../contracts/health-probe.ts'
import type { Clock } from '../contracts/runtime.ts'
import { judgePage } from '../domain/health/answer.ts'
import type { HealthFinding } from '../domain/health/measurement.ts'
import { connect } from './connect.ts'
import { secure } from './handshake.ts'
import type { NoAnswer, PageAnswer } from './page-answer.ts'
import { hostOf, isRedirect, redirectTo, shown } from './redirect.ts'
import { ask } from './request.ts'
import type { TrustedRoots } from './roots.ts'
import { isFor } from './sent-certificates.ts'

/** What a visit to an address goes by. */
export interface VisitOptions {
  clock: Clock
  roots: TrustedRoots
  httpPort: number
  httpsPort: number
  /** As what an address must not be connected to; undefined where it may. */
  refusal(address: string): string | undefined
  /** Where another host is, when a redirect leads there. */
  addressesOf(name: string, o: CallOptions): Promise<readonly string[]>
}

/** What came of asking for the page. */
export interface PageVisit {
  fault?: HealthFinding
  /** Of the last answer. */
  status?: number
  redirects: string[]
}

/** Any page will do. */
const ANY_PAGE: ExpectedAnswer = { path: '/' }

/** Asks for the page over the connection that stands, and goes where it redirects to. */
export async function visitPage(
  { name, port, page = ANY_PAGE }: HealthTarget,
  first: { address: string; socket: Socket },
  o: VisitOptions & CallOptions,
): Promise<PageVisit> {
  const before = [new URL(`https://${name}${port === undefined ? '' : `:${port}`}${page.path}`)]
  const redirects: string[] = []
  const ports = [80, 443, o.httpPort, o.httpsPort, ...(port === undefined ? [] : [port])]
  let open: Opened = { socket: first.socket }
  for (;;) {
    const url = before.at(-1)
    if (!url) throw new Error('nothing is asked for')
    if ('fault' in open) return { fault: open.fault, redirects }
    const text = page.text === undefined ? {} : { text: page.text }
    const answer: PageAnswer | NoAnswer = await ask(open.socket, { host: url.host, path: url.pathname + url.search, ...text })
    if ('broken' in answer) return { fault: unanswered(answer, redirects.length > 0 ? url : undefined), redirects }
    const { status } = answer
    if (!isRedirect(status) || page.status?.includes(status)) {
      const fault = judgePage(answer, page)
      return { status, redirects, ...(fault && { fault }) }
    }
    const next = redirectTo(answer.location, { before, ports })
    if (next.to) redirects.push(shown(next.to))
    if ('fault' in next) return { status, redirects, fault: next.fault }
    before.push(next.to)
    open = await openAt(next.to, { name, address: first.address }, o)
  }
}

function unanswered({ broken, why }: NoAnswer, url: URL | undefined): HealthFinding {
  if (url) return { code: 'HTTP_REDIRECT_BROKEN', why: `after a redirect to ${shown(url)}: ${why}` }
  return { code: broken === 'off' ? 'HTTP_BROKEN_OFF' : 'HTTP_NOT_SPOKEN', why }
}

type Opened = { socket: Socket } | { fault: HealthFinding }

/** A connection to where a redirect leads, with TLS that a browser would take. */
async function openAt(url: URL, from: { name: string; address: string }, o: VisitOptions & CallOptions): Promise<Opened> {
  const broken = (why: string): Opened => ({
    fault: { code: 'HTTP_REDIRECT_BROKEN', why: `there is a redirect to ${shown(url)}: ${why}` },
  })
  const host = hostOf(url)
  const address = await addressOf(host, from, o)
  if (address === undefined) return broken('it has no address')
  // Before every connection, since whoever answers for a name could otherwise have any host asked.
  const refusal = o.refusal(address)
  if (refusal !== undefined) {
    const why = `there is a redirect to ${shown(url)}, at ${address}, ${refusal}`
    return { fault: { code: 'HTTP_REDIRECT_PRIVATE', why } }
  }
  const isSecure = url.protocol === 'https:'
  const port = url.port === '' ? (isSecure ? o.httpsPort : o.httpPort) : Number(url.port)
  const again = () => connect({ address, port }, o)
  const connected = await again()
  if ('unknown' in connected) return broken(connected.unknown)
  if ('fault' in connected) return broken(connected.fault.why)
  if (!isSecure) return connected
  const secured = await secure(connected.socket, { name: isIP(host) === 0 ? host : '', roots: o.roots, again })
  if ('fault' in secured) return broken(secured.fault.why)
  const { own } = secured
  const isGood = own !== undefined && secured.isTrusted && (isIP(host) === 0 ? isFor(own, host) : own.checkIP(host) !== undefined)
  if (isGood) return secured
  secured.socket.destroy()
  return broken('no browser takes its certificate')
}

/** The name is asked where it was; another host there as well where it has that address, else at one of its own. */
async function addressOf(
  host: string,
  { name, address }: { name: string; address: string },
  o: VisitOptions & CallOptions,
): Promise<string | undefined> {
  if (host === name) return address
  if (isIP(host) !== 0) return host
  const addresses = await o.addressesOf(host, o)
  return addresses.includes(address) ? address : addresses[0]
}
