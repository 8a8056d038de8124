import { createHash } from 'node:crypto'
import { getDomain } from 'tldts'
import type { CaContext } from './ca-context.ts'
import { AcmeProblem } from './problem.ts'
import type { Account, Authorization, Order } from './resources.ts'
import type { RateLimit, Resource } from './settings.ts'

// Which requests count towards which limit is as https://letsencrypt.org/docs/rate-limits/ has it, and refusals read as
// Let's Encrypt's do, whose texts programs look into.
const DOCUMENTATION = 'https://letsencrypt.org/docs/rate-limits/'

/** Sets of names that have had a certificate: as many as a CA of tests will see. */
const MOST_SETS = 20_000

/** A limit, whose bucket it is about, what there would be too much of, and where that is explained. */
interface Count {
  readonly limit: RateLimit | undefined
  readonly key: string
  readonly tooMany: (count: number) => string
  readonly section: string
}

/** @throws AcmeProblem `rateLimited` when there have been too many new accounts */
export function countNewAccount({ settings, buckets, runtime }: CaContext): void {
  const now = runtime.clock.now()
  const count: Count = {
    limit: settings.limits.newAccounts,
    key: 'newAccounts',
    tooMany: (most) => `too many new registrations (${most}) from this IP address`,
    section: 'new-registrations-per-ip-address',
  }
  refuseEmpty(buckets, [count], now)
  take(buckets, count, now)
}

/**
 * Counts a new order, and refuses it when its account or its names have had too much. One that replaces a certificate (RFC
 * 9773 §5) within the window that is advised for that is exempt from all limits, and one for the very names of an earlier certificate from those by account and by domain.
 * @throws AcmeProblem `rateLimited`
 */
export function countNewOrder(
  { settings: { limits }, buckets, issuedSets }: CaContext,
  { account, names, isExempt }: { account: Account; names: readonly string[]; isExempt: boolean },
  now: Date,
): void {
  if (isExempt) return
  const newOrder: Count = {
    limit: limits.newOrdersPerAccount,
    key: `newOrders ${account.id}`,
    tooMany: (most) => `too many new orders (${most}) from this account`,
    section: 'new-orders-per-account',
  }
  const isRenewal = issuedSets.has(setOf(names))
  const failures = names.map((name) => failuresOf(limits.failedValidations, account, withoutWildcard(name)))
  const others = isRenewal ? [] : [newOrder, ...certificatesOf(limits.certificatesPerDomain, names)]
  refuseEmpty(buckets, [...others, duplicatesOf(limits.duplicateCertificates, names), ...failures], now)
  if (!isRenewal) take(buckets, newOrder, now)
}

/**
 * Counts a certificate, that of an exempt order too: which is not refused, but leaves less for others. Another certificate for
 * the same names does not count towards the limits of their domains.
 */
export function countCertificate({ settings: { limits }, buckets, issuedSets }: CaContext, { names }: Order, now: Date): void {
  const set = setOf(names)
  if (!issuedSets.has(set)) for (const count of certificatesOf(limits.certificatesPerDomain, names)) take(buckets, count, now)
  take(buckets, duplicatesOf(limits.duplicateCertificates, names), now)
  issuedSets.add(set)
  const [oldest] = issuedSets
  if (issuedSets.size > MOST_SETS && oldest !== undefined) issuedSets.delete(oldest)
}

/** Counts a proof that was not there. */
export function countFailedValidation({ settings, buckets }: CaContext, { account, name }: Authorization, now: Date): void {
  take(buckets, failuresOf(settings.limits.failedValidations, account, name), now)
}

/**
 * Counts a request of any kind. Let's Encrypt's servers say 503 when there are too many of them
 * (https://community.letsencrypt.org/t/184174), and 429 for all other limits.
 * @throws AcmeProblem `rateLimited`
 */
export function countRequest({ settings, buckets, runtime }: CaContext, resource: Resource): void {
  const limit = settings.limits.requests?.[resource]
  if (!limit) return
  const now = runtime.clock.now()
  const wait = buckets.waitFor(`requests ${resource}`, limit, now)
  if (wait > 0)
    throw new AcmeProblem('rateLimited', 503, 'Service busy; retry later.', { headers: { 'retry-after': seconds(wait) } })
  buckets.take(`requests ${resource}`, limit, now)
}

/** Of each registered domain; none without a limit, since the Public Suffix List takes its time. */
function certificatesOf(limit: RateLimit | undefined, names: readonly string[]): Count[] {
  if (!limit) return []
  return domainsOf(names).map((domain) => ({
    limit,
    key: `certificates ${domain}`,
    tooMany: (most) => `too many certificates (${most}) already issued for "${domain}"`,
    section: 'new-certificates-per-registered-domain',
  }))
}

function duplicatesOf(limit: RateLimit | undefined, names: readonly string[]): Count {
  return {
    limit,
    key: `duplicates ${setOf(names)}`,
    tooMany: (most) => `too many certificates (${most}) already issued for this exact set of identifiers`,
    section: 'new-certificates-per-exact-set-of-identifiers',
  }
}

function failuresOf(limit: RateLimit | undefined, account: Account, name: string): Count {
  return {
    limit,
    key: `failures ${account.id} ${name}`,
    tooMany: (most) => `too many failed authorizations (${most}) for "${name}"`,
    section: 'authorization-failures-per-identifier-per-account',
  }
}

/** Of several refusals the one that lasts longest is told: who waits for it need not wait again. */
function refuseEmpty(buckets: CaContext['buckets'], counts: readonly Count[], now: Date): void {
  const waits = counts.flatMap(({ limit, key, tooMany, section }) => {
    const wait = limit ? buckets.waitFor(key, limit, now) : 0
    return limit && wait > 0 ? [{ limit, wait, what: tooMany(limit.burst ?? limit.count), section }] : []
  })
  const [longest] = waits.sort((one, other) => other.wait - one.wait)
  if (!longest) return
  const { limit, wait, what, section } = longest
  const until = new Date(now.getTime() + Number(seconds(wait)) * 1000).toISOString().replace('T', ' ').slice(0, 19)
  const detail = `${what} in the last ${duration(limit.perSeconds)}, retry after ${until} UTC: see ${DOCUMENTATION}#${section}`
  throw new AcmeProblem('rateLimited', 429, detail, { headers: { 'retry-after': seconds(wait) } })
}

function take(buckets: CaContext['buckets'], { limit, key }: Count, now: Date): void {
  if (limit) buckets.take(key, limit, now)
}

/** Whole ones, and not too few. */
function seconds(ms: number): string {
  return String(Math.ceil(ms / 1000))
}

/** As programs in Go print it: `3h0m0s`. */
function duration(all: number): string {
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60]
  return `${hours > 0 ? `${hours}h` : ''}${all >= 60 ? `${minutes}m` : ''}${all % 60}s`
}

/** The registered domains of the names, each once: what stands below a public suffix, those of hosting companies among them. */
function domainsOf(names: readonly string[]): string[] {
  const options = { allowPrivateDomains: true, extractHostname: false }
  return [...new Set(names.map(withoutWildcard).map((name) => getDomain(name, options) ?? name))]
}

function setOf(names: readonly string[]): string {
  return createHash('sha256')
    .update([...names].sort().join(','))
    .digest('base64url')
}

function withoutWildcard(name: string): string {
  return name.startsWith('*.') ? name.slice(2) : name
}
