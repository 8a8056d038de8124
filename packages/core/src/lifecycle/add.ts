import type { AddOptions } from '../contracts/verb-options.ts'
import { auditLine } from '../domain/audit-line.ts'
import { canonicalAddress } from '../domain/diagnosis/canonical.ts'
import { healthCheckSettings } from '../domain/health/health-check.ts'
import { parseHost } from '../domain/host-name.ts'
import { DEFAULT_TENANT, tenantId } from '../domain/ids.ts'
import { type Domain, type DomainName, type DomainStatus, KEY_TYPES, type KeyType } from '../domain/model.ts'
import { isWithin } from '../domain/names.ts'
import { type ParsedName, parseName, parseNames } from '../domain/parse-name.ts'
import { QUARANTINE } from '../domain/policies.ts'
import { type ProbeSettings, probeSettings } from '../domain/probe.ts'
import { servedAddresses } from '../domain/served-addresses.ts'
import { parseUpstream } from '../domain/upstream.ts'
import { DomainctlError } from '../errors.ts'
import { challengeFor } from './challenge-choice.ts'
import { chooseProvider } from './domain-provider.ts'
import { type GivenRequest, givenRequest, refuseKeySettings } from './own-request.ts'
import { makeId, type Services } from './services.ts'

/**
 * Adds a domain to the state; asks no CA. Only where no provider is named, those that are configured are asked which of them
 * has the zone, and then the DNS whether it is served there. Repeated with the same settings it changes nothing.
 */
export async function add(services: Services, input: string, o: AddOptions): Promise<Domain> {
  const { store, runtime, settings } = services
  const there = await store.getDomain(settings.tenant, parseName(input).name)
  if (there && there.status !== 'deleted') return sameOrRefuse(there, await describe(services, input, o, there), ALL)
  const domain = await describe(services, input, o)
  try {
    const { tenant, id: domainId, provider, challenge } = domain
    const names = domain.names.map(({ name }) => name)
    const of = { at: runtime.clock.now(), tenant, domainId, who: settings.who }
    const details = { names, provider, challenge }
    await store.addDomain(domain, [
      auditLine(of, 'domain.added', `added with ${names.length} ${names.length === 1 ? 'name' : 'names'}`, details),
    ])
  } catch (error) {
    // Another process was a moment faster.
    const other =
      error instanceof DomainctlError && error.code === 'DOMAIN_EXISTS'
        ? await store.getDomain(settings.tenant, domain.name)
        : null
    if (!other) throw error
    return sameOrRefuse(other, domain, ALL)
  }
  return domain
}

/** The domain of this name, added when it is not there; of one that is there, only the options that are given must fit. */
export async function addUnlessThere(services: Services, input: string, o: AddOptions): Promise<Domain> {
  const there = await services.store.getDomain(services.settings.tenant, parseName(input).name)
  if (!there || there.status === 'deleted') return add(services, input, o)
  const given = SETTINGS.filter(({ options }) => options.some((option) => o[option] !== undefined))
  return given.length === 0 ? there : sameOrRefuse(there, await describe(services, input, o, there), given)
}

/**
 * The domain as these options make it; nothing is written.
 * @param there what is in the state under its name
 */
export async function describe(services: Services, input: string, o: AddOptions, there?: Domain): Promise<Domain> {
  const { runtime, settings } = services
  const request = await givenRequest(services, input, o, there)
  const names = request?.names ?? parseNames([input, ...(o.wildcard ? [`*.${input}`] : []), ...(o.san ?? [])])
  const [primary] = names
  if (!primary) throw new Error('parseNames returned nothing')
  tenantId(settings.tenant)
  const delegateZone = o.delegate === undefined ? undefined : zoneOf(o.delegate)
  const routing = routingOf(o)
  const itself = names.find(({ name }) => name === routing.routing?.target)
  if (itself)
    throw new DomainctlError('USAGE', `${itself.name} cannot be an alias of itself.`, {
      hint: 'Give the host that serves it as --target.',
    })
  const probe = probeOf(o, names)
  const cas = o.ca === undefined ? undefined : services.directoryUrls(o.ca)
  const challenge = challengeFor(services, o, { names, delegateZone }, there)
  const { provider, isOwnZone } = await chooseProvider(services, primary, o, { delegateZone, there, challenge })
  const now = runtime.clock.now()
  const ownership = await needsOwnership(services, o, { isOwnZone, names })
  const proofs = await proofsOf(services, names, { ownership, delegateZone, ...routing })
  return {
    id: makeId(services),
    tenant: settings.tenant,
    name: primary.name,
    names: proofs,
    status: firstStatus(proofs, probe),
    statusSince: now,
    provider,
    challenge,
    keyType: keyTypeOf(o) ?? DEFAULT_KEY_TYPE,
    ...(request && { csr: request.csr }),
    ...(o.reuseKey && { reuseKey: true }),
    ...preferredChainOf(o),
    ...(cas && { cas }),
    ...(o.profile !== undefined && { profile: o.profile }),
    ...(o.contact !== undefined && { contact: o.contact }),
    ...(delegateZone !== undefined && { delegateZone }),
    ...(probe && { probe }),
    labels: o.labels ?? {},
    ...deployOf(services, o.deploy),
    ...healthCheckOf(o, proofs),
    ...upstreamOf(o.upstream),
    attempts: 0,
    nextActionAt: now,
    createdAt: now,
    updatedAt: now,
  }
}

