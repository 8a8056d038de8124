import type { AddressTrace } from '../contracts/dns.ts'
import type { CallOptions } from '../contracts/dns-provider.ts'
import type { ProbeRequest } from '../contracts/http-probe.ts'
import type { Clock } from '../contracts/runtime.ts'
import type { HttpSighting } from '../domain/diagnosis/http.ts'
import { printable } from '../domain/printable.ts'
import { DomainctlError } from '../errors.ts'
import { type Answer, exchange } from './exchange.ts'
import { isRedirect, portOf, redirect, shown } from './redirect.ts'

export interface JourneyOptions extends CallOptions {
  clock: Clock
  port: number
  /** As what an address must not be connected to; undefined where it may. */
  refusal(address: string): string | undefined
  /** Whether what is at an address may be seen by anybody. */
  isPublic(address: string): boolean
  trace(name: string, o: CallOptions): Promise<Pick<AddressTrace, 'addresses'>>
}

type Seen = Omit<HttpSighting, 'address'>

/** What is asked for first: plain HTTP, since there may be no certificate yet. */
export function firstUrl({ name, path }: ProbeRequest, { port }: { port: number }): URL {
  return new URL(`http://${name}${port === 80 ? '' : `:${port}`}${path}`)
}

/** Asks one address of a name, and goes where it redirects to. */
export async function follow(address: string, request: ProbeRequest, o: JourneyOptions): Promise<Seen> {
  const { name, asCa = false } = request
  const before = [firstUrl(request, o)]
  const redirects: string[] = []
  for (let at = address; ; ) {
    const url = before.at(-1)
    if (!url) throw new Error('nothing is asked for')
    // Before every connection, since a name can show one address now and another a moment later.
    const refusal = o.refusal(at)
    if (refusal !== undefined) return { outcome: 'private', redirects, why: notAsked(at, address, refusal) }
    const after = redirects.length === 0 ? '' : `after a redirect to ${shown(url)} `
    const asked = { url, host: url.hostname, address: at, port: portOf(url), wantsBody: request.token !== undefined }
    const answer = await exchange(asked, o)
    const seen = { finalUrl: url.href, redirects }
    if ('fault' in answer) {
      // It answered over HTTP, and that is all that is asked for without a token: the certificate is still to come.
      const isEnough = answer.outcome === 'tls' && request.token === undefined
      return { ...seen, outcome: isEnough ? 'ok' : answer.outcome, why: after + answer.fault }
    }
    const told = { ...seen, status: answer.status, ...(answer.server !== undefined && { server: answer.server }) }
    if (!isRedirect(answer.status)) return { ...told, ...judged(answer, request, { after, isPublic: o.isPublic(at) }) }
    const next = redirect(answer.location, { name, status: answer.status, before, port: o.port, asCa })
    if (next.to) redirects.push(shown(next.to))
    if ('refused' in next) return { ...told, outcome: 'redirect', why: `${after}the answer is ${next.refused}` }
    before.push(next.to)
    const there = await addressFor(next.to.hostname, address, request, o)
    if (there === undefined)
      return { ...told, outcome: 'redirect', why: `the answer is a redirect to ${shown(next.to)}, which has no address` }
    at = there
  }
}

/** The name is asked where it was; its twin there as well where it has that address, else at one of its own. */
async function addressFor(host: string, address: string, { name }: ProbeRequest, o: JourneyOptions): Promise<string | undefined> {
  if (host === name || host === `${name}.`) return address
  try {
    const { addresses } = await o.trace(host, { signal: o.signal })
    return addresses.includes(address) ? address : addresses[0]
  } catch (thrown) {
    // What the DNS says, or that the time is over.
    if (thrown instanceof DomainctlError || o.signal.aborted) return undefined
    throw thrown
  }
}

/** An answer that is no redirect. */
function judged(
  answer: Answer,
  { token, asCa = false }: ProbeRequest,
  { after, isPublic }: { after: string; isPublic: boolean },
): Pick<Seen, 'outcome' | 'why'> {
  const { status, body } = answer
  const why = `${after}the answer is ${answer.shown}`
  if (token === undefined) {
    // 421: not here for this name (RFC 9110 §15.5.20). From 500: there is nothing behind it, or it is broken.
    return { outcome: status < 500 && status !== 421 ? 'ok' : 'status', why }
  }
  if (status !== 200) return { outcome: 'status', why }
  const wanted = asCa ? 'the key authorization' : 'the token'
  if (body === null || body === undefined) return { outcome: 'token', why: `${why} with more than 64 KB in place of ${wanted}` }
  const text = asCa ? body.trimEnd() : body.trim()
  if (text === token) return { outcome: 'ok', why: `${why} with ${wanted}` }
  // What a network shows to itself alone is not to be seen by whoever made the name lead there.
  const instead = text === '' ? 'nothing' : isPublic ? printable(text) : 'something else'
  return { outcome: 'token', why: `${why} with ${instead} in place of ${wanted}` }
}

function notAsked(at: string, address: string, refusal: string): string {
  return at === address ? `nothing was asked: it is ${refusal}` : `a redirect leads to ${at}, which is ${refusal}`
}
