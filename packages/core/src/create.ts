import { type ConfiguredCas, configuredCas } from './configured-cas.ts'
import { configuredNotifications } from './configured-notifications.ts'
import type { ConfiguredTarget } from './contracts/deploy-target.ts'
import type { Dns } from './contracts/dns.ts'
import type { DnsProvider } from './contracts/dns-provider.ts'
import type { Domainctl } from './contracts/domainctl.ts'
import type { HealthProbe } from './contracts/health-probe.ts'
import type { HttpAnswers } from './contracts/http-answers.ts'
import type { HttpProbe } from './contracts/http-probe.ts'
import type { CertificateCrypto, Issuer } from './contracts/issuer.ts'
import type { DomainctlOptions } from './contracts/options.ts'
import type { Runtime } from './contracts/runtime.ts'
import type { Store } from './contracts/store.ts'
import type { TlsHandshake } from './contracts/tls-handshake.ts'
import { readAnchors } from './domain/health/anchors.ts'
import { isChallengeToken } from './domain/http-challenge.ts'
import { DEFAULT_TENANT, tenantId } from './domain/ids.ts'
import { type ListenAddress, readListenAddresses } from './domain/listen-address.ts'
import { withoutCredentials } from './domain/without-credentials.ts'
import { readZones } from './domain/zone-name.ts'
import { DomainctlError, toDomainctlError } from './errors.ts'
import { events } from './lifecycle/events.ts'
import { list } from './lifecycle/list.ts'
import { noRRsetChanges, type Services, type Settings } from './lifecycle/services.ts'
import { ofOneTenant } from './of-one-tenant.ts'
import { systemClock } from './runtime/clock.ts'
import { silentLogger } from './runtime/logger.ts'
import { processIdentity } from './runtime/process-identity.ts'
import { systemRandom } from './runtime/random.ts'
import { openSqliteStore } from './store/open.ts'
import { openPostgresStore } from './store/open-postgres.ts'

const PROPAGATION_TIMEOUT = 120_000
const HTTP_PORT = 80
const HTTPS_PORT = 443

/**
 * Opens the state and puts the rooms together: the one place where they meet. Connects to nothing but the state.
 * @throws `CONFIG_INVALID`, `STATE_…`, `INTERRUPTED`
 */
