import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Clock, type DnsProvider, DomainctlError, systemClock, type Zone } from '@domainctl/core'
import { manualClock } from '@domainctl/core/testing'
import { type Sandbox, startSandbox } from '@domainctl/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ALWAYS, APEX, providerAt, START, startSubject, txt } from './subject.test.fixture.ts'

let sandbox: Sandbox
let route53: Sandbox['apis']['route53']
let zone: Zone
let provider: DnsProvider
/** Another one for each test. */
let name: string
let count = 0

beforeAll(async () => {
  ;({ sandbox, zone } = await startSubject())
  route53 = sandbox.apis.route53
})
afterAll(() => sandbox.stop())
beforeEach(() => {
  provider = opened(providerAt(route53.options))
  name = `test-${++count}.${APEX}`
})

type Fault = Parameters<typeof route53.addFault>[0]

function opened(one: DnsProvider): DnsProvider {
  onTestFinished(() => one.close?.())
  return one
}

function fault(operation: Fault['operation'], answer: Fault['answer'], nth?: number) {
  const active = route53.addFault({ operation, answer, ...(nth !== undefined && { nth }) })
  onTestFinished(() => active.remove())
  return active
}

async function errorOf(work: Promise<unknown>): Promise<DomainctlError> {
  const error = await work.catch((thrown: unknown) => thrown)
  return error instanceof DomainctlError ? error : expect.unreachable(`it was no DomainctlError: ${String(error)}`)
}

const PAGE = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><body>Welcome</body></html>' }
const refused = (code: string, message: string, status = 400) => ({
  status,
  headers: { 'content-type': 'text/xml' },
  body: `<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>an-id</RequestId></ErrorResponse>`,
})

describe('what passes', () => {
  it.each<[string, () => Fault['answer']]>([
    ['Throttling', () => route53.answers.throttling],
    ['PriorRequestNotComplete', () => route53.answers.priorRequestNotComplete],
    ['503', () => route53.answers.serviceUnavailable],
    ['500 without a document', () => ({ status: 500, body: 'oops' })],
    ['a connection that ends', () => 'hang-up'],
    ['a page of a proxy', () => PAGE],
    ['an answer that is cut off', () => ({ status: 200, body: '<ListResourceRecordSetsResponse><Resource' })],
  ])('is waited for: %s', async (_, answer) => {
    for (const operation of ['ListResourceRecordSets', 'ChangeResourceRecordSets'] as const) {
      fault(operation, answer(), 1)
      fault(operation, answer(), 2)
    }
    await provider.addValues(zone, txt(name, 'v'), ALWAYS)
    expect(sandbox.dns.values(name, 'TXT')).toEqual(['v'])
  })

  it.each<[string, () => Fault['answer'], RegExp]>([
    ['503', () => route53.answers.serviceUnavailable, /ServiceUnavailable.*HTTP 503/],
    ['Throttling', () => route53.answers.throttling, /error Throttling "Rate exceeded"/],
    ['a connection that ends', () => 'hang-up', /no answer came/],
    ['a page of a proxy', () => PAGE, /not one of the Route 53 API/],
  ])('is told after eight attempts: %s', async (_, answer, message) => {
    const active = fault('ListResourceRecordSets', answer())
    expect(await errorOf(provider.getRRset(zone, name, 'TXT', ALWAYS))).toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      message: expect.stringMatching(message),
    })
    expect(active.hits).toBe(8)
  })

  it('is a wrong clock, at the cost of one request', async () => {
    const system = systemClock()
    const ahead: Clock = { ...system, now: () => new Date(system.now().getTime() + 3_600_000) }
    const later = await startSandbox({ zones: [APEX], runtime: { clock: ahead } })
    onTestFinished(() => later.stop())
    const one = opened(providerAt(later.apis.route53.options))
    expect(await one.findZone(APEX, ALWAYS)).toMatchObject({ name: APEX })
    await one.addValues({ id: later.apis.route53.zoneId(APEX) ?? '', name: APEX }, txt(APEX, 'v'), ALWAYS)
    expect(later.apis.route53.requests).toMatchObject({
      ListHostedZones: 2,
      ListResourceRecordSets: 1,
      ChangeResourceRecordSets: 1,
    })
  })

  it('is no server that does not answer', async () => {
    const silent = createServer(() => undefined)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void silent.close())
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const one = opened(providerAt({ ...route53.options, endpoint: `http://127.0.0.1:${port}` }, { timeoutMs: 20 }))
    expect(await errorOf(one.findZone(APEX, ALWAYS))).toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      message: expect.stringMatching(/TimeoutError|ETIMEDOUT/),
    })
  })
})

it.each(['<HostedZones></HostedZones>', '<HostedZones/>'])('an account without zones has none for a name: %s', async (list) => {
  const more = '<IsTruncated>false</IsTruncated><MaxItems>100</MaxItems>'
  const body = `<ListHostedZonesResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">${list}${more}</ListHostedZonesResponse>`
  fault('ListHostedZones', { status: 200, headers: { 'content-type': 'text/xml' }, body }, 1)
  expect(await provider.findZone(APEX, ALWAYS)).toBeNull()
})

