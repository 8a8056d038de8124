import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { account, newAccount, orders } from './accounts.ts'
import { type Answer, json, text } from './answer.ts'
import { authorization } from './authorizations.ts'
import type { CaContext } from './ca-context.ts'
import { alternateChain, certificate, revokeCert } from './certificates.ts'
import { challenge } from './challenges.ts'
import { describeDirectory } from './directory.ts'
import { post, read, respond } from './exchange.ts'
import type { Faults } from './faults.ts'
import { finalize } from './finalize.ts'
import { keyChange } from './key-change.ts'
import { countRequest } from './order-limits.ts'
import { newOrder, order } from './orders.ts'
import { malformed } from './payload.ts'
import { AcmeProblem } from './problem.ts'
import { renewalInfo } from './renewal-info.ts'
import type { Resource } from './settings.ts'
import type { AccountRequest, KeyRequest, SignedRequest } from './signed-request.ts'

type Route = Context<{ Bindings: HttpBindings }>

type Handler = (context: CaContext, request: SignedRequest) => Answer | Promise<Answer>

/** Of RFC 8555 §7.1: where each resource is, and who answers for it. */
const POSTS: readonly (readonly [Resource, path: string, Handler])[] = [
  ['newAccount', '/new-account', byKey(newAccount)],
  ['newOrder', '/new-order', byAccount(newOrder)],
  ['account', '/account/:id', byAccount(account)],
  ['orders', '/account/:id/orders', byAccount(orders)],
  ['order', '/order/:id', byAccount(order)],
  ['finalize', '/order/:id/finalize', byAccount(finalize)],
  ['authorization', '/authorization/:id', byAccount(authorization)],
  ['challenge', '/challenge/:id', byAccount(challenge)],
  ['certificate', '/certificate/:id', byAccount(certificate)],
  ['certificate', '/certificate/:id/:chain', byAccount(alternateChain)],
  ['revokeCert', '/revoke-cert', revokeCert],
  ['keyChange', '/key-change', byAccount(keyChange)],
]

/** What the CA answers at each path, and with each method. */
export function createRoutes(o: {
  context: CaContext
  faults: Faults
  requests: Record<Resource, number>
  caaIdentity: string
}): Hono<{ Bindings: HttpBindings }> {
  const { context, faults, requests } = o
  const { urls } = context
  const app = new Hono<{ Bindings: HttpBindings }>()

  function answering(outcomeOf: (route: Route) => ReturnType<typeof read>, more?: { isDirectory: boolean }) {
    return async (route: Route) => {
      await respond(context, route.env, outcomeOf(route), more)
      return RESPONSE_ALREADY_SENT
    }
  }

  function only(allow: string, resource?: Resource) {
    return answering(async ({ req }) => {
      if (resource) requests[resource] += 1
      // RFC 8555 §6.3.
      throw new AcmeProblem('malformed', 405, `The method ${req.method} is not allowed here.`, { headers: { allow } })
    })
  }

  function count(resource: Resource): void {
    requests[resource] += 1
    countRequest(context, resource)
  }

  function reading(resource: Resource, path: string, answerOf: (asked: { method: string; id: string }) => Answer): void {
    const isDirectory = resource === 'directory'
    const handler = answering(
      async ({ env: { incoming }, req }) => {
        count(resource)
        return read(resource, faults, incoming, () => answerOf({ method: incoming.method ?? 'GET', id: req.param('id') ?? '' }))
      },
      { isDirectory },
    )
    app.get(path, handler).all(only('GET, HEAD', resource))
  }

  reading('directory', '/directory', () => json(200, describeDirectory(context, o.caaIdentity)))
  reading('renewalInfo', '/renewal-info/:id', ({ id }) => renewalInfo(context, id))
  reading('newNonce', '/new-nonce', ({ method }) => ({
    status: method === 'HEAD' ? 200 : 204,
    headers: { 'replay-nonce': context.nonces.fresh() },
  }))
  for (const [resource, path, handle] of POSTS) {
    const handler = answering(async ({ env: { incoming }, req }) => {
      count(resource)
      return post({ context, faults, resource, id: idOf(req) }, incoming, (request) => handle(context, request))
    })
    app.post(path, handler).all(only('POST', resource))
  }
  app.get(
    '/terms',
    answering(async () => text('This CA is for tests. Nobody trusts it, and it promises nothing.')),
  )
  app.get(
    '/',
    answering(async () => text(`The CA of a domainctl sandbox. Its ACME directory: ${urls.directory}`)),
  )
  for (const path of ['/terms', '/']) app.all(path, only('GET, HEAD'))
  app.notFound(
    answering(async () => {
      throw malformed('There is nothing at this URL.', 404)
    }),
  )
  return app
}

/** That of a chain has its number behind it. */
function idOf(req: Route['req']): string {
  const chain = req.param('chain')
  return `${req.param('id') ?? ''}${chain === undefined ? '' : `/${chain}`}`
}

/** RFC 8555 §6.2: everything but a new account and a revocation names the account that signs. */
function byAccount(handle: (context: CaContext, request: AccountRequest) => Answer | Promise<Answer>): Handler {
  return (context, request) => {
    if (!('account' in request.signer)) throw malformed('This request has to be signed by an account, named by kid.')
    return handle(context, { ...request, account: request.signer.account })
  }
}

function byKey(handle: (context: CaContext, request: KeyRequest) => Answer): Handler {
  return (context, request) => {
    if (!('key' in request.signer)) throw malformed('This request has to show its key as jwk.')
    return handle(context, { ...request, key: request.signer.key })
  }
}
