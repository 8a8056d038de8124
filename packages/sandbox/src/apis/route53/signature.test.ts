import {
  type Change,
  ChangeResourceRecordSetsCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
} from '@aws-sdk/client-route-53'
import { systemClock, systemRandom } from '@domainctl/core'
import { describe, expect, it } from 'vitest'
import { startRoute53 } from './route53.test.support.ts'

/** What goes over the wire. */
interface HttpRequest {
  path: string
  headers: Record<string, string>
  body?: unknown
}

const list = () => new ListHostedZonesCommand({})

describe('signatures', () => {
  it.each([
    ['of an unknown key', { accessKeyId: 'AKIANOBODY' }, 'InvalidClientTokenId'],
    ['with another secret', { secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
    ['with a session token', { sessionToken: 'token' }, 'InvalidClientTokenId'],
  ])('%s are refused', async (_, wrong, name) => {
    const { api, connect } = await startRoute53()
    const client = connect({ credentials: { ...api.options.credentials, ...wrong } })
    await expect(client.send(list())).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } })
    expect(api.requests.ListHostedZones).toBe(1)
  })

  it('for another region are refused', async () => {
    const { connect } = await startRoute53()
    await expect(connect({ region: 'eu-central-1' }).send(list())).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      message: "Credential should be scoped to a valid region, not 'eu-central-1'.",
    })
  })

  it('are refused when the request is another than was signed', async () => {
    const { api, connect, zone } = await startRoute53()
    const client = connect()
    let change = (_: HttpRequest) => {}
    const { requestHandler } = client.config
    const handle = requestHandler.handle.bind(requestHandler)
    requestHandler.handle = (request, options) => {
      change(request)
      return handle(request, options)
    }
    const tamper = (next: typeof change) => {
      change = next
    }
    const refused = expect.objectContaining({ name: 'SignatureDoesNotMatch' })
    const send = () => client.send(list()).catch((error) => error)
    tamper((request) => {
      request.path = '/2013-04-01/hostedzonesbyname'
    })
    expect(await send()).toEqual(refused)
    tamper(({ headers }) => {
      const date = headers['x-amz-date'] ?? ''
      headers['x-amz-date'] = date.replace(/\d(?=Z$)/, (second) => String((Number(second) + 1) % 10))
    })
    expect(await send()).toEqual(refused)
    tamper(() => {})
    expect(await send()).toMatchObject({ IsTruncated: false })
    const create: Change = {
      Action: 'CREATE',
      ResourceRecordSet: { Name: 'a.example.test', Type: 'TXT', TTL: 60, ResourceRecords: [{ Value: '"aaa"' }] },
    }
    tamper((request) => {
      request.body = String(request.body).replace('aaa', 'bbb')
    })
    const changing = client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: { Changes: [create] } }))
    expect(await changing.catch((error) => error)).toEqual(refused)
    expect(api.requests.ChangeResourceRecordSets).toBe(1)
  })

  it('cover queries with characters of every kind', async () => {
    const { client, zone } = await startRoute53()
    const odd = { HostedZoneId: zone, StartRecordName: "\\052.a!'()*~ +%&=é.example.test" }
    // It gets so far as to be read.
    await expect(client.send(new ListResourceRecordSetsCommand(odd))).rejects.toMatchObject({ name: 'InvalidInput' })
    const wildcard = { HostedZoneId: zone, StartRecordName: '*.example.test' }
    expect(await client.send(new ListResourceRecordSetsCommand(wildcard))).toMatchObject({ IsTruncated: false })
  })

  it('hold for a quarter of an hour; the client sets its clock by the answer', async () => {
    const clock = systemClock()
    const shifted = (minutes: number) => ({
      clock: { ...clock, now: () => new Date(clock.now().getTime() + minutes * 60_000) },
      random: systemRandom(),
    })
    for (const minutes of [-14, 14]) {
      const { client } = await startRoute53({}, shifted(minutes))
      expect(await client.send(list())).toMatchObject({ IsTruncated: false })
    }
    for (const [minutes, message] of [
      [16, /^Signature expired/],
      [-16, /^Signature not yet current/],
    ] as const) {
      const { client, connect } = await startRoute53({}, shifted(minutes))
      await expect(client.send(list())).rejects.toMatchObject({
        name: 'SignatureDoesNotMatch',
        message: expect.stringMatching(message),
      })
      expect(await connect({ maxAttempts: 2 }).send(list())).toMatchObject({ $metadata: { attempts: 2 } })
    }
  })

  it.each([
    [{}, 403, 'MissingAuthenticationToken'],
    [{ authorization: 'Basic eDp5' }, 400, 'IncompleteSignature'],
    [{ authorization: 'AWS4-HMAC-SHA256 Credential=x' }, 400, 'IncompleteSignature'],
    [{ authorization: 'AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y' }, 403, 'InvalidClientTokenId'],
  ])('are needed (%#)', async (headers, status, code) => {
    const { api } = await startRoute53()
    const answer = await fetch(`${api.url}/2013-04-01/hostedzone`, { headers })
    expect(answer.status).toBe(status)
    expect(await answer.text()).toMatch(
      new RegExp(
        `^<\\?xml version="1.0"\\?>\n<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>${code}</Code>`,
      ),
    )
    expect(answer.headers.get('x-amzn-requestid')).toMatch(/^\w+$/)
  })
})

