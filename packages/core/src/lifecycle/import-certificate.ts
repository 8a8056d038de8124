import type { CertificateToImport, ImportedCertificate } from '../contracts/imported-certificate.ts'
import type { ForeignCertificate } from '../contracts/issuer.ts'
import type { DomainView } from '../contracts/store.ts'
import { auditLine } from '../domain/audit-line.ts'
import { cleared } from '../domain/failures.ts'
import { DEFAULT_TENANT } from '../domain/ids.ts'
import { transition } from '../domain/machine.ts'
import { type Certificate, type CertificateKeyType, type Domain, KEY_TYPES, type KeyType } from '../domain/model.ts'
import { parseName, parseNames } from '../domain/parse-name.ts'
import { planByLifetime } from '../domain/renewal-spread.ts'
import { reportCertificate } from '../domain/report.ts'
import { DomainctlError } from '../errors.ts'
import { describe } from './add.ts'
import { deploymentsOf } from './planned-deployments.ts'
import { amongOthers, shareOf } from './renewal-spread.ts'
import { report } from './see.ts'
import { makeId, type Services } from './services.ts'
import { type Step, step } from './step.ts'

/** ImportVerbs.importCertificate */
export async function importCertificate(services: Services, o: CertificateToImport): Promise<ImportedCertificate> {
  const { store, settings } = services
  const ca = directoryOf(services, o.ca)
  const found = (await services.crypto()).readForeignCertificate(o.chain, {
    key: o.privateKey,
    now: services.runtime.clock.now(),
  })
  await refuseCompromised(services, found)
  const name = primaryOf(found, o.name)
  const account = o.accountId === undefined ? null : await store.getAccountById(o.accountId)
  const accountId = account?.ca === ca ? account.id : undefined
  const there = await store.getDomain(settings.tenant, name)
  const isNew = !there || there.status === 'deleted'
  if (isNew) {
    const domain = await described(services, name, found, ca, o)
    if (o.dryRun) {
      const certificate = await certificateFor(services, domain, found, { ca, accountId })
      return { was: 'added', reason: 'it is not in the state yet', domain: null, certificate: reportCertificate(certificate) }
    }
    await addUnclaimed(services, domain)
  }
  if (o.dryRun) return dryRun(services, name, found, { ca, accountId })
  return step(services, name, o, async (current) => {
    const certificate = await certificateFor(services, current.domain, found, { ca, accountId })
    const left = await reasonToLeave(services, current.domain, current.claimed, certificate)
    if (!left) await keep(current, certificate, o.from)
    return { left, certificate }
  }).then(async ({ left, certificate }) => {
    const was = left?.was ?? (isNew ? 'added' : 'given')
    const reason =
      left?.reason ?? (isNew ? 'it is in the state now' : 'the domain was there without a certificate that is valid as long')
    return { was, reason, domain: await report(services, name), certificate: reportCertificate(certificate) }
  })
}

/** A key that was said to be in wrong hands is refused for ever, also in a certificate that another client still has. */
async function refuseCompromised(services: Services, { chain }: ForeignCertificate): Promise<void> {
  const { publicKey } = await services.crypto()
  const own = publicKey(chain)
  if (!(await services.store.compromisedChains()).some((other) => publicKey(other) === own)) return
  throw new DomainctlError('CERTIFICATE_INVALID', 'The certificate cannot be imported: its key was said to be in wrong hands.', {
    hint: 'Get one with a new key: domainctl issue NAME.',
  })
}

function directoryOf(services: Services, ca: string): string {
  const [directory, ...others] = services.directoryUrls(ca)
  if (directory !== undefined && others.length === 0) return directory
  throw new DomainctlError('USAGE', 'A certificate comes from one CA.', { hint: 'Name the one that issued it.' })
}

/** The names as the lifecycle has them, the primary one first. @throws `USAGE`, `NAME_INVALID`, `NAMES_TOO_MANY` */
function primaryOf({ facts: { names }, commonName }: ForeignCertificate, wanted: string | undefined): string {
  parseNames(names)
  if (wanted !== undefined) {
    const { name } = parseName(wanted)
    if (names.includes(name)) return name
    throw new DomainctlError('USAGE', `The certificate is not for ${name}, but for ${names.join(', ')}.`, {
      hint: 'Name one of those.',
    })
  }
  const first = commonName !== undefined && names.includes(commonName) ? commonName : (names[0] ?? '')
  const below = first.replace(/^\*\./, '')
  return names.includes(below) ? below : first
}

/** The domain that this certificate makes, so that its next one is like it. */
async function described(services: Services, name: string, found: ForeignCertificate, ca: string, o: CertificateToImport) {
  const isFirstChoice = services.settings.cas[0] === ca
  const { ca: _, ...settings } = o
  return describe(services, name, {
    // The certificate itself shows that the CA was satisfied: nothing has to be published beside it (requirements L3).
    ...(services.settings.tenant === DEFAULT_TENANT && { ownership: 'none' }),
    keyType: keyTypeFor(found.keyType),
    ...settings,
    san: found.facts.names.filter((other) => other !== name),
    // What the configuration says of its CAs, and of those after the first, goes for this domain as well.
    ...(!isFirstChoice && { ca }),
  })
}

