import { DomainctlError } from '@domainctl/core'
import type { SandboxRuntime } from '../../runtime.ts'
import { shown } from '../../shown.ts'
import { readBody } from '../read-body.ts'
import { type ApiContext, startProviderApi } from '../start-provider-api.ts'
import type { ZoneBook } from '../zone-book.ts'
import { carriedOut } from './change-batch.ts'
import { readChangeRequest } from './change-request.ts'
import { createChanges } from './changes.ts'
import { checkedChanges } from './checked-changes.ts'
import { createHostedZones, newId } from './hosted-zones.ts'
import { createKeys } from './keys.ts'
import { getHostedZone, listHostedZones, listHostedZonesByName, listResourceRecordSets, type Query } from './listings.ts'
import { readName } from './names.ts'
import { placeOf } from './record-sets.ts'
import { FAULT_ANSWERS, invalidChangeBatch, Route53Refusal, refusalDocument } from './refusal.ts'
import { ROUTE53_OPERATIONS, type Route53Api, type Route53Credentials, type Route53Operation } from './route53-api.ts'
import { checkSignature } from './signature.ts'
import { type XmlElement, xmlDocument } from './xml-writer.ts'

/** What requests to all of Route 53 are signed for. */
const REGION = 'us-east-1'

/** Several times what the limits of Route 53 let through. */
const MOST_BODY_BYTES = 1024 * 1024

/** Where the API is, by its version. */
const BASE = '/2013-04-01'

/**
 * Starts the API, 2013-04-01, REST with XML (https://docs.aws.amazon.com/Route53/latest/APIReference/Welcome.html).
 * @throws DomainctlError `USAGE` for what is no port; `SANDBOX_CANNOT_LISTEN`
 */
export async function startRoute53Api(o: {
  book: ZoneBook
  /** A key that may do everything. */
  credentials: Route53Credentials
  runtime: SandboxRuntime
  /** A free one when not given. */
  port?: number
}): Promise<Route53Api & { stop(): Promise<void> }> {
  const { book, runtime } = o
  const zones = createHostedZones(book, runtime)
  const keys = createKeys(o.credentials, runtime)
  const changes = createChanges(runtime)

  function change(context: ApiContext, body: Uint8Array): XmlElement {
    const zone = zones.get(zoneAsked(context) ?? '')
    const { changes: asked, comment } = readChangeRequest(Buffer.from(body).toString())
    const checked = checkedChanges(zone, asked)
    const after = carriedOut(zone, zone.contents.read(), checked)
    if (
      !zone.contents.replace(
        checked.map(({ set }) => placeOf(set)),
        after,
      )
    ) {
      // biome-ignore format: one condition
      throw invalidChangeBatch(['The name servers of the sandbox cannot hold what the batch makes of the zone.'])
    }
    return ['ChangeResourceRecordSetsResponse', [changes.add(comment)]]
  }

  /** Whoever asks is known, and may: then the answer. */
  function answering(operation: Route53Operation, answerOf: (context: ApiContext, body: Uint8Array) => XmlElement) {
    return async (context: ApiContext) => {
      const { method = '', url: target = '', headers } = context.env.incoming
      const body = await readBody(context.req.raw.body, MOST_BODY_BYTES)
      if (body === undefined) throw new Route53Refusal(413, 'RequestEntityTooLarge', 'The request is too large.')
      const accessKeyId = checkSignature({ method, target, headers, body }, keys.secretOf, runtime.clock.now())
      keys.check(accessKeyId, operation, zoneAsked(context))
      return answer(200, xmlDocument(answerOf(context, body)))
    }
  }

  function answer(status: number, document: string): Response {
    return new Response(document, {
      status,
      headers: {
        'content-type': 'text/xml',
        'x-amzn-requestid': newId('', runtime),
        // Clients set their clocks by it when a signature is refused for its date.
        date: runtime.clock.now().toUTCString(),
      },
    })
  }

  /** The answer to what is refused, and to what goes wrong here. */
  function refused(error: unknown): Response {
    const isKnown = error instanceof Route53Refusal
    const known = isKnown ? error : new Route53Refusal(500, 'InternalFailure', 'The Route 53 of the sandbox has failed.')
    return answer(known.status, refusalDocument(known, newId('', runtime)))
  }

  const { url, requests, addFault, stop } = await startProviderApi<Route53Operation>({
    operations: ROUTE53_OPERATIONS,
    ...(o.port !== undefined && { port: o.port }),
    routes(app, serving) {
      const get = (path: string, operation: Route53Operation, answerOf: (context: ApiContext) => XmlElement) =>
        app.get(BASE + path, serving(operation, answering(operation, answerOf)))
      get('/hostedzone', 'ListHostedZones', (context) => listHostedZones(zones.all(), queryOf(context)))
      get('/hostedzonesbyname', 'ListHostedZonesByName', (context) => listHostedZonesByName(zones.all(), queryOf(context)))
      get('/hostedzone/:zone', 'GetHostedZone', (context) => getHostedZone(zones.get(zoneAsked(context) ?? '')))
      get('/hostedzone/:zone/rrset', 'ListResourceRecordSets', (context) =>
        listResourceRecordSets(zones.get(zoneAsked(context) ?? ''), queryOf(context)),
      )
      get('/change/:id', 'GetChange', ({ req }) => ['GetChangeResponse', [changes.get(req.param('id') ?? '')]])
      const changing = serving('ChangeResourceRecordSets', answering('ChangeResourceRecordSets', change))
      // The model of the API has the slash at the end; clients leave it out, too.
      for (const path of ['/hostedzone/:zone/rrset', '/hostedzone/:zone/rrset/']) app.post(BASE + path, changing)
      app.notFound(() => refused(new Route53Refusal(404, 'UnknownOperationException', 'There is nothing at this URL.')))
      app.onError(refused)
    },
  })

  return {
    url,
    requests,
    addFault,
    stop,
    options: { endpoint: url, region: REGION, credentials: o.credentials },
    answers: FAULT_ANSWERS,
    get syncMs() {
      return changes.syncMs
    },
    set syncMs(ms) {
      changes.syncMs = ms
    },
    addKey: keys.add,
    addZone({ name, isPrivate }) {
      const read = readName(name)
      if ('name' in read) return zones.addUnserved(read.name, isPrivate).id
      throw new DomainctlError('USAGE', `${shown(name)} is no name of a zone.`, { hint: 'Write it as example.test.' })
    },
    zoneId: (apex) => zones.served(apex)?.id,
  }
}

function zoneAsked({ req }: ApiContext): string | undefined {
  return req.param('zone')
}

function queryOf({ req }: ApiContext): Query {
  return (name) => req.query(name)
}
