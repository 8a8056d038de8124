import type { SandboxRuntime } from '../../runtime.ts'
import { type ApiContext, startProviderApi } from '../start-provider-api.ts'
import type { ZoneBook } from '../zone-book.ts'
import { createDomains } from './domains.ts'
import { GODADDY_OPERATIONS, type GoDaddyApi, type GoDaddyCredentials, type GoDaddyOperation } from './godaddy-api.ts'
import { readJson } from './json-body.ts'
import { checkAccess, createKeys, type Key } from './keys.ts'
import { getDomain, getRecords, listDomains } from './listings.ts'
import { addRecords, deleteRecords, replaceRecords, replaceType } from './record-changes.ts'
import { readPlace, readRecords } from './record-input.ts'
import { FAULT_ANSWERS, GoDaddyRefusal, invalidBody, notFound, refusalAnswer, sandboxRefuses } from './refusal.ts'
import { createRequestLimit } from './request-limit.ts'

/**
 * Starts the API: version 1 of the Domains API, with JSON (https://developer.godaddy.com/doc/endpoint/domains).
 * @throws DomainctlError `USAGE` for what is no port; `SANDBOX_CANNOT_LISTEN`
 */
export async function startGoDaddyApi(o: {
  book: ZoneBook
  /** A key that may do everything. */
  credentials: GoDaddyCredentials
  runtime: SandboxRuntime
  /** A free one when not given. */
  port?: number
}): Promise<GoDaddyApi & { stop(): Promise<void> }> {
  const { book, runtime } = o
  const domains = createDomains(book)
  const keys = createKeys(o.credentials, runtime)
  const limit = createRequestLimit(runtime)

  /** Whoever asks is known, has not asked too often, and may: then the answer. */
  function answering(operation: GoDaddyOperation, answer: (context: ApiContext, key: Key) => Response | Promise<Response>) {
    return (context: ApiContext) => {
      const key = keys.read(context.req.header('authorization'))
      limit.count(key.apiKey, operation)
      checkAccess(key, operation, context.req.param('name') !== undefined)
      if (context.req.header('x-shopper-id') !== undefined) throw sandboxRefuses('The sandbox has no customers of resellers.')
      return answer(context, key)
    }
  }

  const { url, requests, addFault, stop } = await startProviderApi<GoDaddyOperation>({
    operations: GODADDY_OPERATIONS,
    ...(o.port !== undefined && { port: o.port }),
    routes(app, serving) {
      const doing = (operation: GoDaddyOperation, answer: Parameters<typeof answering>[1]) =>
        serving(operation, answering(operation, answer))
      const zoneAsked = ({ req }: ApiContext, { policy }: Key) => domains.zoneOf(policy, req.param('domain') ?? '')

      app.get(
        '/v1/domains',
        doing('listDomains', ({ req }, { policy }) => Response.json(listDomains(domains.of(policy), req.queries()))),
      )
      app.get(
        '/v1/domains/:domain',
        doing('getDomain', ({ req }, { policy }) =>
          Response.json(getDomain(domains.get(policy, req.param('domain') ?? ''), req.queries())),
        ),
      )
      const records = '/v1/domains/:domain/records'
      const reading = doing('getRecords', (context, key) => {
        const { req } = context
        const [type, name] = [req.param('type'), req.param('name')]
        const place = { ...(type !== undefined && { type }), ...(name !== undefined && { name }) }
        return Response.json(getRecords(book, zoneAsked(context, key), place, req.queries()))
      })
      for (const path of ['', '/:type', '/:type/', '/:type/:name']) app.get(records + path, reading)
      app.patch(
        records,
        doing('addRecords', async (context, key) => {
          const body = await readJson(context)
          const apex = zoneAsked(context, key)
          addRecords(book, apex, readRecords(apex, body))
          return new Response(null, { status: 200 })
        }),
      )
      app.put(
        `${records}/:type/:name`,
        doing('replaceRecords', async (context, key) => {
          const body = await readJson(context)
          const apex = zoneAsked(context, key)
          const { type = '', name = '' } = context.req.param() as { type?: string; name?: string }
          replaceRecords(book, apex, readPlace(apex, type, name), readRecords(apex, body, { type, name }))
          return new Response(null, { status: 200 })
        }),
      )
      const replacingType = doing('replaceType', async (context, key) => {
        const body = await readJson(context)
        const apex = zoneAsked(context, key)
        const asked = context.req.param('type') ?? ''
        // The name servers of the domain are among those of its type.
        const { type } = readPlace(apex, asked, '@')
        replaceType(book, apex, type, readRecords(apex, body, { type: asked }))
        return new Response(null, { status: 200 })
      })
      // Whoever puts records to no name (https://github.com/kubernetes-sigs/external-dns/issues/4226) has to say one in each.
      for (const path of ['/:type', '/:type/']) app.put(records + path, replacingType)
      app.delete(
        `${records}/:type/:name`,
        doing('deleteRecords', (context, key) => {
          const apex = zoneAsked(context, key)
          // The documentation leaves NS and SOA out of the types that can be deleted.
          if (['NS', 'SOA'].includes(context.req.param('type') ?? '')) throw invalidBody()
          deleteRecords(book, apex, readPlace(apex, context.req.param('type'), context.req.param('name')))
          return new Response(null, { status: 204 })
        }),
      )
      app.notFound(() => refused(notFound()))
      app.onError(refused)
    },
  })

  return {
    url,
    requests,
    addFault,
    stop,
    options: { ...o.credentials, baseUrl: url },
    answers: FAULT_ANSWERS,
    get requestLimit() {
      return limit.most
    },
    set requestLimit(most) {
      limit.most = most
    },
    addKey: keys.add,
    addDomain: ({ name, status = 'ACTIVE' }) => domains.add(name, status),
    setStatus: domains.setStatus,
  }
}

/** What is refused, and what goes wrong here. */
function refused(error: unknown): Response {
  const isKnown = error instanceof GoDaddyRefusal
  const { status, headers, body } = refusalAnswer(
    isKnown ? error : new GoDaddyRefusal(500, 'INTERNAL_SERVER_ERROR', 'The GoDaddy of the sandbox has failed.'),
  )
  return Response.json(body, { status, headers: { ...headers } })
}