/** What every server and every client of today takes, at the least cost of a handshake. */
const DEFAULT_KEY_TYPE: KeyType = 'ec256'

/** The type that the options ask for. @throws `USAGE` */
function keyTypeOf({ keyType }: AddOptions): KeyType | undefined {
  if (keyType === undefined || KEY_TYPES.includes(keyType)) return keyType
  throw new DomainctlError('USAGE', `${JSON.stringify(keyType)} is no type of key.`, {
    hint: `Such are: ${KEY_TYPES.join(', ')}.`,
  })
}

/** Far more than a common name may have (64, RFC 5280 appendix A.1). */
const LONGEST_ROOT_NAME = 255

/** @throws `USAGE` */
function preferredChainOf({ preferredChain = false }: AddOptions): Pick<Domain, 'preferredChain'> {
  if (preferredChain === false) return {}
  const name = preferredChain.trim()
  if (name !== '' && name.length <= LONGEST_ROOT_NAME) return { preferredChain: name }
  const why = name === '' ? 'has no name' : `has a name of more than ${LONGEST_ROOT_NAME} characters`
  throw new DomainctlError('USAGE', `The chain that is preferred ${why}.`, {
    hint: 'Give the common name of its root, such as --preferred-chain "ISRG Root X1".',
  })
}

/** In ms. */
const DAY = 24 * 60 * 60 * 1000

/** Targets that are configured, in order and each once. @throws `TARGET_UNKNOWN` */
function deployOf(services: Services, deploy: AddOptions['deploy'] = []): Pick<Domain, 'deploy'> {
  if (deploy === false || deploy.length === 0) return {}
  for (const target of deploy) services.target(target)
  return { deploy: [...new Set(deploy)].sort() }
}

/** @throws `USAGE` */
function upstreamOf(upstream: AddOptions['upstream'] = false): Pick<Domain, 'upstream'> {
  return upstream === false ? {} : { upstream: parseUpstream(upstream) }
}

/** @throws `USAGE`, `NAME_INVALID` */
function healthCheckOf({ healthCheck = true }: AddOptions, names: Domain['names']): Pick<Domain, 'healthCheck'> {
  if (healthCheck === false) return { healthCheck }
  const settings = healthCheck === true ? undefined : healthCheckSettings(healthCheck, names)
  return settings ? { healthCheck: settings } : {}
}

/** @throws `USAGE`, `NAME_INVALID` */
function zoneOf(delegate: string): string {
  const { base, wildcard } = parseName(delegate)
  if (!wildcard) return base
  throw new DomainctlError('USAGE', `${JSON.stringify(delegate)} is not a zone: it is a wildcard.`, { hint: `Such as ${base}.` })
}

/** Where nothing has to be proven, nothing is awaited of the DNS (L3), nor of HTTP (L6). */
function firstStatus(names: readonly DomainName[], probe: ProbeSettings | undefined): DomainStatus {
  if (names.some(({ ownership, routing, delegation }) => ownership ?? routing ?? delegation)) return 'pending_dns'
  return probe ? 'pending_probe' : 'issuing'
}

/** The probe that the options ask for; undefined when that is none. @throws `USAGE` */
function probeOf({ probe = false }: AddOptions, names: readonly { name: string }[]): ProbeSettings | undefined {
  if (probe === false) return undefined
  if (names.every(({ name }) => name.startsWith('*.'))) {
    throw new DomainctlError('USAGE', `${names[0]?.name} stands for no one name that could be asked over HTTP.`, {
      hint: 'Leave out the HTTP probe, or add a name without a wildcard.',
    })
  }
  return probeSettings(probe === true ? {} : probe)
}

