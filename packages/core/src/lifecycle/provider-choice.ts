import type { ZoneAuthority } from '../contracts/dns.ts'
import type { Zone } from '../contracts/dns-provider.ts'
import { listOf, plainName } from '../domain/diagnosis/sentence.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { isForGood } from './abandon.ts'
import { answerWithin } from './provider-answer.ts'
import { retold } from './retold.ts'
import { isByHand, providerFor, type Services } from './services.ts'

/** How long each provider has to say whether a zone is its own, in ms. All are asked at once. */
const PATIENCE = 20_000

/** A configured provider and its zone that holds a name. */
export interface ZoneHolder {
  provider: string
  zone: Zone
}

interface Asking {
  signal: AbortSignal
  /** Tells the person who waits. */
  report(message: string): void
}

/**
 * Where the records of a name are written: at the provider that the configuration names for its zone; else at `provider`;
 * else, where that one does not have the zone, at the configured provider that serves it (requirements D1, D9).
 * @param o `ledFrom`: the name whose CNAME leads to this one, for the message
 * @throws `PROVIDER_ZONE_NOT_FOUND`, `PROVIDER_AMBIGUOUS`, `PROVIDER_UNKNOWN`, `DNS_UNREACHABLE`, and what the providers throw
 */
export async function zoneFor(
  services: Services,
  name: string,
  o: Asking & { provider: string; ledFrom?: string },
): Promise<ZoneHolder> {
  const configured = providerFor(services, name)
  const provider = configured ?? o.provider
  const zone = await services.provider(provider).findZone(name, { signal: o.signal })
  if (zone) return { provider, zone }
  const led = o.ledFrom === undefined || o.ledFrom === name ? '' : ` (to which ${o.ledFrom} leads)`
  const missing = `The provider ${provider} has no zone for ${name}${led}.`
  const others = configured === undefined ? candidates(services, [provider]) : []
  const { holder, inVain } = await holderAmong(services, name, others, o).catch((thrown: unknown) => {
    throw missedBefore(missing, toDomainctlError(thrown, o.signal))
  })
  if (holder) return holder
  const without = others.filter((other) => inVain.every(({ provider }) => provider !== other))
  const said = [
    missing,
    ...(without.length > 0 ? [`Nor has ${without.join(', nor ')}.`] : []),
    ...inVain.map(({ provider, zone, why }) => `The provider ${provider} has the zone ${zone.name}, but ${why}.`),
  ]
  throw new DomainctlError('PROVIDER_ZONE_NOT_FOUND', said.join(' '), { hint: ZONE_HINT })
}

const ZONE_HINT =
  'Check which zones its credential may see (domainctl providers), or name the provider of this zone in the configuration (zones).'

/**
 * What became of asking the others, after what is the matter: the provider that was to write has no zone. That another one is
 * wrong, too, makes it no other failure; one that may pass does, since the zone may be there.
 */
function missedBefore(missing: string, failure: DomainctlError): DomainctlError {
  if (failure.code === 'INTERRUPTED') return failure
  const message = `${missing} ${failure.message}`
  if (!isForGood(failure)) return retold(failure, { message })
  return new DomainctlError('PROVIDER_ZONE_NOT_FOUND', message, { hint: `${ZONE_HINT} ${failure.hint}`, cause: failure })
}

/**
 * The configured provider, of all but those by hand, that serves the zone in which the DNS looks for a name; null when none
 * does. To have a zone of a name says nothing, since anybody can make one in an account, and a part of it may be delegated
 * elsewhere (requirements L3): it has to be the very zone that the DNS finds, at servers to which the zone above delegates it,
 * as far as the provider tells them. Who has one in vain is reported.
 *
 * One that cannot be asked is a warning where another serves the zone. Where none does, its failure is the answer: a token
 * that is wrong must not mean "by hand". Nor must a DNS that does not answer.
 * @throws `PROVIDER_AMBIGUOUS`, `DNS_UNREACHABLE`, and what the providers throw
 */
export async function findHolder(services: Services, name: string, o: Asking): Promise<ZoneHolder | null> {
  const { holder, inVain } = await holderAmong(services, name, candidates(services, []), o)
  if (holder) return holder
  for (const { provider, zone, why } of inVain) {
    o.report(`the provider ${provider} has the zone ${zone.name}, but ${why}; --provider ${provider} chooses it all the same`)
  }
  return null
}

function candidates(services: Services, without: readonly string[]): string[] {
  return services.providerNames.filter((provider) => !without.includes(provider) && !isByHand(services, provider))
}

/** A provider that has a zone for a name, with how the DNS stands to it. */
interface Judged extends ZoneHolder {
  /** It serves it at servers to which the zone above delegates; false: one of the two does not tell. */
  isConfirmed: boolean
  /** Why what is written there is not seen, to go on with after "but". */
  why?: string
}

interface Search {
  holder: ZoneHolder | null
  inVain: (ZoneHolder & { why: string })[]
}

async function holderAmong(services: Services, name: string, providers: readonly string[], o: Asking): Promise<Search> {
  const looks = await Promise.all(providers.map((provider) => lookFor(services, name, provider, o.signal)))
  // What an abort makes of the answers says nothing of the providers.
  o.signal.throwIfAborted()
  // One that is opened by its first call tells only then that a person makes its records.
  const holders = looks.filter((look) => 'zone' in look).filter(({ provider }) => !isByHand(services, provider))
  const failures = looks.filter((look) => 'error' in look)
  const judged = holders.length > 0 ? await judgeAll(services, name, holders, o.signal) : []
  const inVain = judged.flatMap(({ provider, zone, why }) => (why === undefined ? [] : [{ provider, zone, why }]))
  const serving = judged.filter(({ why }) => why === undefined)
  if (serving.length === 0) {
    if (failures.length > 0) throw notAsked(name, failures)
    return { holder: null, inVain }
  }
  for (const { provider, error } of failures) {
    o.report(`the provider ${provider} could not be asked whether it has the zone: ${error.message}`)
  }
  return { holder: oneOf(serving, name), inVain }
}

