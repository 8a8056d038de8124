import type { DomainReport } from '@domainctl/core'
import type { Io } from '../io.ts'
import { distanceTo, onDay, when, withLocalTimes } from '../time.ts'
import { deploymentFacts } from './deployments.ts'
import { healthFacts, healthText } from './health-facts.ts'
import { lifetimeBar } from './lifetime.ts'
import { mark } from './marks.ts'
import { columnsOf } from './output.ts'
import type { Meaning, Paint } from './paint.ts'
import { hanging } from './prose.ts'
import { recordTable } from './records.ts'
import { table } from './table.ts'
import { padTo, printable, widthOf } from './text.ts'
import { standingMark } from './worst.ts'

const MEANING: Record<DomainReport['status'], Meaning> = {
  pending_dns: 'waiting',
  pending_probe: 'waiting',
  issuing: 'waiting',
  active: 'good',
  failed: 'bad',
  suspended: 'waiting',
  deleted: 'faint',
}

/** How people read the name: `bücher.example (xn--bcher-kva.example)`. */
export function shownName({ name, unicodeName }: Pick<DomainReport, 'name' | 'unicodeName'>): string {
  return name === unicodeName ? name : `${printable(unicodeName)} (${name})`
}

/** A domain as `--json` prints it: of the probe's token, by which the edge is known, only that there is one. */
export function shownDomain(domain: DomainReport): unknown {
  const { probe } = domain
  return probe?.token === undefined ? domain : { ...domain, probe: { ...probe, token: { set: true } } }
}

const BAR = 7
/** On a terminal below this, a name and a date have no room side by side. */
const NARROW = 60

/** Domains as a table, one line each. */
export function domainTable(domains: readonly DomainReport[], now: Date, paint: Paint, columns?: number): string[] {
  const day = columns !== undefined && columns < NARROW ? distanceTo : onDay
  return table(
    [' ', 'NAME', 'STATUS', 'HEALTH', 'PROVIDER', 'LIFE', 'EXPIRES', 'RENEWS', 'PROBLEM'],
    domains.map((domain) => [
      mark(paint, standingMark(domain, now)),
      printable(domain.unicodeName),
      paint(MEANING[domain.status], domain.status),
      healthText(domain.health, paint),
      printable(domain.provider),
      domain.certificate ? lifetimeBar(domain.certificate, now, paint, BAR) : '-',
      domain.certificate ? day(new Date(domain.certificate.notAfter), now) : '-',
      domain.certificate ? day(new Date(domain.certificate.renewAt), now) : '-',
      paint('bad', problemOf(domain)),
    ]),
    {
      columns,
      leaveOut: ['RENEWS', 'PROVIDER', 'HEALTH', 'LIFE', 'PROBLEM'],
      shorten: { NAME: 'middle', PROBLEM: 'end' },
    },
  )
}

/** In one word, where there is one. */
export function problemOf({ lastError, reason, health }: Pick<DomainReport, 'lastError' | 'reason' | 'health'>): string {
  return lastError?.code ?? (reason === undefined ? (health?.code ?? '') : printable(reason))
}

/** Where the wait for records stands: `every 45 s; next notice in 5 min; given up in 3 days`. */
function waitText({ phase, nextDiagnosisAt, givesUpAt }: NonNullable<DomainReport['wait']>, now: Date): string {
  const pace = phase === 'fast' ? 'looks every 45 s' : 'looks every 5 min'
  return `${pace}; next notice ${when(new Date(nextDiagnosisAt), now)}; gives up ${when(new Date(givesUpAt), now)}`
}

/** All of one domain. */
export function domainDetails(domain: DomainReport, io: Pick<Io, 'now' | 'stdout' | 'env'>, paint: Paint): string[] {
  const now = io.now()
  const { certificate, retry, lastError } = domain
  const facts: [string, string | undefined][] = [
    ['name', shownName(domain)],
    ['status', paint(MEANING[domain.status], domain.status)],
    ['reason', domain.reason],
    ['names', domain.names.length > 1 ? domain.names.join(', ') : undefined],
    ['tenant', domain.tenant],
    ['provider', domain.provider],
    ['challenge', domain.challenge === 'dns-01' ? undefined : domain.challenge],
    ['delegation', domain.delegation],
    ['HTTP probe', domain.probe && `${domain.probe.path}${domain.probe.token === undefined ? '' : ', with a token (set)'}`],
    ['CA', domain.cas?.join(', ')],
    ['next key', certificate && certificate.keyType !== domain.keyType ? domain.keyType : undefined],
    [
      'key',
      domain.csr && `${domain.csr.keyType} of a certificate request (SHA-256 ${domain.csr.publicKey}); it is not kept here`,
    ],
    ['', domain.reuseKey && 'renewals keep the key'],
    ['chain', domain.preferredChain && `below ${printable(domain.preferredChain)}, where the CA offers it`],
    ['profile', domain.profile && printable(domain.profile)],
    ['contact', domain.contact && printable(domain.contact)],
    ['upstream', domain.upstream],
    [
      'labels',
      Object.entries(domain.labels)
        .map((pair) => pair.join('='))
        .join(', ') || undefined,
    ],
    ['next look', domain.nextActionAt && nextLook(new Date(domain.nextActionAt), now)],
    ['', domain.wait && waitText(domain.wait, now)],
    ['added', when(new Date(domain.createdAt), now)],
    ['certificate', certificate ? `${certificate.keyType} from ${certificate.issuer} (${certificate.ca})` : 'none yet'],
    ['serial', certificate?.serial],
    ['fingerprint', certificate && `SHA-256 ${certificate.fingerprint}`],
    ['revoked', certificate?.revokedAt && paint('bad', when(new Date(certificate.revokedAt), now))],
    ['expires', certificate && when(new Date(certificate.notAfter), now)],
    ['renews', certificate && `${when(new Date(certificate.renewAt), now)}: ${withLocalTimes(certificate.renewReason)}`],
    ...deploymentFacts(domain.deployments, now, paint),
    ...healthFacts(domain, now, paint),
    [
      'last error',
      lastError &&
        `${paint('bad', printable(`${lastError.message} (${lastError.code})`))} (${when(new Date(lastError.at), now)})`,
    ],
    ['', lastError && printable(lastError.hint)],
    ['who acts', lastError?.actor],
    ['try again', lastError?.retryAt && when(new Date(lastError.retryAt), now)],
    ['attempts', retry && `${retry.attempts} failed in a row (${retry.class})`],
    ['next attempt', retry && (retry.nextAttemptAt ? when(new Date(retry.nextAttemptAt), now) : 'not by itself')],
    ['why then', retry?.why],
  ]
  const rows = facts.filter((fact): fact is [string, string] => fact[1] !== undefined)
  const columns = columnsOf(io)
  const widest = Math.max(...rows.map(([label]) => widthOf(label)))
  const lines = rows.flatMap(([label, value]) => hanging(value, { lead: `${padTo(label, widest)}  `, columns }))
  return domain.records.length === 0 ? lines : [...lines, '', ...recordTable(domain.records, paint, columns)]
}

/** What is due is looked at by the next `domainctl run`. */
function nextLook(time: Date, now: Date): string {
  return time <= now ? 'due now' : when(time, now)
}
