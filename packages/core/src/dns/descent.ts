import { createHash } from 'node:crypto'
import type { ZoneAuthority } from '../contracts/dns.ts'
import type { Clock } from '../contracts/runtime.ts'
import { parentOf } from '../domain/names.ts'
import { DomainctlError } from '../errors.ts'
import type { Authoritative } from './authoritative.ts'
import { nameServersOf, whereabouts } from './delegation.ts'
import type { Message, ResourceRecord } from './message.ts'
import type { DelegatedZone, NameServers } from './name-servers.ts'
import { SharedLookups } from './shared-lookups.ts'

/** Where a descent ended: at the zone that holds the name, or at one whose servers do not tell the way. */
export interface Landing extends DelegatedZone {
  /** What each server of the zone said, when none answers for it: a zone below it could not be looked for. */
  silent?: string
  /** The zone says with authority that nothing exists at the name. */
  isMissing: boolean
}

/** Delegations that are followed from the zone above; a name has rarely more than two. */
const MAX_CUTS = 16

/** Characters that are kept as they are; 13 servers mostly need fewer. */
const LONGEST_KEY = 512

/** From a zone down to the one that holds a name, by the delegations of the zones' own servers. Cuts are known for a minute. */
export class Descent {
  readonly #authoritative: Authoritative
  readonly #nameServers: NameServers
  readonly #cuts: SharedLookups<DelegatedZone>

  constructor(o: { authoritative: Authoritative; nameServers: NameServers; clock: Clock }) {
    this.#authoritative = o.authoritative
    this.#nameServers = o.nameServers
    this.#cuts = new SharedLookups(o.clock)
  }

  /** Asks the servers of `from` and of every zone that is delegated below it until one of them holds `name` itself. */
  async to(from: DelegatedZone, name: string, signal: AbortSignal): Promise<Landing> {
    let { zone, addressless } = from
    let asked = name
    for (let cuts = 0; cuts <= MAX_CUTS; ) {
      const { apex } = zone
      if (zone.servers.length === 0) return { zone, addressless, silent: 'no server of it can be asked', isMissing: false }
      const question = { name: asked, type: 'SOA' } as const
      const read = (reply: Message) => whereabouts(apex, question.name, reply)
      const said = await this.#authoritative.firstOf(zone.servers, question, read, signal)
      if ('silent' in said) return { zone, addressless, silent: said.silent, isMissing: false }
      const { found } = said
      if (found.kind === 'here') return { zone, addressless, isMissing: found.isMissing }
      if (found.kind === 'alias') {
        // It answered with authority, so the name above is known where that is the apex.
        if (asked === apex || parentOf(asked) === apex) return { zone, addressless, isMissing: false }
        asked = parentOf(asked)
        continue
      }
      cuts += 1
      const child =
        found.kind === 'referral'
          ? await this.#cut(found.child, found, signal)
          : await this.#childBeside(zone, found.child, signal)
      zone = { ...child.zone, warnings: [...from.zone.warnings, ...child.zone.warnings] }
      addressless = child.addressless
    }
    throw new DomainctlError(
      'DNS_ZONE_NOT_FOUND',
      `${name} is behind more than ${MAX_CUTS} delegations below ${from.zone.apex || 'the root'}.`,
      {
        hint: 'Correct the NS records of the zones above it.',
      },
    )
  }

  async #cut(
    child: string,
    { names, glue }: { names: string[]; glue: ResourceRecord[] },
    signal: AbortSignal,
  ): Promise<DelegatedZone> {
    const key = keyOf(child, names)
    const cut = await this.#cuts.get(key, signal, async (shared) => {
      return await this.#nameServers.authority(child, { names, glue, source: 'parent' }, shared)
    })
    if (cut.zone.servers.length === 0) this.#cuts.forget(key)
    return cut
  }

  /** A child zone on the parent's own server, which then shows the child's NS records in place of a referral. */
  async #childBeside(parent: ZoneAuthority, child: string, signal: AbortSignal): Promise<DelegatedZone> {
    const key = `${child} beside ${parent.apex}`
    const cut = await this.#cuts.get(key, signal, async (shared) => {
      const said = await this.#authoritative.firstOf(
        parent.servers,
        { name: child, type: 'NS' },
        (reply) => {
          const names = nameServersOf(child, [...reply.answers, ...reply.authorities])
          return names.length > 0 ? { names, glue: reply.additionals } : undefined
        },
        shared,
      )
      if ('found' in said) return await this.#nameServers.authority(child, { ...said.found, source: 'parent' }, shared)
      const warnings = [`The zone ${child} has no NS records; the servers of ${parent.apex} are taken for its own.`]
      return { zone: { ...parent, apex: child, nameServers: [], source: 'parent', warnings }, addressless: [] }
    })
    if (cut.zone.servers.length === 0) this.#cuts.forget(key)
    return cut
  }
}

/** Of a cut with these servers; for thousands of names each may have one of its own. */
function keyOf(child: string, names: readonly string[]): string {
  const text = `${child} ${names.toSorted().join(' ')}`
  return text.length <= LONGEST_KEY ? text : createHash('sha256').update(text).digest('base64')
}
