import type { SandboxRuntime } from '../../runtime.ts'
import { type ApiContext, startProviderApi } from '../start-provider-api.ts'
import type { ZoneBook } from '../zone-book.ts'
import {
  CLOUDFLARE_OPERATIONS,
  type CloudflareApi,
  type CloudflareCredentials,
  type CloudflareOperation,
} from './cloudflare-api.ts'
import { type CloudflareZone, createCloudflareZones, zoneJson } from './cloudflare-zones.ts'
import { isId, newId } from './ids.ts'
import { listRecords, listZones } from './listings.ts'
import { carryOut, changesOf, type RecordChanges } from './record-changes.ts'
import type { RecordBody } from './record-input.ts'
import { createRecordQuota, quotaExceeded } from './record-quota.ts'
import { CloudflareRefusal, FAULT_ANSWERS, failed, notHere, refusalBody, unroutable } from './refusal.ts'
import { bodyOf } from './request-body.ts'
import { createRequestLimit } from './request-limit.ts'
import {
  createTokens,
  mayNotList,
  mayNotSeeZone,
  mayNotTouchRecords,
  maySee,
  permissionsOf,
  type Token,
  verified,
} from './tokens.ts'
import { recordJson, type ZoneRecord } from './zone-record.ts'

/** Where the API is, by its version. */
const BASE = '/client/v4'

/** A successful answer: what stands in it beside `success`, `errors` and `messages`. */
interface Answer {
  readonly result: unknown
  readonly result_info?: object
  readonly messages?: readonly object[]
}

/**
 * Starts the API v4, JSON (https://developers.cloudflare.com/api/), as a user sees it whose zones cost nothing.
 * @throws DomainctlError `USAGE` for what is no port; `SANDBOX_CANNOT_LISTEN`
 */
