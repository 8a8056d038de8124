import type { ExportedCertificate, NeededRecordSeen, VerbOptions } from '../contracts/domainctl.ts'
import { judgeRecord } from '../domain/diagnosis/record.ts'
import { type DomainReport, reportCertificate, reportDomain } from '../domain/report.ts'
import { DomainctlError } from '../errors.ts'
import { noCertificate } from './renew.ts'
import { notFound, type Services, signalOf } from './services.ts'
import { seenAnswers, sightings } from './sightings.ts'

/** A domain in its public shape. @throws `DOMAIN_NOT_FOUND` */
export async function report({ store, settings }: Services, name: string): Promise<DomainReport> {
  const view = await store.viewDomain(settings.tenant, name)
  if (!view) throw notFound(name)
  return reportDomain(view.domain, view.certificate, view.records)
}

/** The records that a domain needs, each with what its authoritative servers show now. */
export async function recordsSeen(services: Services, name: string, o: VerbOptions): Promise<NeededRecordSeen[]> {
  const { records } = await report(services, name)
  const dns = await services.dns()
  return Promise.all(
    records.map(async (record) => {
      try {
        const { name, type } = record
        const observed = await dns.observe(name, type, { signal: signalOf(o) })
        // Several addresses of one name are one RRset, and are judged as one.
        const values = records.filter((other) => other.name === name && other.type === type).map(({ value }) => value)
        const { state } = judgeRecord({ type, name, values: type === 'TXT' ? [record.value] : values }, sightings(observed))
        return { ...record, state, seen: seenAnswers(observed) }
      } catch (error) {
        // A zone that is not there shows nothing; that is an answer, too.
        if (error instanceof DomainctlError && error.kind === 'not-ready')
          return { ...record, seen: [{ server: '-', rcode: error.code, values: [] }] }
        throw error
      }
    }),
  )
}

/** The live certificate with its key. @throws `DOMAIN_NOT_FOUND`, `CERTIFICATE_NONE` */
export async function exportCertificate({ store, settings }: Services, name: string): Promise<ExportedCertificate> {
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
    privateKey: stored.privateKey,
    report: reportCertificate(stored),
  }
}
