import type { SandboxRuntime } from '../../runtime.ts'
import type { ZoneBook } from '../zone-book.ts'
import { inOrder } from './names.ts'
import { type RecordSet, servedContents, unservedContents, type ZoneContents } from './record-sets.ts'
import { noSuchHostedZone } from './refusal.ts'

/** A hosted zone of the account. */
export interface HostedZone {
  /** Without `/hostedzone/`. */
  readonly id: string
  /** ASCII, no final dot. */
  readonly name: string
  readonly isPrivate: boolean
  readonly callerReference: string
  readonly contents: ZoneContents
}

/** The hosted zones of the account: one for each zone of the book, and those that are served nowhere. */
export interface HostedZones {
  /** In no order that says anything: that of their random ids. */
  all(): readonly HostedZone[]
  /** @throws Route53Refusal `NoSuchHostedZone` */
  get(id: string): HostedZone
  /** The one that name servers serve; undefined when there is none. */
  served(name: string): HostedZone | undefined
  /** Adds one that no name server serves. There may be one of its name already. */
  addUnserved(name: string, isPrivate: boolean): HostedZone
}

/** What a zone that is delegated nowhere has for name servers; private ones have these names at AWS too. */
const UNSERVED_NAME_SERVERS = [
  'ns-0.awsdns-00.com.',
  'ns-512.awsdns-00.net.',
  'ns-1024.awsdns-00.org.',
  'ns-1536.awsdns-00.co.uk.',
]

/** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html: the TTL of NS records. */
const NS_TTL = 172_800

/** The zones of the book, known under ids of their own from the first time they are seen. */
export function createHostedZones(book: ZoneBook, runtime: SandboxRuntime): HostedZones {
  const served = new Map<string, HostedZone>()
  const unserved: HostedZone[] = []
  const make = (name: string, isPrivate: boolean, contents: ZoneContents): HostedZone => ({
    id: newId('Z', runtime),
    name,
    isPrivate,
    callerReference: `sandbox-${newId('', runtime)}`,
    contents,
  })
  const zones: HostedZones = {
    all() {
      const now = book.zones().map((apex) => {
        const zone = served.get(apex) ?? make(apex, false, servedContents(book, apex))
        served.set(apex, zone)
        return zone
      })
      return [...now, ...unserved].sort((left, right) => inOrder(left.id, right.id))
    },
    get(id) {
      const zone = zones.all().find((one) => one.id === id)
      if (!zone) throw noSuchHostedZone(id)
      return zone
    },
    served(name) {
      zones.all()
      return served.get(name)
    },
    addUnserved(name, isPrivate) {
      const nameServers: RecordSet = { name, type: 'NS', ttl: NS_TTL, values: UNSERVED_NAME_SERVERS }
      const zone = make(name, isPrivate, unservedContents([nameServers]))
      unserved.push(zone)
      return zone
    },
  }
  return zones
}

/** As ids of AWS look: a letter, and 20 letters and digits. */
export function newId(prefix: string, { random }: SandboxRuntime): string {
  return (
    prefix +
    Array.from(random.bytes(20), (octet) => (octet % 36).toString(36))
      .join('')
      .toUpperCase()
  )
}
