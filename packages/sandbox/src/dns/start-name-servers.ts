import { DomainctlError } from '@domainctl/core'
import type { ZoneBook } from '../apis/zone-book.ts'
import { LOOPBACK } from '../loopback.ts'
import { openTogether } from '../opened.ts'
import type { SandboxRuntime } from '../runtime.ts'
import { shown } from '../shown.ts'
import { canonicalName } from './canonical-name.ts'
import { changesByHand } from './changes-by-hand.ts'
import { LaggedCopy } from './lagged-copy.ts'
import { listenAll } from './listeners.ts'
import { joined } from './name-path.ts'
import type { NameServers, SandboxRecord, TsigKey } from './name-servers.ts'
import { authoritative, recursive } from './name-service.ts'
import { Primary } from './primary.ts'
import { RCODE } from './resource-record.ts'
import { createResponder, type Service } from './respond.ts'
import { HOSTMASTER } from './soa.ts'
import { carryOut } from './update.ts'
import type { WireMessage } from './wire-message.ts'
import { addressOf, createWorld } from './world.ts'
import { bookOf } from './zone-book.ts'

/** 127.0.0.1 to 127.0.0.254. */
const MOST_SERVERS = 254

/** What name servers are started with. */
export interface NameServersOptions {
  readonly zones: readonly string[]
  readonly records: readonly SandboxRecord[]
  /** How many authoritative servers. */
  readonly count: number
  readonly lagMs: number
  /** A free one when not given. */
  readonly port?: number
  readonly resolverPort?: number
  readonly runtime: SandboxRuntime
}

/**
 * Starts the authoritative servers and a resolver that sees what the primary sees.
 * @throws DomainctlError `USAGE`, `SANDBOX_CANNOT_LISTEN`
 */
export async function startNameServers(
  options: NameServersOptions,
): Promise<NameServers & { book: ZoneBook; stop(): Promise<void> }> {
  const { count, runtime } = options
  if (!Number.isInteger(count) || count < 1 || count > MOST_SERVERS) {
    throw unusable(`${shown(count)} is no number of name servers.`, `Give 1 to ${MOST_SERVERS}.`)
  }
  const apexes = checkedList(options.zones, 'zones').map(apexOf)
  const zones = createWorld(apexes, count)
  // The records of the start are there before the copies are made, so that every server has them at once.
  const byHand = changesByHand(new Primary(zones, apexes, [], 0))
  for (const record of checkedList(options.records, 'records')) byHand.add(record)
  const copies = Array.from({ length: count - 1 }, () => new LaggedCopy(zones, runtime.clock))
  const primary = new Primary(zones, apexes, copies, checkedLag(options.lagMs))

  const key: TsigKey = {
    name: 'sandbox',
    algorithm: 'hmac-sha256',
    secret: Buffer.from(runtime.random.bytes(32)).toString('base64'),
  }
  const serve = (query: Service['query'], updates: Service['updates']) =>
    createResponder({ key, clock: runtime.clock, query, updates })
  const take = (update: WireMessage) => carryOut(update, (apex) => primary.zoneOf(apex))
  const servers = [
    serve(
      authoritative(() => zones),
      (signed) => (signed ? take : RCODE.REFUSED),
    ),
    // Secondaries forward nothing (RFC 2136 §6).
    ...copies.map((copy) =>
      serve(
        authoritative(() => copy.zones()),
        () => RCODE.NOTAUTH,
      ),
    ),
  ].map((respond, index) => ({ address: addressOf(index + 1), respond }))
  const resolver = serve(
    recursive(() => zones),
    () => RCODE.NOTIMP,
  )

  const { opened, close } = await openTogether(async (defer) => {
    const serving = await listenAll(servers, options.port)
    defer(serving.stop)
    const resolving = await listenAll([{ address: LOOPBACK, respond: resolver }], options.resolverPort)
    defer(resolving.stop)
    return { port: serving.port, resolverPort: resolving.port }
  })

  const [first = '', ...others] = servers.map(({ address }) => `${address}:${opened.port}`)
  return {
    servers: [first, ...others],
    port: opened.port,
    resolver: `${LOOPBACK}:${opened.resolverPort}`,
    tsigKey: key,
    ...changesByHand(primary),
    book: bookOf(primary),
    get lagMs() {
      return primary.lagMs
    },
    set lagMs(ms) {
      primary.lagMs = checkedLag(ms)
    },
    stop: close,
  }
}

function checkedList<T>(list: readonly T[], what: string): readonly T[] {
  if (Array.isArray(list)) return list
  throw unusable(`${shown(list)} is no list of ${what}.`, 'Give an array.')
}

function apexOf(zone: string): string {
  const apex = canonicalName(zone)
  if (apex === undefined) throw unusable(`${shown(zone)} is no name of a zone.`, 'Write it as example.test.')
  // Names of the servers' own stand below it, of which this is the longest.
  if (canonicalName(joined(HOSTMASTER, apex)) === undefined) {
    throw unusable(`${shown(zone)} is too long for a zone.`, `Give one for which ${HOSTMASTER}.<zone> is a name too.`)
  }
  return apex
}

function checkedLag(ms: number): number {
  if (Number.isFinite(ms) && ms >= 0) return ms
  throw unusable(`${shown(ms)} is no time to lag behind.`, 'Give milliseconds, 0 or more.')
}

function unusable(message: string, hint: string): DomainctlError {
  return new DomainctlError('USAGE', message, { hint })
}
