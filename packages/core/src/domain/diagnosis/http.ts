import { canonicalSeen } from './canonical.ts'
import type { Finding } from './finding.ts'
import type { ProblemCode } from './problems.ts'

/** How one address of a name answered over HTTP. */
export interface HttpSighting {
  /** IPv4 or IPv6. */
  address: string
  /**
   * `unreachable`: no answer that is HTTP · `no-route`: this machine has no IPv6, so nothing is known · `status`: an answer
   * with the wrong status · `token`: 200 without the token · `redirect`: to where it is not followed · `private`: not a
   * public address, and not asked · `tls`: redirected to HTTPS, which fails before anything can be asked.
   */
  outcome: 'ok' | 'unreachable' | 'no-route' | 'status' | 'token' | 'redirect' | 'private' | 'tls'
  /** Of the last answer. */
  status?: number
  /** The URL that was asked last; absent where none was. */
  finalUrl?: string
  /** Where each redirect led, in turn, also the last one that was not followed. */
  redirects: string[]
  /** What was seen, for people: `it answers 404 (Not Found)`. */
  why: string
  /** As it calls itself (`Server`), quoted and made safe for a terminal. */
  server?: string
}

/** The HTTP probe of one name. */
export interface HttpObserved {
  name: string
  /** Asked for at each address. */
  url: string
  /** Whether the answer has to be a token. */
  hasToken: boolean
  /** The addresses of the name, as its authoritative servers give them. */
  addresses: readonly string[]
  /** Those that are meant to serve it; absent where that is not known. */
  ours?: readonly string[]
  sightings: readonly HttpSighting[]
}

/** A finding and the addresses that it is about. */
export interface HttpFinding extends Finding {
  addresses: string[]
}

type Actor = 'customer' | 'operator'

type Wrong = HttpSighting & { outcome: Exclude<HttpSighting['outcome'], 'ok' | 'no-route'> }

const PROBLEM: Record<Wrong['outcome'], ProblemCode> = {
  unreachable: 'HTTP_UNREACHABLE',
  status: 'HTTP_WRONG_ANSWER',
  token: 'HTTP_WRONG_ANSWER',
  // What has no certificate yet answers over HTTP, but with something else than what was asked for.
  tls: 'HTTP_WRONG_ANSWER',
  redirect: 'HTTP_REDIRECTED',
  private: 'HTTP_ADDRESS_PRIVATE',
}

/** What the answers mean: one finding when all is right, else one for each problem and each who has to act. */
export function judgeHttp(observed: HttpObserved): HttpFinding[] {
  const { url, sightings } = observed
  const right = sightings.filter(({ outcome }) => outcome === 'ok')
  const unrouted = sightings.filter(({ outcome }) => outcome === 'no-route')
  const wrong = sightings.filter(isWrong)
  if (right.length + wrong.length === 0) return [nothingAsked(observed, unrouted)]
  if (wrong.length === 0) {
    const answers = right.map(({ address, status }) => (status === undefined ? address : `${address} (${status})`)).join(', ')
    const proof = observed.hasToken ? 'with its token ' : ''
    const explanation = `${url} is answered ${proof}at ${answers}.${notAsked(observed, unrouted)}`
    return [{ state: 'ok', explanation, actor: 'operator', addresses: right.map(({ address }) => address) }]
  }
  const groups = Map.groupBy(wrong, (sighting) => `${PROBLEM[sighting.outcome]} ${actorFor(sighting, observed)}`)
  return [...groups.values()].map((group) => faulty(observed, group, unrouted))
}

function nothingAsked(observed: HttpObserved, unrouted: readonly HttpSighting[]): HttpFinding {
  const { name, url } = observed
  if (unrouted.length === 0) {
    const explanation = `${name} has no address, so nothing can be asked for ${url}. Give it the addresses of the server that it is meant to be at.`
    return { state: 'missing', problem: 'HTTP_UNREACHABLE', explanation, actor: 'customer', addresses: [] }
  }
  const addresses = unrouted.map(({ address }) => address)
  const explanation = `${name} has IPv6 addresses alone (${addresses.join(', ')}), and this machine has no way to IPv6, so ${url} could not be asked for. Run domainctl where IPv6 works.`
  return { state: 'unknown', problem: 'HTTP_UNREACHABLE', explanation, actor: 'operator', addresses }
}

