import { X509Certificate } from 'node:crypto'
import { type Domainctl, DomainctlError, type ImportedCertificate, toDomainctlError } from '@domainctl/core'
import type { Context } from '../context.ts'
import type { ImportedAccount } from './accounts.ts'
import { directoryOf, isStaging } from './ca.ts'
import type { Client, FoundCertificate, LeftBehind, Unusable } from './found.ts'
import { providerFor } from './provider.ts'

export interface CertificateFlags {
  provider?: string
  challenge?: 'dns-01' | 'http-01'
  deploy?: string[]
  staging?: boolean
  dryRun?: boolean
}

/** What became of one certificate of a client. */
export interface CertificateResult {
  /** Its primary name in the state, else what the client calls it. */
  name: string
  /** Where the client has it. */
  place: string
  was: ImportedCertificate['was'] | 'skipped' | 'failed'
  reason?: string
  domain: ImportedCertificate['domain']
  certificate?: ImportedCertificate['certificate']
  leftBehind: LeftBehind[]
  warnings: string[]
  error?: DomainctlError
}

interface Importing {
  context: Pick<Context, 'config' | 'io'>
  domainctl: Domainctl
  client: Client
  accounts: ReadonlyMap<string, ImportedAccount>
  flags: CertificateFlags
}

export async function importOne(importing: Importing, found: FoundCertificate | Unusable): Promise<CertificateResult> {
  const { label: name, place } = found
  const result = { name, place, domain: null, leftBehind: [], warnings: [] }
  try {
    if ('why' in found)
      throw new DomainctlError('CERTIFICATE_INVALID', `The certificate cannot be imported: ${found.why}.`, { hint: REPAIR })
    return { ...result, leftBehind: found.leftBehind, warnings: found.warnings, ...(await imported(importing, found)) }
  } catch (thrown) {
    const error = toDomainctlError(thrown, importing.context.io.signal)
    if (error.kind === 'interrupted') throw error
    // Clients keep what has ended for years; that it is not imported is no failure.
    if (error.code === 'CERTIFICATE_INVALID' && /: it ended at /.test(error.message))
      return { ...result, was: 'skipped', reason: error.message.replace(/^.*?: it/, 'it').replace(/\.$/, '') }
    return { ...result, was: 'failed', error }
  }
}

const REPAIR = 'Correct the files, or leave this one out.'

async function imported(
  { context: { config, io }, domainctl, client, accounts, flags }: Importing,
  found: FoundCertificate,
): Promise<Pick<CertificateResult, 'was'> & Partial<CertificateResult>> {
  const account = found.account === undefined ? undefined : accounts.get(found.account)
  const ca = directoryOf(found.ca, config)
  if (isStaging(ca) && !flags.staging)
    return { was: 'skipped', reason: 'it is of a CA for tests, which nobody trusts (--staging takes it, too)' }
  const pem = await found.read().catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new DomainctlError('CERTIFICATE_INVALID', `The certificate cannot be imported: ${why}.`, { hint: REPAIR, cause })
  })
  const names = namesIn(pem.chain)
  const { challenge, warnings } = challengeOf(found, flags, names)
  const provider =
    flags.provider ?? (challenge !== 'http-01' && found.dns !== undefined ? providerFor(found.dns, client, config) : undefined)
  const primary = names.find((name) => name === found.primary?.toLowerCase())
  const done = await domainctl.importCertificate({
    ...pem,
    ca,
    from: client,
    ...(primary !== undefined && !primary.startsWith('*.') && { name: primary }),
    ...(account?.id !== undefined && { accountId: account.id }),
    ...(provider !== undefined && { provider }),
    ...(challenge !== undefined && { challenge }),
    ...(found.reuseKey && { reuseKey: true }),
    ...(found.preferredChain !== undefined && { preferredChain: found.preferredChain }),
    ...(found.profile !== undefined && { profile: found.profile }),
    ...(flags.deploy && { deploy: flags.deploy }),
    ...(flags.dryRun && { dryRun: true }),
    signal: io.signal,
  })
  const told = done.was === 'added' || done.was === 'given'
  return {
    ...done,
    name: done.domain?.name ?? primary ?? done.certificate.names[0] ?? found.label,
    leftBehind: told ? found.leftBehind : [],
    warnings: told ? [...found.warnings, ...warnings] : uncovered(names, done.domain?.names),
  }
}

/** Names that the client has kept alive, and that nothing renews once it is switched off. */
function uncovered(names: readonly string[], kept: readonly string[] = names): string[] {
  const left = names.filter((name) => !kept.includes(name) && !kept.includes(name.replace(/^[^.]+/, '*')))
  if (left.length === 0) return []
  return [`Nothing here renews ${left.join(', ')}: add what is still wanted (domainctl add NAME).`]
}

/** Over HTTP no wildcard can be proven, whatever the client has noted; nor can one method of this domain be two. */
function challengeOf(
  found: FoundCertificate,
  flags: CertificateFlags,
  names: readonly string[],
): { challenge?: 'dns-01' | 'http-01'; warnings: string[] } {
  if (flags.challenge) return { challenge: flags.challenge, warnings: [] }
  if (found.challenge !== 'http-01' || !names.some((name) => name.startsWith('*.')))
    return { ...(found.challenge && { challenge: found.challenge }), warnings: [] }
  return {
    challenge: 'dns-01',
    warnings: ['Its names were proven over HTTP; it has a wildcard, so they are proven over DNS from now on.'],
  }
}

/** DNS names of the leaf, to choose by; what is wrong with it is told by who imports it. */
function namesIn(chain: string): string[] {
  try {
    const [block] = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(chain) ?? []
    if (block === undefined) return []
    const { subjectAltName = '' } = new X509Certificate(block)
    return subjectAltName
      .split(', ')
      .flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice('DNS:'.length).toLowerCase()] : []))
  } catch {
    return []
  }
}
