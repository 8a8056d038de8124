import type { AddressTrace } from '../../contracts/dns.ts'
import type { HttpProbe, ProbeAnswer } from '../../contracts/http-probe.ts'
import type { Check, SeenAnswer } from '../../contracts/verification.ts'
import { type HttpFinding, judgeHttp } from '../../domain/diagnosis/http.ts'
import { inParallel } from '../../domain/in-parallel.ts'
import type { Domain, DomainName } from '../../domain/model.ts'
import { printable } from '../../domain/printable.ts'
import type { ProbeSettings } from '../../domain/probe.ts'
import { DomainctlError } from '../../errors.ts'
import { blind, type Looking, type Subject, toCheck } from './look.ts'

/** Names of one domain that are probed at the same time; each has up to 8 addresses. */
const AT_ONCE = 8

/**
 * Asks every name of the domain over HTTP, at each address that the authoritative servers give: a check for each name, or
 * one for each problem of it. None where the domain wants no probe; none of wildcards, which are no names to be asked for.
 */
export async function lookAtHttp(looking: Looking, probe: () => Promise<HttpProbe>, domain: Domain): Promise<Check[]> {
  const settings = domain.probe
  if (!settings) return []
  const names = domain.names.filter(({ name }) => !name.startsWith('*.'))
  const room = await probe()
  return (await inParallel(names, AT_ONCE, (name) => lookAtName(looking, room, name, settings))).flat()
}

/** For HTTP-01, where the probe does not tell it: that each name leads to an address, without which no CA finds the answer. */
export async function lookAtAddresses({ dns, signal, now }: Looking, names: readonly DomainName[]): Promise<Check[]> {
  const checks = await inParallel(names, AT_ONCE, async ({ name }): Promise<Check[]> => {
    const subject: Subject = { purpose: 'http', record: { type: 'A', name, expected: [] } }
    try {
      const trace = await dns.trace(name, { signal })
      return trace.end === 'addresses' ? [] : [toCheck(subject, addressless(name, trace), { seen: [], now })]
    } catch (error) {
      if (error instanceof DomainctlError && error.kind === 'not-ready')
        return [toCheck(subject, blind(error), { seen: [], now })]
      throw error
    }
  })
  return checks.flat()
}

async function lookAtName(
  looking: Looking,
  probe: HttpProbe,
  { name, routing }: DomainName,
  wanted: ProbeSettings,
): Promise<Check[]> {
  const { dns, signal, now } = looking
  const nothingSeen = { seen: [], now }
  const subject: Subject = { purpose: 'http', record: { type: 'A', name, expected: routing?.addresses ?? [] } }
  try {
    const trace = await dns.trace(name, { signal })
    if (trace.end !== 'addresses') return [toCheck(subject, addressless(name, trace), nothingSeen)]
    const ours = await oursOf(looking, routing)
    const sightings = await probe.probe({ name, addresses: trace.addresses, ...wanted }, { signal })
    const found = judgeHttp({
      name,
      url: sightings[0]?.url ?? name,
      hasToken: wanted.token !== undefined,
      addresses: trace.addresses,
      ...(ours && { ours }),
      sightings,
    })
    return found.map((finding) => checkOf(name, finding, { ours, sightings, now }))
  } catch (error) {
    if (error instanceof DomainctlError && error.kind === 'not-ready') return [toCheck(subject, blind(error), nothingSeen)]
    throw error
  }
}

/** The addresses that are meant to serve the name; undefined where the domain does not say, or they are not known. */
async function oursOf({ dns, signal }: Looking, routing: DomainName['routing']): Promise<string[] | undefined> {
  if (routing?.addresses) return routing.addresses
  if (routing?.target === undefined) return undefined
  const { end, addresses } = await dns.trace(routing.target, { signal })
  return end === 'addresses' ? addresses : undefined
}

function checkOf(
  name: string,
  { addresses, ...finding }: HttpFinding,
  { ours = [], sightings, now }: { ours: string[] | undefined; sightings: readonly ProbeAnswer[]; now: Date },
): Check {
  const about = new Set(addresses)
  const isIpv6 = addresses.length > 0 && addresses.every((address) => address.includes(':'))
  const expected = ours.filter((address) => address.includes(':') === isIpv6)
  const seen = sightings.filter(({ address }) => about.has(address)).map(seenAnswer)
  return toCheck({ purpose: 'http', record: { type: isIpv6 ? 'AAAA' : 'A', name, expected } }, finding, { seen, now })
}

/** What one address answered, in the shape of what a name server does. */
function seenAnswer({ address, outcome, status, redirects }: ProbeAnswer): SeenAnswer {
  return { server: address, rcode: status === undefined ? outcome : `HTTP ${status}`, values: redirects }
}

/** A name that leads to no address. */
function addressless(name: string, { end, path, why }: AddressTrace): HttpFinding {
  const said = why === undefined ? '' : ` (${why})`
  if (end === 'silent') {
    const explanation = `The addresses of ${name} are not known, so it could not be asked over HTTP: no name server gave an answer${said}.`
    return { state: 'unknown', problem: 'DNS_UNREACHABLE', explanation, actor: 'provider', addresses: [] }
  }
  const last = path.at(-1) ?? name
  const by = last === name ? '' : ` by way of ${printable(last)}`
  const seen =
    end === 'loop' || end === 'too-long'
      ? `${name} leads in a circle of CNAME records, or through too many of them, and never to an address.`
      : `${name} leads to no address${by}${said}.`
  const explanation = `${seen} So nothing can be asked over HTTP, and no visitor gets there. Make it lead to the server that it is meant to be at.`
  return { state: 'missing', problem: 'HTTP_UNREACHABLE', explanation, actor: 'customer', addresses: [] }
}