/** L3: the ACME challenge is proof enough in an operator's own zones; a tenant proves ownership first. */
async function needsOwnership(
  { store, settings, runtime }: Services,
  { ownership = 'auto' }: AddOptions,
  { isOwnZone, names }: { isOwnZone: boolean; names: readonly ParsedName[] },
): Promise<boolean> {
  if (ownership === 'auto' ? settings.tenant !== DEFAULT_TENANT || !isOwnZone : ownership === 'txt') return true
  // L8: what somebody else has proven and removed lately is had by a fresh record alone, whoever asks for it.
  const removedSince = new Date(runtime.clock.now().getTime() - QUARANTINE)
  const bases = names.map(({ base }) => base)
  const quarantined = await store.provenElsewhere(settings.tenant, bases, { removedSince })
  if (quarantined === null || ownership === 'auto') return quarantined !== null
  const message = `Another tenant has removed ${quarantined} less than ${QUARANTINE / DAY} days ago: until they are over nobody else gets it without an ownership record.`
  throw new DomainctlError('OWNERSHIP_TAKEN', message, {
    hint: `Leave out --ownership none and make the record that is asked for; or, as its operator, end the quarantine: domainctl release ${quarantined} --tenant ID`,
  })
}

async function proofsOf(
  services: Services,
  names: ParsedName[],
  wanted: { ownership: boolean; delegateZone: string | undefined; routing?: { target?: string; addresses?: string[] } },
): Promise<DomainName[]> {
  const byBase = new Map<string, Pick<DomainName, 'ownership' | 'delegation'>>()
  for (const { base } of names) {
    if (!byBase.has(base)) byBase.set(base, await sharedProofs(services, base, wanted))
  }
  return names.map(({ name, base, wildcard }) => ({
    name,
    ...byBase.get(base),
    // What a wildcard is routed to shows only at names that it covers, not at one that could be asked for.
    ...(wanted.routing && !wildcard && { routing: { state: 'unknown' as const, ...wanted.routing } }),
  }))
}

/** Token and target are one per tenant and base name (L5): those that another of the tenant's domains has are used again. */
async function sharedProofs(services: Services, base: string, wanted: { ownership: boolean; delegateZone: string | undefined }) {
  const { store, runtime, settings } = services
  if (!wanted.ownership && wanted.delegateZone === undefined) return {}
  const known = await store.knownProofs(settings.tenant, base)
  const fresh = () => Buffer.from(runtime.random.bytes(16)).toString('hex')
  const zone = wanted.delegateZone
  return {
    ...(wanted.ownership && { ownership: { state: 'unknown' as const, token: known.token ?? fresh() } }),
    ...(zone !== undefined && {
      delegation: {
        state: 'unknown' as const,
        target: known.delegationTargets.find((target) => isWithin(target, zone)) ?? `${fresh()}.${zone}`,
      },
    }),
  }
}

function routingOf(o: AddOptions): { routing?: { target?: string; addresses?: string[] } } {
  if (o.target !== undefined && o.addresses?.length) {
    throw new DomainctlError('USAGE', 'A name is either an alias of a host or has addresses, not both.', {
      hint: 'Give --target or --address.',
    })
  }
  if (o.target !== undefined) return { routing: { target: parseHost(o.target) } }
  return o.addresses?.length ? { routing: { addresses: servedAddresses(o.addresses) } } : {}
}

/** Settings that were asked for and differ from those that are there are never silently dropped. */
function sameOrRefuse(there: Domain, wanted: Domain, compared: Setting[]): Domain {
  const found = differing(there, wanted, compared)
  if (found.length === 0) return there
  throw new DomainctlError('DOMAIN_EXISTS', `${there.name} is there already, with other settings (${found.join('; ')}).`, {
    hint:
      differing(there, wanted, SETTINGS).length > 0
        ? `See them with: domainctl show ${there.name}; to start over: domainctl remove ${there.name}, then add it again.`
        : `See them with: domainctl show ${there.name}; to change them: domainctl issue ${there.name} with the options that are new.`,
  })
}

function differing(there: Domain, wanted: Domain, compared: Setting[]): string[] {
  const words = (value: unknown) => JSON.stringify(value) ?? 'none'
  return compared
    .filter(({ of }) => words(of(there)) !== words(of(wanted)))
    .map(({ what, of, shown = of }) => `${what}: is ${words(shown(there))}, asked for was ${words(shown(wanted, there))}`)
}

interface Setting {
  what: string
  /** The options that choose it. */
  options: (keyof AddOptions)[]
  of: (domain: Domain) => unknown
  /** What is said of it, where that is not all; `before` is what was there. */
  shown?: (domain: Domain, before?: Domain) => unknown
}

