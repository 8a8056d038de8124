import { getServers } from 'node:dns'
import { isIP } from 'node:net'
import type { Clock } from '../contracts/runtime.ts'
import { DomainctlError } from '../errors.ts'
import { firstUsable } from './hedge.ts'
import type { Message, Question } from './message.ts'
import { type Endpoint, type NoReply, PATIENT, type Wire } from './wire.ts'

/** One recursive resolver, however it is reached. */
export interface Upstream {
  /** As messages name it. */
  label: string
  ask(question: Question, signal: AbortSignal): Promise<Message | NoReply>
}

/** The recursive resolvers: for finding zones and addresses, and in mode `recursive` as judges of their own. */
export class Resolver {
  readonly #clock: Clock
  #upstreams: readonly Upstream[]

  constructor(upstreams: readonly Upstream[], clock: Clock) {
    this.#upstreams = upstreams
    this.#clock = clock
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
      hint: 'Check the network of this machine and that port 53 is open, or name another resolver with --resolver.',
    })
  }

  /** Each resolver, to be asked on its own. */
  get upstreams(): readonly Upstream[] {
    return this.#upstreams
  }
}

/**
 * Resolvers that are reached over UDP and TCP. `undefined` or none: the system's.
 * @throws DomainctlError `CONFIG_INVALID` for text that is not `IP`, `IP:PORT` or `[IPv6]:PORT`
 */
export function wireUpstreams(resolvers: readonly string[] | undefined, wire: Wire): Upstream[] {
  const texts = resolvers?.length ? resolvers : getServers()
  return texts.map((label) => {
    const endpoint = parseEndpoint(label)
    return {
      label,
      ask: (question, signal) => wire.ask(endpoint, question, { signal, recursionDesired: true, patience: PATIENT }),
    }
  })
}

/**
 * Reads `IP`, `IP:PORT`, `[IPv6]` or `[IPv6]:PORT`; the port is 53 when it is left out.
 * @throws DomainctlError `CONFIG_INVALID`
 */
export function parseEndpoint(text: string): Endpoint {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? []
  const port = digits === undefined ? 53 : Number(digits)
  if (isIP(text)) return { address: text, port: 53 }
  const isAddress = bracketed === undefined ? isIP(plain ?? '') === 4 : isIP(bracketed) === 6
  const address = bracketed ?? plain
  if (address === undefined || !isAddress || port < 1 || port > 65_535) {
    throw new DomainctlError('CONFIG_INVALID', `${JSON.stringify(text)} is not the address of a DNS resolver.`, {
      hint: 'Write an IP address, with a port where it is not 53: 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353.',
    })
  }
  return { address, port }
}
