import type { Sighting } from './record.ts'

/** What one server showed of one type at a name. */
export interface Shown extends Sighting {
  /** Seconds, of the values. */
  ttl?: number
}

/** Where CNAME records lead, as `AddressTrace` of the DNS contract gives it. */
export interface Route {
  /** The name, then the target of each CNAME in turn. */
  path: string[]
  end: 'addresses' | 'none' | 'missing' | 'loop' | 'too-long' | 'silent'
  /** IPv4 and IPv6, at the last name. */
  addresses: string[]
  /** Of `missing` and `silent`: what was said. */
  why?: string
}

/** A record that has nothing to do with routing, and is not ours to touch. */
export interface OtherRecord {
  type: 'TXT' | 'MX' | 'CAA' | 'NS'
  value: string
}

/** What the routing proof of one name wants of one type: a CNAME to a host, or all of these addresses and no others. */
export type WantedRoute = { type: 'CNAME'; target: string } | { type: 'A' | 'AAAA'; addresses: string[] }

/** What was seen of one routed name. Everything but `name`, `zone` and `wanted` is absent until it was looked at. */
export interface RoutingObserved {
  name: string
  /** Apex of the zone that holds the name. */
  zone: string
  wanted: WantedRoute
  cname?: Shown[]
  a?: Shown[]
  aaaa?: Shown[]
  /** Where the name leads, when a CNAME stands at it. */
  leads?: Route
  /** Where the wanted host leads. */
  target?: Route
  /** TXT, CAA and NS records at the name itself. */
  others?: OtherRecord[]
  /** Where the wildcard beside the name leads, such as `*.example.com` for `shop.example.com`. */
  wildcard?: Route
}

/** Something to look at before the judgement is final. */
export type RoutingLook = 'cname' | 'addresses' | 'leads' | 'target' | 'others' | 'wildcard'
