import { parentOf } from '../names.ts'
import { type Finding, severityOf } from './finding.ts'
import { andMore, listOf, plainName } from './sentence.ts'
import { suspensionOf } from './zone-names.ts'
import { judgeResolvers } from './zone-resolvers.ts'
import { judgeNames, judgeServers } from './zone-servers.ts'
import type { DelegatedZone, ZoneView } from './zone-view.ts'

/** Everything that keeps the records of a zone from being seen, errors first; nothing where all is well. */
export function judgeZone(view: ZoneView): Finding[] {
  const { zone, servers, warnings, resolvers } = view
  if (!zone) return [judgeAbsence(view)]
  const suspended = judgeSuspension(zone)
  if (suspended) return [suspended]
  const findings = [
    ...judgeSource(view, zone),
    ...judgeServers(zone, servers, warnings),
    ...judgeNames(zone, servers),
    ...judgeResolvers(zone, servers, resolvers),
  ]
  return findings.toSorted((a, b) => rank(a) - rank(b))
}

function rank(finding: Finding): number {
  return severityOf(finding) === 'error' ? 0 : 1
}

/** Why no zone was found: the three things that "no such domain" can mean look the same in the DNS. */
function judgeAbsence({ registrable, delegation, warnings }: ZoneView): Finding {
  const domain = plainName(registrable)
  const above = plainName(parentOf(registrable))
  if (delegation === 'missing') {
    return {
      state: 'missing',
      problem: 'DOMAIN_NOT_REGISTERED',
      explanation: `The name servers of ${above} say that ${domain} does not exist. One of three things has happened: it was never registered, or its registration has expired, or it is on hold. Check the spelling, then look at the registrar where it was bought: renew it, or do what the registrar asks for. WHOIS shows a hold as the status clientHold (set by the registrar) or serverHold (set by the registry).`,
      actor: 'customer',
    }
  }
  if (delegation === 'none') {
    return {
      state: 'missing',
      problem: 'ZONE_NOT_DELEGATED',
      explanation: `The name servers of ${above} know the name ${domain}, but name no servers that have its records. So nobody can find them. Enter the name servers of the DNS provider at the registrar of ${domain}.`,
      actor: 'customer',
    }
  }
  const why = warnings.length > 0 ? ` ${andMore(warnings, ' ')}` : ''
  if (delegation === 'delegated') {
    return {
      state: 'unknown',
      problem: 'ZONE_UNREACHABLE',
      explanation: `${domain} has name servers, but none with an address that can be asked.${why} So nobody can find its records. Enter name servers that exist at the registrar of ${domain}.`,
      actor: 'customer',
    }
  }
  return {
    state: 'unknown',
    problem: 'DNS_UNREACHABLE',
    explanation: `No server could be asked where the records of ${domain} are.${why} That is mostly the network of this machine: check that it reaches name servers on port 53, or name another resolver with --resolver.`,
    actor: 'operator',
  }
}

function judgeSuspension({ apex, nameServers }: DelegatedZone): Finding | undefined {
  const found = suspensionOf(nameServers)
  if (!found) return undefined
  const { registrar, why } = found
  const by = registrar ?? 'its registrar'
  const told =
    why === 'expired'
      ? 'when a domain has expired. Renew it at the registrar'
      : 'when the owner has not confirmed the e-mail address or the contact data. Follow the link in the mail of the registrar, or ask there for a new one'
  return {
    state: 'wrong',
    problem: 'DOMAIN_SUSPENDED',
    explanation: `The name servers of ${plainName(apex)} are ${listOf(nameServers)}. These are set by ${by} in place of the owner's ${told}. Until then no record of the owner can be seen; afterwards its own name servers come back within hours.`,
    actor: 'customer',
  }
}

function judgeSource({ delegation }: ZoneView, { apex, source }: DelegatedZone): Finding[] {
  if (source === 'parent') return []
  const zone = plainName(apex)
  if (delegation === 'missing' || delegation === 'none') {
    const said = delegation === 'missing' ? 'has no such domain' : 'names no servers for it'
    return [
      {
        state: 'ok',
        problem: 'SPLIT_HORIZON',
        explanation: `The resolver of this machine knows the zone ${zone}, but the public DNS ${said}. So the zone is seen in this network only, and a public CA does not see it. Register or delegate it, or use a CA of this network.`,
        actor: 'operator',
      },
    ]
  }
  if (delegation !== 'unknown') return []
  const explanation = `The zone above ${zone} could not be asked for its name servers. Those that the resolver of this machine gives were taken, and the public DNS may name others. Check that this machine reaches name servers on port 53.`
  return [{ state: 'ok', problem: 'ZONE_PARENT_SILENT', explanation, actor: 'operator' }]
}
