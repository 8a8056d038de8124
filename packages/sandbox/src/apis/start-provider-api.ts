import { createServer } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { endingAtOnce, LOOPBACK, listen } from '../loopback.ts'
import { createApiFaults, type WrittenAnswer } from './faults.ts'
import type { ProviderApi } from './provider-api.ts'

/** Half a header and half a body wait so long. */
const PATIENCE_MS = 10_000

/** Clients come back on the connections that they have; idle ones cost little. */
const IDLE_MS = 60_000

/** A request as the routes of an API see it. */
export type ApiContext = Context<{ Bindings: HttpBindings }>

/** Carries a request out; what it throws is for {@link ApiRoutes.onError} of the API. */
export type ApiHandler = (context: ApiContext) => Response | Promise<Response>

/** Where an API says what it answers. */
export type ApiRoutes = Hono<{ Bindings: HttpBindings }>

/** Counts a request for an operation, lets it suffer what a fault has for it, and carries it out. */
export type Serving<Operation extends string> = (operation: Operation, handle: ApiHandler) => ApiHandler

/**
 * Starts the API of a provider on loopback, by plain HTTP.
 * @param o.operations what is counted, and can be struck by faults
 * @param o.routes adds the API's routes: `app.get(path, serving('listThings', (context) => context.json(…)))`, `app.onError`
 *   and `app.notFound`
 * @throws DomainctlError `USAGE` for what is no port; `SANDBOX_CANNOT_LISTEN`
 */
export async function startProviderApi<Operation extends string>(o: {
  operations: readonly Operation[]
  routes(app: ApiRoutes, serving: Serving<Operation>): void
  /** A free one when not given. */
  port?: number
}): Promise<ProviderApi<Operation> & { stop(): Promise<void> }> {
  const faults = createApiFaults(o.operations)
  const requests = Object.fromEntries(o.operations.map((operation) => [operation, 0])) as Record<Operation, number>
  const app: ApiRoutes = new Hono()
  o.routes(app, (operation, handle) => async (context) => {
    requests[operation] += 1
    const strike = faults.next(operation)
    if (!strike) return handle(context)
    const { answer } = strike
    if (answer === 'hang-up' || (typeof answer === 'object' && 'status' in answer)) {
      strike.count()
      return answer === 'hang-up' ? hangUp(context) : written(answer)
    }
    // Not before it is carried out: whoever waits for the hit takes what was asked for as done.
    if (answer === 'hang-up-after-write') {
      await carriedOut(handle, context)
      strike.count()
      return hangUp(context)
    }
    try {
      return await handle(context)
    } finally {
      strike.count()
      await answer.delay()
    }
  })

  const server = createServer({ headersTimeout: PATIENCE_MS, requestTimeout: PATIENCE_MS, keepAliveTimeout: IDLE_MS })
  server.on(
    'request',
    // Whoever runs a sandbox in a test keeps the Request and Response of the platform.
    getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false }),
  )
  const end = endingAtOnce(server)
  const port = await listen(server, o.port ?? 0)
  return { url: `http://${LOOPBACK}:${port}`, requests, addFault: faults.add, stop: end }
}

function hangUp({ env }: ApiContext): Response {
  env.incoming.socket.destroy()
  return RESPONSE_ALREADY_SENT
}

function written({ status, headers, body }: WrittenAnswer): Response {
  // The answers that have no body by their nature (RFC 9110 §6.4.1).
  if (body === undefined || status === 204 || status === 304) return new Response(null, { status, headers: { ...headers } })
  if (typeof body === 'string') return new Response(body, { status, headers: { ...headers } })
  return Response.json(body, { status, headers: { ...headers } })
}

/** Carries a request out whose client will not hear what became of it. */
async function carriedOut(handle: ApiHandler, context: ApiContext): Promise<void> {
  try {
    await handle(context)
  } catch {
    // A refusal, which nobody will hear either.
  }
}