interface Failure {
  provider: string
  error: DomainctlError
}

async function lookFor(
  services: Services,
  name: string,
  provider: string,
  signal: AbortSignal,
): Promise<ZoneHolder | Failure | { provider: string }> {
  try {
    const zone = await answerWithin(services, provider, PATIENCE, signal, async (own) =>
      services.provider(provider).findZone(name, { signal: own }),
    )
    return zone ? { provider, zone } : { provider }
  } catch (thrown) {
    return { provider, error: toDomainctlError(thrown, signal) }
  }
}

/** Asks the DNS for the zone of the name, and each holder where it serves its own. */
async function judgeAll(
  services: Services,
  name: string,
  holders: readonly ZoneHolder[],
  signal: AbortSignal,
): Promise<Judged[]> {
  const authority = await authorityOf(services, name, holders, signal)
  const judged = await Promise.all(holders.map((holder) => judge(services, name, holder, { authority, signal })))
  signal.throwIfAborted()
  return judged
}

async function judge(
  services: Services,
  name: string,
  holder: ZoneHolder,
  { authority, signal }: { authority: ZoneAuthority | null; signal: AbortSignal },
): Promise<Judged> {
  const inVain = (why: string): Judged => ({ ...holder, isConfirmed: false, why })
  if (!authority) return inVain('nothing in the DNS delegates it')
  const { apex, nameServers: delegated } = authority
  if (apex !== holder.zone.name) return inVain(`the DNS looks for ${name} in the zone ${plainName(apex)}`)
  const own = delegated.length === 0 ? [] : await ownServers(services, holder, signal)
  if (own.length === 0) return { ...holder, isConfirmed: false }
  if (own.some((server) => delegated.includes(server))) return { ...holder, isConfirmed: true }
  return inVain(`the zone above delegates it to ${listOf(delegated)}, and this provider serves it at ${listOf(own)}`)
}

/** Null: nothing in the DNS delegates a zone that holds the name. */
async function authorityOf(
  services: Services,
  name: string,
  holders: readonly ZoneHolder[],
  signal: AbortSignal,
): Promise<ZoneAuthority | null> {
  try {
    return await (await services.dns()).zoneOf(name, { signal })
  } catch (error) {
    if (!(error instanceof DomainctlError) || error.kind !== 'not-ready') throw error
    if (error.code === 'DNS_ZONE_NOT_FOUND') return null
    const { code, message, actor } = error
    const who = holders.map(({ provider, zone }) => `${provider} (${zone.name})`).join(', ')
    throw new DomainctlError(
      code,
      `Where the DNS looks for ${name} could not be found out, and so not whether it is at ${who}. ${message}`,
      {
        hint: `Repeat it when the DNS answers, or name the provider: --provider ${holders[0]?.provider}.`,
        actor,
        cause: error,
      },
    )
  }
}

/** One of those that serve the zone, as far as is known: those win that are known to. */
function oneOf(serving: readonly Judged[], name: string): ZoneHolder {
  const confirmed = serving.filter(({ isConfirmed }) => isConfirmed)
  const left = confirmed.length > 0 ? confirmed : serving
  const [only] = left
  // Two credentials for one and the same zone: whichever is used, the same records are written.
  const isOne = left.length === 1 || (confirmed.length > 0 && left.every(({ zone }) => zone.id === only?.zone.id))
  if (only && isOne) return { provider: only.provider, zone: only.zone }
  const named = left.map(({ provider }) => provider)
  const zone = only?.zone.name ?? name
  const why =
    confirmed.length > 0 ? 'and each serves it where the DNS looks for it' : 'and none tells at which servers it serves it'
  throw new DomainctlError('PROVIDER_AMBIGUOUS', `The providers ${named.join(', ')} all have the zone ${zone}, ${why}.`, {
    hint: `Name one: --provider ${named[0]}, or in the configuration (zones) ${zone}: ${named[0]}.`,
  })
}

/** Where the provider says that it serves the zone; none where it does not say, or cannot be asked any more. */
async function ownServers(services: Services, { provider, zone }: ZoneHolder, signal: AbortSignal): Promise<string[]> {
  try {
    return await answerWithin(services, provider, PATIENCE, signal, async (own) => {
      return (await services.provider(provider).nameServers?.(zone, { signal: own })) ?? []
    })
  } catch (thrown) {
    const { message } = toDomainctlError(thrown)
    services.runtime.logger.log('warn', 'name servers of a zone not told', { provider, zone: zone.name, error: message })
    return []
  }
}

function notAsked(name: string, failures: readonly Failure[]): DomainctlError {
  // Of several the one that may pass: repeating it may help.
  const first = failures.find(({ error }) => !isForGood(error)) ?? failures[0]
  if (!first) throw new Error('nothing has failed')
  const said = failures.map(({ provider, error }) => `${provider}: ${error.message}`).join(' ')
  const { code, hint, actor, retryAt } = first.error
  return new DomainctlError(code, `Not every provider could be asked whether it has the zone of ${name}. ${said}`, {
    hint: `${hint} Or name the provider of this name: --provider NAME (manual: by hand).`,
    actor,
    ...(retryAt && { retryAt }),
    cause: first.error,
  })
}