export async function createDomainctl(options: DomainctlOptions): Promise<Domainctl> {
  const runtime = makeRuntime(options.runtime)
  const cas = configuredCas(options)
  const settings = makeSettings(options, cas)
  const anchors = readAnchors(options)
  const listenAddresses = readListenAddresses(options.http01?.listen ?? [])
  const notifications = configuredNotifications(options.notifications)
  const store = await openStore(options, runtime)
  const issuers = new Map<string, Promise<Issuer>>()
  let dns: Promise<Dns> | undefined
  let probe: Promise<HttpProbe> | undefined
  let healthProbe: Promise<HealthProbe> | undefined
  let answers: Promise<HttpAnswers> | undefined
  let tls: Promise<TlsHandshake> | undefined
  let crypto: Promise<CertificateCrypto> | undefined
  const services: Services = {
    store,
    ...(notifications && { notifications }),
    runtime,
    settings,
    accountsInTheMaking: new Map(),
    rrsetChanges: noRRsetChanges(),
    budgetTurns: new Map(),
    // The heavy rooms load when a step first enters them.
    dns: () => (dns ??= openDns(options, runtime)),
    probe: () => (probe ??= openProbe(options, runtime, services)),
    healthProbe: () => (healthProbe ??= openHealthProbe(options, anchors, runtime, services)),
    httpAnswers: () => (answers ??= openAnswers(options, listenAddresses, runtime, challengeResponse)),
    tls: () => (tls ??= import('./probe/tls-handshake.ts').then(({ createTlsHandshake }) => createTlsHandshake(runtime))),
    crypto: () => (crypto ??= import('./acme/crypto.ts').then(({ createCertificateCrypto }) => createCertificateCrypto())),
    issuer: async (named) => {
      const ca = cas.directoryUrl(named)
      const opening = issuers.get(ca) ?? openIssuer(ca, cas, runtime)
      issuers.set(ca, opening)
      // What could not be read may be there the next time.
      opening.catch(() => issuers.delete(ca))
      return opening
    },
    directoryUrls: cas.directoryUrls,
    limits: cas.limits,
    externalAccount: (directory, o) => cas.externalAccount(directory, { ...o, clock: runtime.clock }),
    hasAccountApi: cas.hasAccountApi,
    accountName: cas.accountName,
    provider: (name) => providerOf(options, name),
    target: (name) => targetOf(options, name),
    providerNames: Object.keys(options.providers ?? {}),
  }
  const challengeResponse = async (token: string) => {
    const [known] = isChallengeToken(token) ? await store.httpChallengesWith(token) : []
    return known?.keyAuthorization ?? null
  }
  const closing = new AbortController()
  return {
    ...lateVerbs(services, challengeResponse, closing.signal),
    forTenant: (tenant) => {
      const its = { ...services, settings: { ...settings, tenant: tenantId(tenant) } }
      return ofOneTenant(tenant, lateVerbs(its, challengeResponse, closing.signal))
    },
    run: async (o) => {
      const { run } = await import('./scheduler/run.ts')
      try {
        await run(services, o)
      } catch (error) {
        throw toDomainctlError(error, o.signal)
      }
    },
    close: async () => {
      closing.abort()
      const opened = (await Promise.allSettled(issuers.values())).flatMap((one) =>
        one.status === 'fulfilled' ? [one.value] : [],
      )
      const notifiers = Object.values(options.notifications?.channels ?? {})
      const others = [...opened, ...Object.values(options.providers ?? {}), ...targetsOf(options), ...notifiers]
      const closed = await Promise.allSettled(others.map((one) => one.close?.()))
      await store.close()
      const failed = closed.find((one) => one.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

type EngineVerbs = Omit<Domainctl, 'run' | 'forTenant' | 'close'>

/** The verbs for the tenant of the settings; what few need loads with the first call. */
function lateVerbs(services: Services, challengeResponse: Domainctl['challengeResponse'], closing: AbortSignal): EngineVerbs {
  const verbs = () => import('./verbs.ts').then(({ makeVerbs }) => makeVerbs(services))
  return {
    add: async (...args) => (await verbs()).add(...args),
    verify: async (...args) => (await verbs()).verify(...args),
    doctor: async (...args) => (await verbs()).doctor(...args),
    issue: async (...args) => (await verbs()).issue(...args),
    renew: async (...args) => (await verbs()).renew(...args),
    deploy: async (...args) => (await verbs()).deploy(...args),
    askRenewalAdvice: async (...args) => (await verbs()).askRenewalAdvice(...args),
    budgets: async (...args) => (await verbs()).budgets(...args),
    authorities: async (...args) => (await verbs()).authorities(...args),
    renewals: async (...args) => (await verbs()).renewals(...args),
    apply: async (...args) => (await verbs()).apply(...args),
    unapply: async (...args) => (await verbs()).unapply(...args),
    providers: async (...args) => (await verbs()).providers(...args),
    testProvider: async (...args) => (await verbs()).testProvider(...args),
    measureHealth: async (...args) => (await verbs()).measureHealth(...args),
    revoke: async (...args) => (await verbs()).revoke(...args),
    remove: async (...args) => (await verbs()).remove(...args),
    release: async (...args) => (await verbs()).release(...args),
    suspend: async (...args) => (await verbs()).suspend(...args),
    resume: async (...args) => (await verbs()).resume(...args),
    accounts: async (...args) => (await verbs()).accounts(...args),
    account: async (...args) => (await verbs()).account(...args),
    rotateAccountKey: async (...args) => (await verbs()).rotateAccountKey(...args),
    updateAccount: async (...args) => (await verbs()).updateAccount(...args),
    deactivateAccount: async (...args) => (await verbs()).deactivateAccount(...args),
    importAccount: async (...args) => (await verbs()).importAccount(...args),
    exportAccountKey: async (...args) => (await verbs()).exportAccountKey(...args),
    importCertificate: async (...args) => (await verbs()).importCertificate(...args),
    deliverNotices: async (...args) => (await verbs()).deliverNotices(...args),
    testChannels: async (...args) => (await verbs()).testChannels(...args),
    get: async (...args) => (await verbs()).get(...args),
    // Asked by every dashboard and shell prompt: it must start at once, without the rest of the house.
    list: async (filter, page) => {
      try {
        return await list(services, filter, page)
      } catch (error) {
        throw toDomainctlError(error)
      }
    },
    // Asked at every request of a proxy: it must cost next to nothing.
    challengeResponse: async (token) => {
      try {
        return await challengeResponse(token)
      } catch (error) {
        throw toDomainctlError(error)
      }
    },
    checkHealth: async (...args) => (await verbs()).checkHealth(...args),
    health: async (...args) => (await verbs()).health(...args),
    records: async (...args) => (await verbs()).records(...args),
    audit: async (...args) => (await verbs()).audit(...args),
    history: async (...args) => (await verbs()).history(...args),
    readRequest: async (...args) => (await verbs()).readRequest(...args),
    export: async (...args) => (await verbs()).export(...args),
    events: (o = {}) => events(services, o, closing),
  }
}

async function openIssuer(ca: string, cas: ConfiguredCas, runtime: Runtime): Promise<Issuer> {
  const [{ createIssuer }, { waitingInPlace }, caRoots] = await Promise.all([
    import('./acme/issuer.ts'),
    import('./lifecycle/waits-in-place.ts'),
    cas.roots(ca),
  ])
  const timeoutMs = cas.timeoutMs(ca)
  const issuer = createIssuer({
    ca,
    ...(caRoots !== undefined && { caRoots }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...runtime,
  })
  return waitingInPlace(issuer, runtime)
}

async function openDns(o: DomainctlOptions, { clock, random }: Runtime): Promise<Dns> {
  const { createDns } = await import('./dns/dns.ts')
  return createDns({
    ...(o.resolvers && { resolvers: o.resolvers }),
    ...(o.authoritativePort !== undefined && { authoritativePort: o.authoritativePort }),
    allowPrivate: o.allowPrivate ?? false,
    mode: o.propagation?.mode ?? 'authoritative',
    clock,
    random,
  })
}

async function openProbe(o: DomainctlOptions, { clock }: Runtime, services: Pick<Services, 'dns'>): Promise<HttpProbe> {
  const { createHttpProbe } = await import('./probe/http-probe.ts')
  return createHttpProbe({
    clock,
    port: o.httpPort ?? HTTP_PORT,
    allowPrivate: o.allowPrivate ?? false,
    trace: async (name, call) => (await services.dns()).trace(name, call),
  })
}

async function openHealthProbe(
  o: DomainctlOptions,
  anchors: readonly ListenAddress[],
  { clock }: Runtime,
  services: Pick<Services, 'dns'>,
): Promise<HealthProbe> {
  const { roots, probe } = o.health ?? {}
  if (probe) return probe
  const { createHealthProbe } = await import('./health/health-probe.ts')
  return createHealthProbe({
    clock,
    dns: services.dns,
    httpPort: o.httpPort ?? HTTP_PORT,
    httpsPort: o.health?.httpsPort ?? HTTPS_PORT,
    allowPrivate: o.allowPrivate ?? false,
    anchors,
    ...(roots !== undefined && { roots: async () => (typeof roots === 'string' ? roots : roots()) }),
  })
}

async function openAnswers(
  { http01: { webroot } = {} }: DomainctlOptions,
  addresses: readonly ListenAddress[],
  { clock, logger }: Runtime,
  answer: (token: string) => Promise<string | null>,
): Promise<HttpAnswers> {
  const { createHttpAnswers } = await import('./http01/http-answers.ts')
  return createHttpAnswers({ addresses, answer, clock, logger, ...(webroot !== undefined && { webroot }) })
}

function providerOf({ providers = {} }: DomainctlOptions, name: string): DnsProvider {
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
  if (provider) return provider
  const known = Object.keys(providers)
  throw new DomainctlError('PROVIDER_UNKNOWN', `No DNS provider ${JSON.stringify(name)} is configured.`, {
    hint:
      known.length > 0
        ? `Configured are: ${known.join(', ')}.`
        : 'Configure one; records made by hand are a provider, too: manual (createManual of @domainctl/providers).',
  })
}

function targetsOf({ targets = {} }: DomainctlOptions) {
  return Object.values(targets).map(({ target }) => target)
}

function targetOf({ targets = {} }: DomainctlOptions, name: string): ConfiguredTarget {
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined
  if (target) return target
  const known = Object.keys(targets)
  throw new DomainctlError('TARGET_UNKNOWN', `No target ${JSON.stringify(name)} is configured.`, {
    hint: known.length > 0 ? `Configured are: ${known.join(', ')}.` : 'Configure one: docs/guide/deploy.md shows how.',
  })
}

function makeRuntime(given: Partial<Runtime> = {}): Runtime {
  const random = given.random ?? systemRandom()
  return {
    clock: given.clock ?? systemClock(),
    random,
    logger: given.logger ?? silentLogger(),
    process: given.process ?? processIdentity(random),
  }
}

function makeSettings(o: DomainctlOptions, { directoryUrls }: ConfiguredCas): Settings {
  return {
    cas: directoryUrls(o.ca ?? 'letsencrypt'),
    ...(o.contact !== undefined && { contact: o.contact }),
    accountKeyType: o.accountKeyType ?? 'ec256',
    acceptTerms: o.acceptTerms ?? false,
    tenant: o.tenant ?? DEFAULT_TENANT,
    who: o.who ?? 'library',
    ...(o.provider !== undefined && { provider: o.provider }),
    zones: readZones(o.zones ?? {}, 'zones'),
    propagationMode: o.propagation?.mode ?? 'authoritative',
    propagationTimeoutMs: o.propagation?.timeoutMs ?? PROPAGATION_TIMEOUT,
    challenge: o.challenge ?? 'dns-01',
    http01SelfCheck: o.http01?.selfCheck ?? true,
    maintenance: o.health?.maintenance ?? [],
  }
}

async function openStore(o: DomainctlOptions, { clock, random, logger }: Runtime): Promise<Store> {
  const { state, encryptionKey, readOnly = false, signal } = o
  if (typeof state !== 'string') return state
  const parts = { clock, random, logger, readOnly, ...(encryptionKey !== undefined && { key: encryptionKey }) }
  if (state.startsWith('file:')) return openSqliteStore(state.slice('file:'.length), parts)
  if (/^postgres(ql)?:/.test(state)) {
    return openPostgresStore(state, { ...parts, ...(signal && { signal }) }).catch((error) => {
      throw toDomainctlError(error, signal)
    })
  }
  throw new DomainctlError('CONFIG_INVALID', `${JSON.stringify(withoutCredentials(state))} is not a state.`, {
    hint: 'Give file:PATH, such as file:.domainctl/state.db, or postgres://USER:PASSWORD@HOST/DATABASE.',
  })
}