/** What cannot be changed while the domain is there: names, and whatever its proofs hang on. */
const SETTINGS: Setting[] = [
  { what: 'names', options: ['san', 'wildcard'], of: ({ names }) => names.map(({ name }) => name).sort() },
  { what: 'provider', options: ['provider'], of: ({ provider }) => provider },
  { what: 'ownership', options: ['ownership'], of: ({ names }) => names.some(({ ownership }) => ownership !== undefined) },
  { what: 'delegation', options: ['delegate'], of: ({ delegateZone }) => delegateZone },
  {
    what: 'target',
    options: ['target', 'addresses'],
    // All names of a domain are routed alike.
    of: ({ names }) =>
      names.map(({ routing }) => routing?.target ?? routing?.addresses?.map(canonicalAddress).sort()).find((routed) => routed),
  },
]

/** What `issue` may choose anew for a domain that is there. */
const CHOICES: Setting[] = [
  { what: 'challenge', options: ['challenge'], of: ({ challenge }) => challenge },
  { what: 'ca', options: ['ca'], of: ({ cas }) => cas },
  { what: 'type of key', options: ['keyType'], of: ({ keyType }) => keyType },
  {
    what: 'certificate request',
    options: ['csr'],
    of: ({ csr }) => csr?.pem,
    shown: ({ csr }) => csr && `key ${csr.publicKey}`,
  },
  { what: 'keeping of the key', options: ['reuseKey'], of: ({ reuseKey = false }) => reuseKey },
  { what: 'preferred chain', options: ['preferredChain'], of: ({ preferredChain }) => preferredChain },
  { what: 'profile', options: ['profile'], of: ({ profile }) => profile },
  { what: 'contact', options: ['contact'], of: ({ contact }) => contact },
  {
    what: 'probe',
    options: ['probe'],
    of: ({ probe }) => probe && [probe.path, probe.token],
    // Who knows the token can answer in place of the edge.
    shown: ({ probe }, before) => probe && [probe.path, ...tokenShown(probe.token, before?.probe?.token)],
  },
  { what: 'targets', options: ['deploy'], of: ({ deploy = [] }) => deploy },
  { what: 'health check', options: ['healthCheck'], of: ({ healthCheck }) => healthCheck },
  { what: 'upstream', options: ['upstream'], of: ({ upstream }) => upstream },
  { what: 'labels', options: ['labels'], of: ({ labels }) => Object.entries(labels).sort() },
]

const ALL = [...SETTINGS, ...CHOICES]

function tokenShown(token: string | undefined, before: string | undefined): string[] {
  if (token === undefined) return []
  return [before === undefined || before === token ? 'a token' : 'another token']
}

/** The domain with what these options choose anew, `request` being the one that they give; itself when that is nothing. */
export function withChoices(services: Services, domain: Domain, o: AddOptions, request?: GivenRequest): Domain {
  const { ca, profile, contact, labels } = o
  const keyType = keyTypeOf(o)
  const {
    probe: probeBefore,
    csr: csrBefore,
    reuseKey = false,
    preferredChain: chainBefore,
    deploy: deployBefore,
    healthCheck: healthBefore,
    upstream: upstreamBefore = false,
    ...rest
  } = domain
  const csr = o.csr === false ? undefined : (request?.csr ?? csrBefore)
  const keepsKey = csr === undefined && (o.reuseKey ?? reuseKey)
  const before = chainBefore === undefined ? {} : { preferredChain: chainBefore }
  const probe = o.probe === undefined ? probeBefore : probeOf(o, domain.names)
  const chosen: Domain = {
    ...rest,
    challenge: challengeFor(services, o, { names: domain.names, delegateZone: domain.delegateZone }, domain),
    ...(probe && { probe }),
    ...(ca !== undefined && { cas: services.directoryUrls(ca) }),
    ...(keyType !== undefined && { keyType }),
    ...(profile !== undefined && { profile }),
    ...(contact !== undefined && { contact }),
    ...(labels !== undefined && { labels }),
    ...(o.deploy === undefined ? deployBefore && { deploy: deployBefore } : deployOf(services, o.deploy)),
    ...(o.healthCheck === undefined
      ? healthBefore !== undefined && { healthCheck: healthBefore }
      : healthCheckOf(o, domain.names)),
    ...upstreamOf(o.upstream ?? upstreamBefore),
    ...(csr && { csr }),
    ...(keepsKey && { reuseKey: true }),
    ...(o.preferredChain === undefined ? before : preferredChainOf(o)),
  }
  refuseKeySettings(chosen, o)
  return differing(domain, chosen, CHOICES).length > 0 ? chosen : domain
}