export async function startCloudflareApi(o: {
  book: ZoneBook
  /** A token that may do everything. */
  credentials: CloudflareCredentials
  runtime: SandboxRuntime
  /** A free one when not given. */
  port?: number
}): Promise<CloudflareApi & { stop(): Promise<void> }> {
  const { book, runtime } = o
  const zones = createCloudflareZones(book, runtime)
  const tokens = createTokens(o.credentials, runtime)
  const limit = createRequestLimit(runtime)
  const quota = createRecordQuota()

  /** Whoever asks is known, and not too often: then the answer. */
  function answering(answerOf: (context: ApiContext, token: Token) => Answer | Promise<Answer>, tokenOf = tokens.of) {
    return async (context: ApiContext): Promise<Response> => {
      const token = tokenOf(context.req.raw.headers)
      const headers = limit.count()
      const { result, result_info, messages = [] } = await answerOf(context, token)
      const body = { result, success: true, errors: [], messages, ...(result_info && { result_info }) }
      return answer(200, body, headers)
    }
  }

  function answer(status: number, body: object, headers: Readonly<Record<string, string>>): Response {
    // Cloudflare's support asks for the ray.
    return Response.json(body, { status, headers: { ...headers, 'cf-ray': `${newId(runtime).slice(0, 16)}-BOX` } })
  }

  function refusedWith(error: unknown): Response {
    const known = error instanceof CloudflareRefusal ? error : failed()
    return answer(known.status, refusalBody(known.errors), known.headers)
  }

  /** @throws CloudflareRefusal `forbid()` when there is no such zone for the token: nobody learns of zones of others */
  function zoneAsked({ req }: ApiContext, token: Token, forbid: () => CloudflareRefusal): CloudflareZone {
    const id = idIn(req.param('zone'), req.path)
    const zone = zones.all().find((one) => one.id === id)
    if (!zone || !maySee(token, zone, zones.accountId)) throw forbid()
    return zone
  }

  function list({ req }: ApiContext, token: Token): Answer {
    const query = (name: string) => req.query(name)
    const visible = zones.all().filter((zone) => maySee(token, zone, zones.accountId))
    const name = query('name')?.toLowerCase()
    if (token.scope.zones && !visible.some((zone) => zone.name === name)) throw mayNotList(token)
    const { page, info } = listZones(visible, Object.keys(req.query()), query)
    return { result: page.map((zone) => zoneJson(zone, permissionsOf(token))), result_info: info }
  }

  function listOf(zone: CloudflareZone, { req }: ApiContext): Answer {
    const { page, info } = listRecords(zone.records.read(), Object.keys(req.query()), (name) => req.query(name))
    return { result: page.map(recordJson), result_info: info }
  }

  /** Makes changes of a zone, all or none. */
  async function changing(
    context: ApiContext,
    token: Token,
    change: (changes: RecordChanges, body: RecordBody, id: string) => unknown,
  ): Promise<Answer> {
    const zone = zoneAsked(context, token, mayNotTouchRecords)
    if (token.scope.dns === 'read') throw mayNotTouchRecords()
    const { req } = context
    const id = req.param('record') === undefined ? '' : idIn(req.param('record'), req.path)
    const body = req.method === 'DELETE' ? {} : await bodyOf(context)
    // Nobody writes between here and the end: nothing is waited for.
    const before = zone.records.read()
    const changes = changesOf(before, zone.name, runtime)
    const result = change(changes, body, id)
    if (changes.records.length > Math.max(before.length, quota.records)) throw quotaExceeded()
    if (!zone.records.replace(changes.records)) throw notHere('records that its name servers cannot serve')
    return { result }
  }

  const { url, requests, addFault, stop } = await startProviderApi<CloudflareOperation>({
    operations: CLOUDFLARE_OPERATIONS,
    ...(o.port !== undefined && { port: o.port }),
    routes(app, serving) {
      const on = (
        method: string,
        path: string,
        operation: CloudflareOperation,
        answerOf: (context: ApiContext, token: Token) => Answer | Promise<Answer>,
      ) => app.on(method, BASE + path, serving(operation, answering(answerOf)))
      const records = '/zones/:zone/dns_records'

      const verifying = (path: string, owner: 'user' | 'account') =>
        app.get(
          BASE + path,
          serving(
            'verifyToken',
            answering((context, token) => {
              const account = context.req.param('account')
              if (account !== undefined && idIn(account, context.req.path) !== zones.accountId) throw mayNotSeeZone()
              return verified(token, owner, runtime.clock.now())
            }, tokens.known),
          ),
        )
      verifying('/user/tokens/verify', 'user')
      verifying('/accounts/:account/tokens/verify', 'account')
      on('GET', '/zones', 'listZones', list)
      on('GET', '/zones/:zone', 'getZone', (context, token) => ({
        result: zoneJson(zoneAsked(context, token, mayNotSeeZone), permissionsOf(token)),
      }))
      on('GET', records, 'listRecords', (context, token) => listOf(zoneAsked(context, token, mayNotTouchRecords), context))
      on('GET', `${records}/:record`, 'getRecord', (context, token) => {
        const zone = zoneAsked(context, token, mayNotTouchRecords)
        const id = idIn(context.req.param('record'), context.req.path)
        return { result: recordJson(changesOf(zone.records.read(), zone.name, runtime).get(id)) }
      })
      on('POST', records, 'createRecord', (context, token) =>
        changing(context, token, (changes, body) => recordJson(changes.create(body))),
      )
      on('POST', `${records}/batch`, 'batchRecords', (context, token) =>
        changing(context, token, (changes, body) => batchJson(carryOut(body, changes))),
      )
      on('PUT', `${records}/:record`, 'updateRecord', (context, token) =>
        changing(context, token, (changes, body, id) => recordJson(changes.update(id, body))),
      )
      on('PATCH', `${records}/:record`, 'editRecord', (context, token) =>
        changing(context, token, (changes, body, id) => recordJson(changes.edit(id, body))),
      )
      on('DELETE', `${records}/:record`, 'deleteRecord', (context, token) =>
        changing(context, token, (changes, _, id) => ({ id: changes.remove(id).id })),
      )
      app.notFound(({ req }) => refusedWith(unroutable(req.path)))
      app.onError(refusedWith)
    },
  })

  return {
    url,
    requests,
    addFault,
    stop,
    options: { ...o.credentials, baseUrl: url + BASE },
    answers: FAULT_ANSWERS,
    get requestLimit() {
      return limit.requests
    },
    set requestLimit(value) {
      limit.requests = value
    },
    get recordLimit() {
      return quota.records
    },
    set recordLimit(value) {
      quota.records = value
    },
    addToken: tokens.add,
    revokeToken: tokens.revoke,
    addZone(name) {
      const { id, account } = zones.addUnserved(name)
      return { id, accountId: account.id }
    },
    zoneId: (apex) => zones.all().find(({ name, status }) => name === apex && status === 'active')?.id,
    accountId: zones.accountId,
  }
}

function batchJson(lists: Readonly<Record<string, readonly ZoneRecord[]>>): object {
  return Object.fromEntries(Object.entries(lists).map(([list, records]) => [list, records.map(recordJson)]))
}

function idIn(text: string | undefined, path: string): string {
  if (text !== undefined && isId(text)) return text
  throw unroutable(path)
}