/** The type of the next key: this one's, or the next stronger one that is made here. */
function keyTypeFor(type: CertificateKeyType): KeyType {
  const same = KEY_TYPES.find((known) => known === type)
  return same ?? (Number(type.slice('rsa'.length)) <= 2048 ? 'rsa2048' : 'rsa4096')
}

/** Until it has its certificate nothing is due for it: killed in between, no scheduler orders what is about to be imported. */
async function addUnclaimed({ store, settings }: Services, { nextActionAt: _, ...domain }: Domain): Promise<void> {
  const { tenant, id: domainId, provider, challenge, createdAt: at } = domain
  const names = domain.names.map(({ name }) => name)
  const details = { names, provider, challenge }
  const line = auditLine(
    { at, tenant, domainId, who: settings.who },
    'domain.added',
    `added with ${names.length} ${names.length === 1 ? 'name' : 'names'}, for a certificate that is imported`,
    details,
  )
  await store.addDomain(domain, [line]).catch((error) => {
    // Another process was a moment faster: what it has made is looked at under the lease.
    if (!(error instanceof DomainctlError && error.code === 'DOMAIN_EXISTS')) throw error
  })
}

async function certificateFor(
  services: Services,
  { id: domainId, tenant }: Pick<Domain, 'id' | 'tenant'>,
  { facts, chain, privateKey, keyType }: ForeignCertificate,
  { ca, accountId }: { ca: string; accountId: string | undefined },
): Promise<Certificate> {
  const plan = planByLifetime(facts, shareOf(services))
  return {
    ...facts,
    id: makeId(services),
    tenant,
    domainId,
    ca,
    ...(accountId !== undefined && { accountId }),
    chain,
    privateKey,
    keyType,
    ...(await amongOthers(services, facts, plan)),
    createdAt: services.runtime.clock.now(),
  }
}

type Left = Pick<ImportedCertificate, 'was' | 'reason'>

/** Why a domain that is there does not get the certificate; null: it does. */
async function reasonToLeave(
  services: Services,
  domain: Domain,
  { certificate: live }: Pick<DomainView, 'certificate'>,
  found: Certificate,
): Promise<Left | null> {
  if (live?.fingerprint === found.fingerprint) return { was: 'there', reason: 'the domain has this certificate' }
  const kept = (reason: string): Left => ({ was: 'kept', reason })
  if (domain.status === 'suspended') return kept(`the domain is suspended (domainctl resume ${domain.name} takes it up again)`)
  const names = domain.names.map(({ name }) => name)
  if (names.toSorted().join() !== found.names.toSorted().join())
    return kept(`the domain is there with other names: ${names.join(', ')}`)
  if (live && live.notAfter >= found.notAfter)
    return kept(`the domain has a certificate that is valid as long: until ${live.notAfter.toISOString()}`)
  if (domain.csr) return kept('the domain has a certificate request of its own, whose key is elsewhere')
  const open = await services.store.openOrder(domain.id)
  return open ? kept('an order for it is open, which gives it a newer one') : null
}

async function dryRun(
  services: Services,
  name: string,
  found: ForeignCertificate,
  of: { ca: string; accountId: string | undefined },
): Promise<ImportedCertificate> {
  const view = await services.store.viewDomain(services.settings.tenant, name)
  if (!view) throw new Error('a domain that was there is gone')
  const certificate = await certificateFor(services, view.domain, found, of)
  const left = await reasonToLeave(services, view.domain, view, certificate)
  const would = left ?? { was: 'given' as const, reason: 'the domain has no certificate that is valid as long' }
  return { ...would, domain: await report(services, name), certificate: reportCertificate(certificate) }
}

/** In one commit with the status of the domain, as one that was issued. */
async function keep(current: Step, certificate: Certificate, from: string | undefined): Promise<void> {
  const { services } = current
  const now = services.runtime.clock.now()
  const domain: Domain = {
    ...transition(cleared(current.domain), 'issued', now),
    certificateId: certificate.id,
    // A CA that gives advice is asked for it soon (RFC 9773 §4.3).
    nextActionAt: now,
  }
  const { serial, fingerprint, ca, names } = certificate
  const notAfter = certificate.notAfter.toISOString()
  const message = `serial ${serial}, valid until ${notAfter}${from === undefined ? '' : `, so far kept by ${from}`}`
  const details = { serial, fingerprint, ca, names, notAfter, ...(from !== undefined && { from }) }
  const event = current.event('certificate.imported', message, details)
  const places = await deploymentsOf(services, domain, certificate)
  await current.commit({ domain, certificate, events: [event], ...places }, { release: true })
}
