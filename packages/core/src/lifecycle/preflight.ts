import type { Issuer, IssuerAccount } from '../contracts/issuer.ts'
import { type CaaSet, judgeCaa } from '../domain/diagnosis/caa.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { NewAuditEvent } from '../domain/model.ts'
import { baseOf } from '../domain/names.ts'
import { DomainctlError } from '../errors.ts'
import type { Step } from './step.ts'

/** Names whose CAA records are looked up at a time; the levels above them are shared. */
const NAMES_AT_A_TIME = 32

/** As many names and records as an error names. */
const MOST_NAMED = 3

/**
 * Looks up whether CAA lets this CA issue for the names of the domain (requirements D6), so that no order is made or
 * answered that it would refuse: failed validations are counted. A CA that does not say by which names CAA means it
 * cannot be judged; whatever it decides, it decides itself. Answers what belongs into the history.
 * @throws DomainctlError `DNS_CAA_FORBIDS`, `DNS_CAA_FAILED`, and as `Dns.caaFor` says
 */
export async function preflight(step: Step, issuer: Issuer, account: IssuerAccount): Promise<NewAuditEvent[]> {
  const { caaIdentities: identities } = await issuer.describe(step)
  if (identities.length === 0) return []
  const dns = await step.services.dns()
  const names = step.domain.names.map(({ name }) => name)
  const bases = [...new Set(names.map(baseOf))]
  const sets = new Map(await inParallel(bases, NAMES_AT_A_TIME, async (base) => [base, await dns.caaFor(base, step)] as const))
  const forbidden = names.flatMap((name) => {
    const set = sets.get(baseOf(name))
    const request = { identities, wildcard: name.startsWith('*.'), method: 'dns-01', accountUrl: account.url } as const
    const verdict = set ? judgeCaa(set, request) : { allowed: true as const }
    return verdict.allowed ? [] : [{ name, ...verdict }]
  })
  if (forbidden.length > 0) throw forbids(identities, forbidden)
  return [step.event('caa.allows', placesOf([...sets.values()]), { identities })]
}

function placesOf(sets: readonly CaaSet[]): string {
  const places = new Set(sets.flatMap(({ rrsets }) => rrsets.flatMap(({ path }) => path.at(-1) ?? [])))
  return places.size === 0 ? 'no CAA records are in force' : `CAA at ${andMore([...places])}`
}

function forbids(identities: readonly string[], forbidden: { name: string; reason: string; fix: string }[]): DomainctlError {
  const names = andMore(forbidden.map(({ name }) => name))
  const reasons = andMore([...new Set(forbidden.map(({ reason }) => reason))], '; ')
  const fixes = andMore([...new Set(forbidden.map(({ fix }) => fix))], '; ')
  return new DomainctlError('DNS_CAA_FORBIDS', `CAA does not let ${identities[0]} issue for ${names}: CAA ${reasons}.`, {
    hint: `Nothing was asked of the CA. In the DNS, ${fixes}; then repeat. Or choose another CA with --ca.`,
  })
}

function andMore(texts: readonly string[], separator = ', '): string {
  const more = texts.length > MOST_NAMED ? `${separator}and ${texts.length - MOST_NAMED} more` : ''
  return `${texts.slice(0, MOST_NAMED).join(separator)}${more}`
}