describe('what does not pass', () => {
  it.each<[string, () => Fault['answer'], string]>([
    ['ExpiredToken', () => route53.answers.expiredToken, 'PROVIDER_AUTH'],
    ['InvalidClientTokenId', () => refused('InvalidClientTokenId', 'no', 403), 'PROVIDER_AUTH'],
    ['AccessDenied', () => refused('AccessDenied', 'no', 403), 'PROVIDER_AUTH'],
    ['NoSuchHostedZone', () => refused('NoSuchHostedZone', 'no', 404), 'PROVIDER_ZONE_NOT_FOUND'],
    ['InvalidInput', () => refused('InvalidInput', 'no'), 'PROVIDER_REFUSED'],
    ['LimitsExceeded', () => refused('LimitsExceeded', 'no'), 'PROVIDER_REFUSED'],
    [
      'InvalidChangeBatch',
      () => refused('InvalidChangeBatch', '[RRSet of type TXT is not permitted because a conflicting RRSet exists]'),
      'PROVIDER_CONFLICT',
    ],
    ['InvalidChangeBatch', () => refused('InvalidChangeBatch', '[RDATA character limit of 32000 exceeded.]'), 'PROVIDER_REFUSED'],
    [
      'InvalidChangeBatch',
      () => refused('InvalidChangeBatch', `[RRSet with DNS name x. is not permitted in zone ${APEX}.]`),
      'PROVIDER_ZONE_NOT_FOUND',
    ],
  ])('is told at once: %s', async (code, answer, expected) => {
    const active = fault('ChangeResourceRecordSets', answer())
    const error = await errorOf(provider.addValues(zone, txt(name, 'v'), ALWAYS))
    expect(error).toMatchObject({ code: expected, message: expect.stringContaining(`error ${code} `), cause: { code } })
    expect(error.message).toContain(`add TXT records to ${name}`)
    expect(active.hits).toBe(1)
  })

  it('is a set that never stays as it was read', async () => {
    const active = fault('ChangeResourceRecordSets', refused('InvalidChangeBatch', '[Tried to create x but it already exists]'))
    expect(await errorOf(provider.addValues(zone, txt(name, 'v'), ALWAYS))).toMatchObject({ code: 'PROVIDER_CONFLICT' })
    expect(active.hits).toBe(10)
  })

  it('is told to each of those who share a batch', async () => {
    fault('ChangeResourceRecordSets', route53.answers.expiredToken)
    const [one, two] = await Promise.all(
      [name, `b.${name}`].map((each) => errorOf(provider.addValues(zone, txt(each, 'v'), ALWAYS))),
    )
    expect(one?.message).toContain(`to ${name}`)
    expect(two?.message).toContain(`to b.${name}`)
  })
})

