import type { ResolverAnswer } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import { monotone } from '../domain/monotone.ts'
import type { Message, Question } from './message.ts'
import type { Resolver, Upstream } from './resolver.ts'
import { negativeTtlOf } from './soa.ts'
import type { NoReply } from './wire.ts'

/** How long a resolver that gave no reply is taken for dead, in milliseconds: bulk work waits for it once in that time. */
const DEAD_FOR = 10_000

/** Questions to each recursive resolver on its own, for what it has in its cache. */
export class ResolverAnswers {
  readonly #resolver: Resolver
  readonly #now: () => number
  readonly #dead = new Map<string, { reply: NoReply; until: number }>()

  constructor(resolver: Resolver, clock: Clock) {
    this.#resolver = resolver
    this.#now = monotone(clock)
  }

  /** What each judge answers, all asked at once. Rejects only when the signal aborts. */
  async judges(question: Question, signal: AbortSignal): Promise<ResolverAnswer[]> {
    return await this.#each(this.#resolver.judges, question, signal)
  }

  /** The same of the judges and of those that this machine finds things by, which may show an internal view. */
  async all(question: Question, signal: AbortSignal): Promise<ResolverAnswer[]> {
    return await this.#each(this.#known, question, signal)
  }

  get #known(): readonly Upstream[] {
    const { upstreams, judges } = this.#resolver
    return [...new Map([...upstreams, ...judges].map((one) => [one.label, one])).values()]
  }

  async #each(upstreams: readonly Upstream[], question: Question, signal: AbortSignal): Promise<ResolverAnswer[]> {
    return await Promise.all(
      upstreams.map(async (upstream) => {
        return resolverAnswer(upstream.label, question, await this.#ask(upstream, question, signal))
      }),
    )
  }

  /** The same question once more to one resolver; `unchecked`: with CD=1, without validation (RFC 4035 §3.2.2). */
  async again(label: string, question: Question, signal: AbortSignal, o?: { unchecked: boolean }): Promise<ResolverAnswer> {
    const upstream = this.#known.find((one) => one.label === label)
    if (!upstream) throw new Error(`no resolver ${label}`)
    const checkingDisabled = o?.unchecked ?? false
    return resolverAnswer(label, question, await this.#ask(upstream, question, signal, { checkingDisabled }))
  }

  async #ask(
    upstream: Upstream,
    question: Question,
    signal: AbortSignal,
    o?: { checkingDisabled: boolean },
  ): Promise<Message | NoReply> {
    const dead = this.#dead.get(upstream.label)
    if (dead && dead.until > this.#now()) return dead.reply
    const reply = await upstream.ask(question, signal, o)
    const isDead = 'failure' in reply && reply.failure !== 'garbage'
    if (isDead) this.#dead.set(upstream.label, { reply, until: this.#now() + DEAD_FOR })
    else this.#dead.delete(upstream.label)
    return reply
  }
}

/** Reads what a recursive resolver replied; CNAMEs are followed within its answer section. */
export function resolverAnswer(resolver: string, { name, type }: Question, reply: Message | NoReply): ResolverAnswer {
  if ('failure' in reply) return { resolver, rcode: reply.reason, outcome: 'unreachable', values: [] }
  const { rcode, answers } = reply
  const outcome = rcode === 'NOERROR' || rcode === 'NXDOMAIN' ? 'answer' : 'error'
  const cnames = new Map(answers.filter((record) => record.type === 'CNAME').map((record) => [record.name, record]))
  const cname = cnames.get(name)
  const ttls: number[] = []
  let end = name
  if (type !== 'CNAME') {
    // Each CNAME is taken out when it is followed, so that a loop ends.
    for (let next = cname; next; next = cnames.get(end)) {
      ttls.push(next.ttl)
      cnames.delete(end)
      end = next.value
    }
  }
  const seen = answers.filter((record) => record.name === end && record.type === type)
  ttls.push(...seen.map(({ ttl }) => ttl))
  const negativeTtl = outcome === 'answer' && seen.length === 0 ? negativeTtlOf(end, reply) : undefined
  return {
    resolver,
    rcode,
    outcome,
    values: seen.map(({ value }) => value),
    ...(cname && { cname: cname.value }),
    ...(ttls.length > 0 && { ttl: Math.min(...ttls) }),
    ...(negativeTtl !== undefined && { negativeTtl }),
  }
}
