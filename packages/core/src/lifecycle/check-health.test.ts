import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Domainctl } from '../contracts/domainctl.ts'
import type { HealthProbe } from '../contracts/health-probe.ts'
import type { NoticeMessage } from '../contracts/notifier.ts'
import type { Store } from '../contracts/store.ts'
import { createDomainctl } from '../create.ts'
import type { MaintenanceWindow } from '../domain/health/maintenance.ts'
import type { HealthFinding, HealthMeasurement } from '../domain/health/measurement.ts'
import type { Domain } from '../domain/model.ts'
import { systemRandom } from '../runtime/random.ts'
import { openSqliteStore } from '../store/open.ts'
import { manualClock } from '../testing/manual-clock.ts'
import { SAMPLE_TIME, sampleCertificate, sampleDomain } from '../testing/model-samples.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Of a name at one address. */
function measurement(name: string, at: Date, fault?: HealthFinding): HealthMeasurement {
  const layers = [{ layer: 'tcp' as const, ms: 1, ...(fault && { fault }) }]
  return { name, at, ms: 1, warnings: [], addresses: [{ address: '127.0.0.1', layers, warnings: [], redirects: [] }] }
}

describe('checking the health of domains', () => {
  let folder: string
  let store: Store
  let domainctl: Domainctl
  let clock: ReturnType<typeof manualClock>
  let server: Server
  let port: number
  let measured: number
  let maintenance: MaintenanceWindow[]

  /** Whether a connection to the server can be made. */
  const tcpProbe = (): HealthProbe => ({
    async measure({ name }, { signal }) {
      measured += 1
      const socket = connect({ port, host: '127.0.0.1', signal })
      const at = clock.now()
      try {
        await once(socket, 'connect', { signal })
        return measurement(name, at)
      } catch (error) {
        signal.throwIfAborted()
        if ((error as NodeJS.ErrnoException).code === undefined) throw error
        return measurement(name, at, { code: 'TCP_REFUSED', why: 'it refuses connections' })
      } finally {
        socket.destroy()
      }
    },
  })

  async function serve(): Promise<void> {
    server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }
  const stop = () => new Promise((resolve) => server.close(resolve))

  async function open(probe: HealthProbe): Promise<Domainctl> {
    return createDomainctl({ state: store, runtime: { clock }, health: { probe, maintenance } })
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'domainctl-'))
    clock = manualClock(SAMPLE_TIME)
    store = await openSqliteStore(join(folder, 'state.db'), { clock, random: systemRandom() })
    maintenance = []
    measured = 0
    port = 0
    await serve()
    domainctl = await open(tcpProbe())
  })
  afterEach(async () => {
    await stop()
    await domainctl.close()
    await rm(folder, { recursive: true })
  })

  async function watch(parts: Partial<Domain> = {}): Promise<Domain> {
    const domain = sampleDomain(parts)
    await store.addDomain(domain, [])
    const claimed = await store.claim(domain.id, { owner: 'me', ttlMs: MINUTE, isGone: () => false })
    if (!claimed) throw new Error('it was just added')
    const certificate = sampleCertificate(domain, {
      notBefore: SAMPLE_TIME,
      notAfter: new Date(SAMPLE_TIME.getTime() + 90 * DAY),
    })
    const active: Domain = { ...domain, status: 'active', certificateId: certificate.id, updatedAt: clock.now() }
    await store.commit(claimed.lease, { domain: active, certificate }, { release: true })
    clock.advance(MINUTE)
    return active
  }

  /** All checks of a time, looked for every ten seconds. @returns what was told, and when */
  async function pass(ms: number): Promise<{ event: string; news: unknown; names: string[]; after: number }[]> {
    const told = []
    const begin = clock.now().getTime()
    for (const end = begin + ms; clock.now().getTime() < end; clock.advance(10_000)) {
      for (const { notices } of await domainctl.checkHealth()) {
        for (const { event, names, details } of notices) {
          told.push({ event, news: details?.news, names, after: clock.now().getTime() - begin })
        }
      }
    }
    return told
  }

  it('checks every 15 minutes, and tells of an outage and of its end once', async () => {
    await watch()
    expect(await pass(HOUR)).toEqual([])
    expect(measured).toBeGreaterThanOrEqual(4)
    expect(measured).toBeLessThanOrEqual(5)
    await stop()
    const outage = await pass(HOUR)
    expect(outage).toMatchObject([{ event: 'domain.unhealthy', news: 'outage', names: ['example.com'] }])
    expect(await domainctl.health('example.com')).toMatchObject({ state: 'broken', problem: { code: 'TCP_REFUSED' } })
    await serve()
    expect(await pass(HOUR)).toMatchObject([{ event: 'domain.recovered', news: 'recovery' }])
    const { state, problem, history } = await domainctl.health('example.com')
    expect([state, problem]).toEqual(['ok', undefined])
    expect(history.spans?.map(({ state }) => state)).toEqual(['ok', 'broken', 'ok'])
    expect(history.uptime).toBeGreaterThan(50)
    expect(history.uptime).toBeLessThan(80)
  })

  it('tells of many names behind one server in one incident', async () => {
    for (let n = 0; n < 12; n++) await watch({ name: `shop${n}.example`, labels: { customer: 'acme', n: String(n) } })
    await pass(20 * MINUTE)
    await stop()
    const told = await pass(40 * MINUTE)
    expect(told.map(({ news }) => news)).toEqual(['outage', 'growth'])
    expect(told[1]?.names).toHaveLength(10)
    await serve()
    expect((await pass(40 * MINUTE)).map(({ event }) => event)).toEqual(['domain.recovered'])
  })

  it('tells everybody of the domains that are theirs, and of the end whoever heard of the beginning', async () => {
    const heard: string[] = []
    const channel = (name: string) => ({
      async send({ notices }: NoticeMessage) {
        for (const { event, names } of notices) heard.push(`${name}: ${event} ${names.join(' ')}`)
        return { warnings: [] }
      },
    })
    const told = await createDomainctl({
      state: store,
      runtime: { clock },
      health: { probe: tcpProbe() },
      notifications: {
        channels: { acme: channel('acme'), beta: channel('beta'), pager: channel('pager') },
        routes: [
          { channels: ['acme'], labels: { customer: 'acme' } },
          { channels: ['beta'], labels: { customer: 'beta' } },
          { channels: ['pager'], severity: 'critical' },
        ],
        groupMs: 0,
      },
    })
    const passAll = async () => {
      for (let n = 0; n < 40; n++) {
        await told.checkHealth()
        clock.advance(30_000)
      }
      while ((await told.deliverNotices({ atOnce: true })).sent > 0);
      return heard.splice(0).sort()
    }
    for (const customer of ['acme', 'beta']) {
      for (const n of [1, 2]) await watch({ name: `shop${n}.${customer}.example`, labels: { customer, n: String(n) } })
    }
    await passAll()
    await stop()
    const begun = await passAll()
    // Which of two breaks first is by chance.
    expect(begun.map((line) => line.replace(/shop\d\./, '')).sort()).toEqual([
      'acme: domain.unhealthy acme.example',
      'beta: domain.unhealthy beta.example',
      'pager: domain.unhealthy acme.example',
      'pager: domain.unhealthy beta.example',
    ])
    await serve()
    const ended = await passAll()
    expect(ended.map((line) => line.split(' shop')[0])).toEqual([
      'acme: domain.recovered',
      'beta: domain.recovered',
      'pager: domain.recovered',
      'pager: domain.recovered',
    ])
    await told.close()
  })

  it('reminds of an incident four times, of however many domains it is, and then no more', async () => {
    for (const name of ['a.example', 'b.example']) await watch({ name })
    await stop()
    const outage = await pass(20 * MINUTE)
    expect(outage.map(({ news }) => news)).toEqual(['outage'])
    const reminded: number[] = []
    for (let hour = 1; hour <= 14 * 24; hour++) {
      clock.advance(HOUR)
      for (const { notices } of await domainctl.checkHealth()) {
        for (const { event, details } of notices)
          if (event === 'domain.unhealthy') reminded.push(details?.news === 'reminder' ? hour : -1)
      }
    }
    expect(reminded).toEqual([4, 24, 3 * 24, 7 * 24])
    await serve()
  })

  it('tells that an outage is over whose only domain is removed', async () => {
    const heard: string[] = []
    const told = await createDomainctl({
      state: store,
      runtime: { clock },
      health: { probe: tcpProbe() },
      notifications: {
        channels: {
          ops: {
            async send({ notices }: NoticeMessage) {
              for (const { event, title, incident } of notices) heard.push(`${incident ? 'incident' : ''} ${event} ${title}`)
              return { warnings: [] }
            },
          },
        },
        groupMs: 0,
      },
    })
    const { name } = await watch()
    await stop()
    for (let n = 0; n < 40; n++) {
      await told.checkHealth()
      clock.advance(30_000)
    }
    await told.remove(name)
    while ((await told.deliverNotices({ atOnce: true })).sent > 0);
    expect(heard).toEqual([
      'incident domain.unhealthy example.com cannot be reached as it should',
      'incident domain.recovered The outage of example.com is over',
    ])
    await told.close()
    await serve()
  })

  it('measures in a maintenance window, and says nothing before its end', async () => {
    await watch()
    await pass(20 * MINUTE)
    maintenance.push({ from: clock.now(), to: new Date(clock.now().getTime() + 2 * HOUR), labels: {} })
    await stop()
    expect(await pass(2 * HOUR)).toEqual([])
    expect(await domainctl.health('example.com')).toMatchObject({ state: 'broken' })
    expect((await pass(HOUR)).map(({ news }) => news)).toEqual(['outage'])
  })

  it('tells once at each level that a certificate comes near its end', async () => {
    await watch()
    clock.advance(68 * DAY)
    expect(await pass(HOUR)).toMatchObject([{ event: 'domain.expiring', names: ['example.com'] }])
    clock.advance(16 * DAY)
    const told = await domainctl.checkHealth()
    expect(told.flatMap(({ notices }) => notices)).toMatchObject([{ event: 'domain.expiring', severity: 'critical' }])
    clock.advance(10 * DAY)
    expect((await domainctl.checkHealth()).flatMap(({ notices }) => notices)).toEqual([])
  })

  it('checks what is named now, due or not, and nothing twice at a time', async () => {
    const domain = await watch()
    await watch({ name: 'other.example' })
    await domainctl.checkHealth()
    expect(await domainctl.checkHealth()).toEqual([])
    expect(await domainctl.checkHealth({ names: ['Example.COM'] })).toMatchObject([
      { name: 'example.com', outcome: 'ok', is: 'ok' },
    ])
    await store.claimChecks(clock.now(), 1, { claim: 'other', forMs: MINUTE, domainIds: [domain.id] })
    expect(await domainctl.checkHealth({ names: ['example.com'] })).toEqual([])
    await expect(domainctl.checkHealth({ names: ['none.example'] })).rejects.toMatchObject({ code: 'DOMAIN_NOT_FOUND' })
  })

  it('says of what it could learn nothing that it is unknown, and why, until it learns something', async () => {
    await watch()
    let why: string | undefined = 'this machine reaches none of its anchors'
    const blind = await open({
      async measure({ name }) {
        return { ...measurement(name, clock.now()), ...(why !== undefined && { inconclusive: why }) }
      },
    })
    await blind.checkHealth()
    const { state, problem, history } = await blind.health('example.com')
    expect([state, problem, history.uptime]).toEqual(['unknown', { message: why }, null])
    clock.advance(5 * MINUTE)
    why = undefined
    await blind.checkHealth()
    const { state: now, problem: none } = await blind.health('example.com')
    expect([now, none]).toEqual(['ok', undefined])
    clock.advance(15 * MINUTE)
    await stop()
    await domainctl.checkHealth()
    clock.advance(MINUTE)
    why = 'away'
    await blind.checkHealth()
    expect(await blind.health('example.com')).toMatchObject({ state: 'failing', problem: { code: 'TCP_REFUSED' } })
    await serve()
  })

  it('holds a fault of the probe for none of the domain, and does a check that was interrupted later', async () => {
    await watch()
    const stopped = new AbortController()
    const faulty = await open({
      async measure() {
        throw new Error('no more memory\u001b[2J')
      },
    })
    expect(await faulty.checkHealth()).toMatchObject([{ outcome: 'inconclusive', is: 'ok', notices: [] }])
    clock.advance(5 * MINUTE)
    const interrupted = await open({
      async measure(_, { signal }) {
        stopped.abort()
        signal.throwIfAborted()
        throw new Error('not reached')
      },
    })
    await expect(interrupted.checkHealth({ signal: stopped.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(await domainctl.checkHealth()).toEqual([])
    clock.advance(3 * MINUTE)
    expect(await domainctl.checkHealth()).toMatchObject([{ outcome: 'ok' }])
  })

  it('forgets what is older than 30 days', async () => {
    await watch()
    await domainctl.checkHealth()
    clock.advance(29 * DAY)
    await domainctl.checkHealth()
    expect((await domainctl.health('example.com')).history.spans).toHaveLength(2)
    clock.advance(2 * DAY)
    await domainctl.checkHealth()
    expect(await store.healthSpans('default/example.com', new Date(0))).toHaveLength(2)
    expect((await domainctl.health('example.com', { historyMs: DAY })).history.spans).toHaveLength(1)
  })

  it('knows what is not watched', async () => {
    await store.addDomain(sampleDomain({ name: 'new.example' }), [])
    expect(await domainctl.health('new.example')).toMatchObject({ state: 'unwatched', history: { uptime: null, spans: [] } })
    const domain = await watch()
    expect(await domainctl.health(domain.name)).toMatchObject({ state: 'unchecked' })
  })
})