describe('credentials', () => {
  it('are never shown, not even when the API shows all that was signed', async () => {
    const { accessKeyId } = route53.options.credentials
    const credentials = { accessKeyId, secretAccessKey: 'the-secret', sessionToken: 'the-token' }
    const echo = 'It does not match.&#10;&#10;The Canonical String was&#10;x-amz-security-token:the-token'
    fault('ListHostedZones', refused('SignatureDoesNotMatch', echo, 403), 2)
    const one = opened(providerAt(route53.options, { credentials }))
    for (const expected of [/InvalidClientTokenId/, /It does not match"/]) {
      const error = await errorOf(one.findZone(APEX, ALWAYS))
      expect(error).toMatchObject({ code: 'PROVIDER_AUTH', message: expect.stringMatching(expected) })
      const { message, cause, stack } = error
      expect(JSON.stringify([error, message, cause, stack])).not.toMatch(/the-secret|the-token/)
    }
  })

  it('of nobody are told', async () => {
    const credentials = { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }
    expect(await errorOf(opened(providerAt(route53.options, { credentials })).findZone(APEX, ALWAYS))).toMatchObject({
      code: 'PROVIDER_AUTH',
      message: expect.stringContaining('InvalidClientTokenId'),
    })
  })

  describe('of the environment', () => {
    const region = 'us-east-1'
    let folder: string
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'route53-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      for (const variable of Object.keys(process.env)) if (variable.startsWith('AWS_')) vi.stubEnv(variable, undefined)
      onTestFinished(() => void vi.unstubAllEnvs())
      vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
      vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'))
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'))
    })

    it('are found, and its endpoint', async () => {
      const { accessKeyId, secretAccessKey } = route53.options.credentials
      vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId)
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey)
      vi.stubEnv('AWS_ENDPOINT_URL_ROUTE_53', route53.url)
      expect(await opened(providerAt({ region })).findZone(APEX, ALWAYS)).toMatchObject({ name: APEX })
    })

    it('are those of a profile, when one is named', async () => {
      const { accessKeyId, secretAccessKey } = route53.options.credentials
      const file = `[dns]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
      await writeFile(join(folder, 'credentials'), file)
      const one = opened(providerAt({ endpoint: route53.url, region }, { profile: 'dns' }))
      expect(await one.findZone(APEX, ALWAYS)).toMatchObject({ name: APEX })
    })

    it('are asked for when there are none', async () => {
      expect(await errorOf(opened(providerAt({ endpoint: route53.url, region })).findZone(APEX, ALWAYS))).toMatchObject({
        code: 'PROVIDER_AUTH',
        message: expect.stringContaining('CredentialsProviderError'),
        hint: expect.stringContaining('AWS_ACCESS_KEY_ID'),
      })
    })
  })
})

describe('a pending change', () => {
  /** The system's clock, but that sleeps pass at once: the sandbox and the adapter have the same. */
  function hastyClock(): Clock {
    const system = systemClock()
    let ahead = 0
    return {
      ...system,
      now: () => new Date(system.now().getTime() + ahead),
      sleep: async (ms, signal) => {
        signal?.throwIfAborted()
        ahead += ms
      },
    }
  }

  async function pending(syncMs: number) {
    const clock = hastyClock()
    const own = await startSandbox({ zones: [APEX], runtime: { clock } })
    onTestFinished(() => own.stop())
    own.apis.route53.syncMs = syncMs
    const one = opened(providerAt(own.apis.route53.options, {}, clock))
    const at = { id: own.apis.route53.zoneId(APEX) ?? '', name: APEX }
    const change = await one.addValues(at, txt(APEX, 'v'), ALWAYS)
    expect(change).toEqual({ status: 'pending', id: expect.stringMatching(/^C/) })
    return { one, change, clock, api: own.apis.route53 }
  }

  it('is waited for, by all in one', async () => {
    const { one, change, api, clock } = await pending(30_000)
    const since = clock.now().getTime()
    await Promise.all([1, 2, 3].map(() => one.waitForSync?.(change, ALWAYS)))
    expect(clock.now().getTime() - since).toBeGreaterThanOrEqual(29_000)
    expect(api.requests.GetChange).toBeLessThan(10)
  })

  it('is not waited for longer than two minutes', async () => {
    const { one, change } = await pending(3_600_000)
    expect(await errorOf(one.waitForSync?.(change, ALWAYS) ?? Promise.resolve())).toMatchObject({
      code: 'PROVIDER_UNREACHABLE',
      message: expect.stringContaining('PENDING after 120 seconds'),
    })
  })

  it('is not waited for when the credentials have expired', async () => {
    const { one, change, api } = await pending(3_600_000)
    const expired = api.addFault({ operation: 'GetChange', answer: api.answers.expiredToken })
    expect(await errorOf(one.waitForSync?.(change, ALWAYS) ?? Promise.resolve())).toMatchObject({ code: 'PROVIDER_AUTH' })
    expect(expired.hits).toBe(1)
  })
})

describe('cancellation', () => {
  it.each<[string, Fault['answer']]>([
    ['an answer', { delay: () => new Promise(() => undefined) }],
    ['the next attempt', { status: 503 }],
  ])('ends the wait for %s at once', async (_, answer) => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const clock: Clock = {
      ...manualClock(START),
      // Aborted as soon as somebody sleeps.
      sleep: (_ms, signal) => {
        controller.abort(reason)
        return Promise.reject(signal?.reason)
      },
    }
    const before = route53.requests.ListResourceRecordSets
    fault('ListResourceRecordSets', answer)
    const waiting = opened(providerAt(route53.options, {}, clock)).addValues(zone, txt(name, 'v'), controller)
    if ('delay' in (answer as object)) {
      await vi.waitFor(() => expect(route53.requests.ListResourceRecordSets).not.toBe(before), { interval: 1, timeout: 20_000 })
      controller.abort(reason)
    }
    await expect(waiting).rejects.toBe(reason)
    expect(sandbox.dns.values(name, 'TXT')).toEqual([])
  })

  it('of one does not stop the batch of the others', async () => {
    const reason = new Error('enough')
    const controller = new AbortController()
    const { promise, resolve } = Promise.withResolvers<void>()
    fault('ChangeResourceRecordSets', { delay: () => promise }, 1)
    const before = route53.requests.ChangeResourceRecordSets
    const going = provider.addValues(zone, txt(name, 'going'), controller)
    const staying = provider.addValues(zone, txt(name, 'staying'), ALWAYS)
    await vi.waitFor(() => expect(route53.requests.ChangeResourceRecordSets).not.toBe(before), { interval: 1, timeout: 20_000 })
    controller.abort(reason)
    await expect(going).rejects.toBe(reason)
    resolve()
    await staying
    expect(sandbox.dns.values(name, 'TXT')).toContain('staying')
  })
})