describe('requests', () => {
  it('may come without a length', async () => {
    const { api, connect, zone, dns } = await startRoute53()
    const client = connect()
    client.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as HttpRequest
        delete headers['content-length']
        headers['transfer-encoding'] = 'chunked'
        return next(args)
      },
      // Behind what sets the length, before it is signed.
      { step: 'build', priority: 'low' },
    )
    const set = { Name: 'a.example.test', Type: 'TXT', TTL: 60, ResourceRecords: [{ Value: '"x"' }] } as const
    const Changes: Change[] = [{ Action: 'CREATE', ResourceRecordSet: { ...set, ResourceRecords: [...set.ResourceRecords] } }]
    await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zone, ChangeBatch: { Changes } }))
    expect(dns.values('a.example.test', 'TXT')).toEqual(['x'])
    const body = new Blob(['x'.repeat(1024 * 1024), 'x']).stream()
    const big = await fetch(`${api.url}/2013-04-01/hostedzone/${zone}/rrset`, { method: 'POST', body, duplex: 'half' })
    expect([big.status, await big.text()]).toEqual([413, expect.stringContaining('<Code>RequestEntityTooLarge</Code>')])
  })

  it('that are too large, or for nothing that is here, are refused', async () => {
    const { api } = await startRoute53()
    const big = await fetch(`${api.url}/2013-04-01/hostedzone/Z1/rrset`, { method: 'POST', body: 'x'.repeat(2_000_000) })
    expect([big.status, await big.text()]).toEqual([413, expect.stringContaining('<Code>RequestEntityTooLarge</Code>')])
    for (const path of [
      '/',
      '/2013-04-01/hostedzone/',
      '/2012-12-12/hostedzone',
      '/2013-04-01/hostedzone//hostedzone/Z1/rrset',
    ]) {
      const missing = await fetch(api.url + path)
      expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining('UnknownOperationException')])
    }
  })
})

describe('keys', () => {
  it('may do what they were made for', async () => {
    const { api, connect, zone } = await startRoute53({ zones: ['example.test', 'other.test'] })
    const client = connect({ credentials: api.addKey({ operations: ['ListResourceRecordSets'], zones: [zone] }) })
    const look = (HostedZoneId: string | undefined) => client.send(new ListResourceRecordSetsCommand({ HostedZoneId }))
    expect(await look(zone)).toMatchObject({ IsTruncated: false })
    const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }
    await expect(look(api.zoneId('other.test'))).rejects.toMatchObject(denied)
    await expect(client.send(list())).rejects.toMatchObject({
      ...denied,
      message: expect.stringMatching(
        /^User: arn:aws:iam::\d+:user\/sandbox is not authorized to perform: route53:ListHostedZones$/,
      ),
    })
  })
})
