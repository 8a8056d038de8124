import { isWithin, parentOf } from '../names.ts'
import { explained, type Finding, severityOf } from './finding.ts'
import { listOf, plainName, sentences } from './sentence.ts'
import { suspensionOf } from './zone-names.ts'
import { judgeResolvers } from './zone-resolvers.ts'
import { judgeNames, judgeServers } from './zone-servers.ts'
import type { DelegatedZone, ZoneView } from './zone-view.ts'

/** Everything that keeps the records of a zone from being seen, errors first; nothing where all is well. */
export function judgeZone(view: ZoneView): Finding[] {
  const { servers, warnings, resolvers, registrable } = view
  if (!view.zone) return [judgeAbsence(view)]
  const { apex } = view.zone
  const zone = { ...view.zone, isBelow: apex !== registrable && isWithin(apex, registrable) }
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
      ...explained(
        `The name servers of ${above} say that ${domain} does not exist. One of three things has happened: it was never registered, or its registration has expired, or it is on hold.`,
        [
          'Check the spelling.',
          'Log in at the registrar, where the domain was bought: renew it, or do what the registrar asks for.',
        ],
        ' WHOIS shows a hold as the status clientHold (set by the registrar) or serverHold (set by the registry).',
      ),
      actor: 'customer',
    }
  }
  if (delegation === 'none') {
    return {
      state: 'missing',
      problem: 'ZONE_NOT_DELEGATED',
      ...explained(
        `The name servers of ${above} know the name ${domain}, but name no servers that have its records. So nobody can find them.`,
        [
          `Ask the company that is to hold the DNS records of ${domain} for the names of its name servers.`,
          'Log in at the registrar and enter them under "Name servers".',
        ],
      ),
      actor: 'customer',
    }
  }
  const why = warnings.length > 0 ? ` ${sentences(warnings)}` : ''
  if (delegation === 'delegated') {
    return {
      state: 'unknown',
      problem: 'ZONE_UNREACHABLE',
      ...explained(
        `${domain} has name servers, but none with an address that can be asked.${why} So nobody can find its records.`,
        [`Log in at the registrar of ${domain} and enter name servers that exist.`],
      ),
      actor: 'customer',
    }
  }
  return {
    state: 'unknown',
    problem: 'DNS_UNREACHABLE',
    ...explained(
      `No server could be asked where the records of ${domain} are.${why} That is mostly the network of this machine.`,
      ['Check that this machine reaches name servers on port 53, or name another resolver with --resolver.'],
    ),
    actor: 'operator',
  }
}

function judgeSuspension({ apex, nameServers }: DelegatedZone): Finding | undefined {
  const found = suspensionOf(nameServers)
  if (!found) return undefined
  const { registrar, why } = found
  const at = registrar === undefined ? 'at the registrar' : `at ${registrar}`
  const zone = plainName(apex)
  const [when, todo] =
    why === 'expired'
      ? ['when a domain has expired', `Log in ${at} and renew ${zone}.`]
      : [
          'when the owner has not confirmed the e-mail address or the contact data',
          `Follow the link in the mail of the registrar, or log in ${at} and ask for a new one.`,
        ]
  return {
    state: 'wrong',
    problem: 'DOMAIN_SUSPENDED',
    ...explained(
      `The name servers of ${zone} are ${listOf(nameServers)}. These are set by ${registrar ?? 'its registrar'} in place of the owner's ${when}. Until that is mended, no record of the owner can be seen.`,
      [todo, 'Then wait some hours: the old records should come back by themselves.'],
    ),
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
        // A resolver that lags behind would know a public zone: here there is none, and no public CA can see this one.
        state: 'missing',
        problem: 'SPLIT_HORIZON',
        severity: 'error',
        ...explained(
          `The resolver of this machine knows the zone ${zone}, but the public DNS ${said}. So the zone is known only inside this network, and a public CA cannot give its names a certificate.`,
          [
            `Where ${zone} is meant to be public, register it, or enter its name servers at the registrar.`,
            'Otherwise it needs a CA of this network.',
          ],
        ),
        actor: 'operator',
      },
    ]
  }
  if (delegation !== 'unknown') return []
  const why = `The zone above ${zone} could not be asked for its name servers. Those that the resolver of this machine gives were taken, and the public DNS may name others.`
  const text = explained(why, ['Check that this machine reaches name servers on port 53.'])
  return [{ state: 'ok', problem: 'ZONE_PARENT_SILENT', ...text, actor: 'operator' }]
}
