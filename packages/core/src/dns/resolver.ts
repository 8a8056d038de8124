import { getServers } from 'node:dns'
import type { Clock } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import type { HttpsResolver } from './doh.ts'
import { firstUsable } from './hedge.ts'
import type { Message, Question } from './message.ts'
import { parseEndpoint, parseResolverUrl } from './resolver-address.ts'
import { type NoReply, PATIENT, type Wire } from './wire.ts'

/**
 * Who judges what the world sees when no resolver is configured (requirements D5): the one of this machine may show an
 * internal view, or be a cache that others do not share.
 */
export const PUBLIC_RESOLVERS = ['1.1.1.1', '8.8.8.8', '9.9.9.9'] as const

/** One recursive resolver, however it is reached. */
export interface Upstream {
  /** As it was configured, and as messages name it: an address or a URL. */
  label: string
  ask(question: Question, signal: AbortSignal, o?: { checkingDisabled?: boolean }): Promise<Message | NoReply>
}

/** The recursive resolvers, in two roles: for finding zones and addresses, and as judges of what others can see. */
export class Resolver {
  readonly #clock: Clock
  #upstreams: readonly Upstream[]
  /** Each is asked on its own; the greater part of them decides in mode `recursive` (requirements D5). */
  readonly judges: readonly Upstream[]

  /** @param judges those for finding, when not given */
  constructor(upstreams: readonly Upstream[], clock: Clock, judges: readonly Upstream[] = upstreams) {
    this.#upstreams = upstreams
    this.#clock = clock
    this.judges = judges
  }

  /**
   * The first `NOERROR` or `NXDOMAIN` of any resolver, else the refusal or failure of one of them.
   * @throws DomainctlError `DNS_UNREACHABLE` when no resolver answers at all
   */
  async ask(question: Question, signal: AbortSignal): Promise<Message> {
    const silent: string[] = []
    let refusal: Message | undefined
    const attempt = async (upstream: Upstream, aborted: AbortSignal) => {
      const reply = await upstream.ask(question, aborted)
      if ('failure' in reply) silent.push(`${upstream.label}: ${reply.reason}`)
      else if (reply.rcode === 'NOERROR' || reply.rcode === 'NXDOMAIN') return { upstream, reply }
      else refusal ??= reply
      return undefined
    }
    const found = await firstUsable(this.#upstreams, attempt, { clock: this.#clock, signal })
    if (found) {
      // Who has answered is asked first the next time, so that a dead resolver costs its head start only once.
      this.#upstreams = [found.upstream, ...this.#upstreams.filter((upstream) => upstream !== found.upstream)]
      return found.reply
    }
    if (refusal) return refusal
    throw new DomainctlError('DNS_UNREACHABLE', `No DNS resolver answers (${silent.join('; ') || 'none is configured'}).`, {
      hint:
        'Check the network of this machine and that port 53 is open. Where it is blocked, ask over HTTPS: ' +
        '--resolver https://9.9.9.9/dns-query',
    })
  }

  /** Those for finding, to be asked each on its own; who answered last is the first. */
  get upstreams(): readonly Upstream[] {
    return this.#upstreams
  }
}

/**
 * The configured resolvers in both roles. With `undefined` or none: the system's for finding, {@link PUBLIC_RESOLVERS} as
 * judges.
 * @throws DomainctlError `CONFIG_INVALID` for text that is neither an address nor a URL of a resolver
 */
export function openResolver(resolvers: readonly string[] | undefined, reach: { wire: Wire; clock: Clock }): Resolver {
  const upstreams = upstreamsOf(resolvers?.length ? resolvers : getServers(), reach)
  const judges = resolvers?.length ? upstreams : upstreamsOf(PUBLIC_RESOLVERS, reach)
  return new Resolver(upstreams, reach.clock, judges)
}

/** One upstream for each text; one that is named twice would have two votes. */
function upstreamsOf(texts: readonly string[], { wire, clock }: { wire: Wire; clock: Clock }): Upstream[] {
  return [...new Set(texts)].map((label) => {
    if (/^https?:/i.test(label)) return overHttps(label, clock)
    const endpoint = parseEndpoint(label)
    return {
      label,
      ask: (question, signal, o) => wire.ask(endpoint, question, { ...o, signal, recursionDesired: true, patience: PATIENT }),
    }
  })
}

function overHttps(label: string, clock: Clock): Upstream {
  const url = parseResolverUrl(label)
  // HTTP/2 takes some 8 ms to load, and most people have no use for it.
  let opening: Promise<HttpsResolver> | undefined
  const open = () => (opening ??= import('./doh.ts').then((doh) => new doh.HttpsResolver(url, clock)))
  return { label, ask: async (question, signal, o) => await (await open()).ask(question, signal, o) }
}