function faulty(observed: HttpObserved, group: readonly Wrong[], unrouted: readonly HttpSighting[]): HttpFinding {
  const [first] = group
  if (!first) throw new Error('groupBy made an empty group')
  const problem = PROBLEM[first.outcome]
  const actor = actorFor(first, observed)
  const seen = group.map(
    ({ address, why, server }) => `At ${address} ${why}${server === undefined ? '' : ` (its software: ${server})`}.`,
  )
  const rest = notAsked(observed, unrouted)
  const explanation = `${observed.url} has to be answered before a certificate is ordered. ${seen.join(' ')}${rest} ${remedy(observed, group, actor)}`
  const addresses = group.map(({ address }) => address)
  return { state: problem === 'HTTP_UNREACHABLE' ? 'missing' : 'wrong', problem, explanation, actor, addresses }
}

/** Who can mend it: where the name leads to the wanted addresses, those who run them; else whoever has its records. */
function actorFor({ address, outcome }: Wrong, { ours, sightings }: HttpObserved): Actor {
  if (ours) return isAmong(address, ours) ? 'operator' : 'customer'
  if (outcome === 'private') return 'customer'
  // Of several addresses one alone answers wrongly: that is more likely a record left over than a server of ours.
  const isStray = outcome !== 'unreachable' && sightings.some((other) => other.outcome === 'ok')
  return isStray ? 'customer' : 'operator'
}

function remedy({ name, hasToken, ours }: HttpObserved, group: readonly Wrong[], actor: Actor): string {
  const [first] = group
  const addresses = group.map(({ address }) => address).join(', ')
  const one = group.length === 1
  if (actor === 'customer') {
    const wanted = ours && ours.length > 0 ? ` (${ours.join(', ')})` : ''
    const stray = ours ? `not among those that are meant to serve ${name}${wanted}` : `probably left over from another host`
    if (first?.outcome === 'private')
      return `Nobody outside of that network can reach ${one ? 'this address' : 'these addresses'}. Remove the records of ${name} with ${addresses}.`
    return `${one ? 'This address is' : 'These addresses are'} ${stray}. Remove the records of ${name} with ${addresses}.`
  }
  switch (first?.outcome) {
    case 'private':
      return 'Nobody outside of that network can reach it, nor can a CA. Give the name public addresses; in a lab, allow private ones with --allow-private.'
    case 'redirect':
      return `Answer this path without a redirect, or with one that stays at ${name}.`
    case 'tls':
    case 'status':
    case 'token':
      return hasToken
        ? 'Answer this path over plain HTTP with status 200 and nothing but the token, also before there is a certificate.'
        : `Set up the server for ${name}, so that it answers this path with a status below 500.`
    default:
      return `Start the server there, and open its port to the internet; plain HTTP is enough.`
  }
}

/** What the probe says nothing about. */
function notAsked({ addresses, sightings }: HttpObserved, unrouted: readonly HttpSighting[]): string {
  const more = addresses.length - sightings.length
  const silent = unrouted.map(({ address }) => address).join(', ')
  return [
    silent === '' ? '' : ` Not asked: ${silent}, since this machine has no way to IPv6.`,
    more > 0 ? ` Not asked: ${more} more of its ${addresses.length} addresses.` : '',
  ].join('')
}

function isWrong(sighting: HttpSighting): sighting is Wrong {
  return sighting.outcome !== 'ok' && sighting.outcome !== 'no-route'
}

function isAmong(address: string, ours: readonly string[]): boolean {
  return ours.some((one) => canonical(one) === canonical(address))
}

function canonical(address: string): string {
  return canonicalSeen(address.includes(':') ? 'AAAA' : 'A', address)
}
