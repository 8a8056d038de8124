import type { NeededRecordSeen } from '../contracts/applied-records.ts'
import type { Dns } from '../contracts/dns.ts'
import type { ExportedCertificate, Pkcs12Options } from '../contracts/exported-certificate.ts'
import type { DomainView } from '../contracts/store.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import type { Check } from '../contracts/verification.ts'
import { dnsHostOf } from '../domain/diagnosis/panel.ts'
import { judgeRecord } from '../domain/diagnosis/record.ts'
import type { NeededRecord } from '../domain/records.ts'
import { type DomainReport, reportCertificate, reportDomain } from '../domain/report.ts'
import { DomainctlError } from '../errors.ts'
import { lookAtProofs } from './checks.ts'
import { observe } from './looking/look.ts'
import { toPkcs12 } from './pkcs12.ts'
import { noCertificate } from './renew.ts'
import { notFound, type Services, signalOf } from './services.ts'
import { seenAnswers, sightings } from './sightings.ts'

/** A domain in its public shape. @throws `DOMAIN_NOT_FOUND` */
export async function report(services: Services, name: string): Promise<DomainReport> {
  const { domain, certificate, records, deployments, health } = await findView(services, name)
  return reportDomain(domain, certificate, records, services.runtime.clock.now(), deployments, health)
}

async function findView({ store, settings }: Services, name: string): Promise<DomainView> {
  const view = await store.viewDomain(settings.tenant, name)
  if (!view) throw notFound(name)
  return view
}

/**
 * The records that a domain needs, each with what its authoritative servers show now and what that means, as `verify`
 * judges it.
 */
export async function recordsSeen(services: Services, name: string, o: VerbOptions): Promise<NeededRecordSeen[]> {
  const { domain, certificate, records: written } = await findView(services, name)
  const { records } = reportDomain(domain, certificate, written, services.runtime.clock.now())
  const signal = signalOf(o)
  const dns = await services.dns()
  const checks = await lookAtProofs({ dns, signal, now: services.runtime.clock.now() }, domain)
  return Promise.all(
    records.map(async (record): Promise<NeededRecordSeen> => {
      const { purpose, type, name } = record
      const check = checks.find(({ purpose: of, record }) => of === purpose && record.type === type && record.name === name)
      const place = await placeOf(dns, name, signal)
      if (check) return { ...record, ...place, state: check.ok ? 'ok' : check.state, seen: seenBy(check) }
      return { ...record, ...place, ...(await challengeSeen(dns, record, signal)) }
    }),
  )
}

/** What servers said, or why none could be asked. */
function seenBy({ seen, problem }: Check): NeededRecordSeen['seen'] {
  return seen.length === 0 && problem !== undefined ? [{ server: '-', rcode: problem, values: [] }] : seen
}

/** Where the record belongs; nothing where the zone is not found. */
async function placeOf(dns: Dns, name: string, signal: AbortSignal): Promise<Pick<NeededRecordSeen, 'zone' | 'host'>> {
  try {
    const { apex, nameServers } = await dns.zoneOf(name, { signal })
    const host = dnsHostOf(nameServers)
    return { zone: apex, ...(host && { host }) }
  } catch (error) {
    if (error instanceof DomainctlError && error.kind === 'not-ready') return {}
    throw error
  }
}

/** A challenge record is none of the proofs that `verify` looks at. */
async function challengeSeen(
  dns: Dns,
  { name, type, value }: NeededRecord,
  signal: AbortSignal,
): Promise<Pick<NeededRecordSeen, 'seen'> & Partial<Pick<NeededRecordSeen, 'state'>>> {
  const observed = await observe({ dns, signal }, name, type)
  // A zone that is not there shows nothing; that is an answer, too.
  if (observed instanceof DomainctlError) return { seen: [{ server: '-', rcode: observed.code, values: [] }] }
  return { state: judgeRecord({ type, name, values: [value] }, sightings(observed)).state, seen: seenAnswers(observed) }
}

/** The live certificate with its key, where that was made here. @throws `DOMAIN_NOT_FOUND`, `CERTIFICATE_NONE` */
export async function exportCertificate(
  services: Services,
  name: string,
  { pkcs12 }: { pkcs12?: Pkcs12Options } = {},
): Promise<ExportedCertificate> {
  const { store, settings } = services
  const domain = await store.getDomain(settings.tenant, name)
  if (!domain) throw notFound(name)
  const stored = domain.certificateId === undefined ? null : await store.getCertificate(domain.certificateId)
  if (!stored) throw noCertificate(name)
  const blocks = stored.chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const [leaf = '', ...rest] = blocks.map((block) => `${block}\n`)
  return {
    name,
    certificate: leaf,
    chain: rest.join(''),
    fullchain: leaf + rest.join(''),
    ...(stored.privateKey !== undefined && { privateKey: stored.privateKey }),
    ...(pkcs12 && {
      pkcs12: await toPkcs12(
        services,
        { name, ...(stored.privateKey !== undefined && { key: stored.privateKey }), chain: blocks },
        pkcs12,
      ),
    }),
    report: reportCertificate(stored),
  }
}
