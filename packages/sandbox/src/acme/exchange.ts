import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { Strike } from '../fault-list.ts'
import { type Answer, faultAnswer, problemAnswer } from './answer.ts'
import { readBody } from './body.ts'
import type { CaContext } from './ca-context.ts'
import type { Faults } from './faults.ts'
import { malformed } from './payload.ts'
import { AcmeProblem, asProblem } from './problem.ts'
import type { Fault, Resource } from './settings.ts'
import { authenticate, type SignedRequest } from './signed-request.ts'

/** What becomes of a request: an answer, or an end of the connection without one. */
type Outcome = Answer | 'hang-up'

/**
 * Carries a GET out.
 * @throws AcmeProblem
 */
export async function read(
  resource: Resource,
  faults: Faults,
  incoming: IncomingMessage,
  answer: () => Answer,
): Promise<Outcome> {
  requireUserAgent(incoming)
  return withFault(faults.next(resource), answer)
}

/**
 * Carries a signed POST out (RFC 8555 §6.2). Faults count those that a good CA would serve: they strike after the checks
 * of signature, nonce and URL.
 * @throws AcmeProblem
 */
export async function post(
  { context, faults, resource, id }: { context: CaContext; faults: Faults; resource: Resource; id: string },
  incoming: IncomingMessage,
  handle: (request: SignedRequest) => Answer | Promise<Answer>,
): Promise<Outcome> {
  requireUserAgent(incoming)
  if (incoming.headers['content-type'] !== 'application/jose+json')
    throw malformed('The Content-Type has to be application/jose+json.', 415)
  const body = await readBody(incoming)
  if (!body) return 'hang-up'
  const url = urlOf(context, incoming)
  const signed = await authenticate(context, body, url)
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '')
  return withFault(faults.next(resource), () => handle({ ...signed, url, id, query }))
}

/** Writes what became of a request to its connection, after the delay that is set. */
export async function respond(
  context: CaContext,
  { incoming, outgoing }: HttpBindings,
  outcome: Promise<Outcome>,
  { isDirectory = false }: { isDirectory?: boolean } = {},
): Promise<void> {
  try {
    const answer = await outcome.catch(refusal)
    if (context.settings.delayMs > 0) await context.runtime.clock.sleep(context.settings.delayMs, context.stopping)
    if (answer === 'hang-up') incoming.socket.destroy()
    else write(outgoing as ServerResponse, answer, commonHeaders(context, incoming, answer, isDirectory))
  } catch {
    // The CA stops, or a fault has a header that cannot be written: there is no answer to give.
    incoming.socket.destroy()
  }
}

async function withFault(
  strike: Strike<Fault['answer']> | undefined,
  carryOut: () => Answer | Promise<Answer>,
): Promise<Outcome> {
  if (strike === undefined) return carryOut()
  const { answer: fault } = strike
  if (typeof fault === 'object' && 'status' in fault) {
    strike.count()
    return faultAnswer(fault)
  }
  try {
    const answer = await carryOut()
    if (fault === 'cut-off') return { ...answer, ...(answer.body !== undefined && { body: cutOff(answer.body) }) }
    if (fault !== 'hang-up') return answer
  } catch (thrown) {
    if (fault !== 'hang-up' || !(thrown instanceof AcmeProblem)) throw thrown
  } finally {
    // Not before: whoever waits for the hit takes what was asked for as done.
    strike.count()
    if (typeof fault === 'object') await fault.until()
  }
  return 'hang-up'
}

function cutOff(body: string): string {
  return body.slice(0, body.length / 2)
}

function refusal(thrown: unknown): Answer {
  const { document, headers } = asProblem(thrown, 'The CA has failed.')
  return problemAnswer(document, headers)
}

/** RFC 8555 §6.1. */
function requireUserAgent({ headers }: IncomingMessage): void {
  if (!headers['user-agent']) throw malformed('The request has to have a User-Agent.')
}

/**
 * What the url of the JWS has to be (RFC 8555 §6.4). A request may name its whole URL (RFC 9112 §3.2.2), but no other server's:
 * what was signed for that one is not for this.
 * @throws AcmeProblem `unauthorized`
 */
function urlOf({ urls }: CaContext, { url = '' }: IncomingMessage): string {
  if (url.startsWith('/')) return urls.base + url
  if (!url.startsWith(`${urls.base}/`)) throw new AcmeProblem('unauthorized', 401, 'The request is for another server.')
  return url
}

function commonHeaders(
  context: CaContext,
  incoming: IncomingMessage,
  { links = [] }: Answer,
  isDirectory: boolean,
): OutgoingHttpHeaders {
  const allLinks = isDirectory ? links : [`<${context.urls.directory}>;rel="index"`, ...links]
  return {
    'cache-control': 'no-store',
    ...(allLinks.length > 0 && { link: [...allLinks] }),
    // RFC 8555 §6.5: refusals too, so that a badNonce can be followed by another try.
    ...(incoming.method === 'POST' && { 'replay-nonce': context.nonces.fresh() }),
  }
}

function write(outgoing: ServerResponse, { status, headers, body }: Answer, common: OutgoingHttpHeaders): void {
  if (outgoing.destroyed) return
  const length = status === 204 ? {} : { 'content-length': body === undefined ? 0 : Buffer.byteLength(body) }
  outgoing.writeHead(status, { ...common, ...headers, ...length })
  // As text, because Node writes that together with the headers.
  outgoing.end(body)
}
