import type { DeploymentOutcome } from '../contracts/issuance.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import type { DeployedGeneration, Deployment } from '../domain/deployment.ts'
import { inParallel } from '../domain/in-parallel.ts'
import type { Certificate, Domain } from '../domain/model.ts'
import { DomainctlError } from '../errors.ts'
import { deploymentsOf, isOpen } from './planned-deployments.ts'
import { provenBy } from './prove-deployment.ts'
import { putInPlace } from './put-in-place.ts'
import { noCertificate } from './renew.ts'
import { retold } from './retold.ts'
import type { Services } from './services.ts'
import { type Step, step } from './step.ts'
import { refuseStatus } from './verify.ts'

/** Targets of one domain at a time. */
const WIDTH = 4
/** For a lease that somebody else has: a quarter of a minute in all. */
const MOST_TRIES = 30
const BETWEEN_TRIES = 500

export interface DeployOptions extends VerbOptions {
  /** Only there; absent: everywhere. */
  targets?: readonly string[]
  /** Back to the certificate that was there before. */
  rollback?: boolean
  /** Also where it is and is served. */
  force?: boolean
}

/** What became of it; `error` where a target failed. */
export interface DeployedDomain {
  deployments: DeploymentOutcome[]
  error?: DomainctlError
}

/** A person asks for it: the live certificate, or the one before, is put to the targets of the domain. */
export async function deploy(services: Services, name: string, o: DeployOptions): Promise<DeployedDomain> {
  return step(services, name, o, async (current) => {
    const { domain } = current
    refuseStatus(domain)
    const targets = chosenTargets(domain, o.targets)
    const live = domain.certificateId === undefined ? null : await services.store.getCertificate(domain.certificateId)
    if (!live) throw noCertificate(name)
    const rows = o.rollback ? await rowsBack(current, targets) : await rowsAhead(current, targets, live)
    return deployAll(current, rows, { ...o, isAsked: true })
  })
}

/**
 * What is open of the deployments of this domain: after its certificate was issued or renewed, and for the loop, which takes those
 * whose time has come (`due`).
 * @returns null when there is nothing to do
 */
export async function deployOpen(
  services: Services,
  name: string,
  o: VerbOptions & { due?: boolean },
): Promise<DeployedDomain | null> {
  const { store, runtime } = services
  const isTaken = (row: Deployment) =>
    isOpen(row) && (!o.due || (row.nextAttemptAt !== undefined && row.nextAttemptAt <= runtime.clock.now()))
  return whenFree(services, o, () =>
    step(services, name, o, async (current) => {
      if (current.domain.status === 'suspended') return null
      const rows = (await store.deploymentsOf(current.domain.id)).filter(isTaken)
      return rows.length === 0 ? null : deployAll(current, rows, { rollback: false, isAsked: false })
    }),
  )
}

/** Another process looks at the domain in passing, and is soon done: what was just issued is not left undeployed for that. */
async function whenFree<T>({ runtime: { clock } }: Services, { signal }: VerbOptions, act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await act()
    } catch (error) {
      if (tries >= MOST_TRIES || !(error instanceof DomainctlError && error.code === 'LEASE_HELD')) throw error
      await clock.sleep(BETWEEN_TRIES, signal)
    }
  }
}

/** One kind of work of the loop: the domains whose deployments are due are in `Store.dueDeployments`. */
export async function attendDeployments(
  services: Services,
  { tenant, name }: { tenant: string; name: string },
  o: VerbOptions,
): Promise<'deployed' | 'nothing'> {
  const { settings } = services
  const of = tenant === settings.tenant ? services : { ...services, settings: { ...settings, tenant } }
  const done = await deployOpen(of, name, { ...o, due: true })
  if (done?.error) throw done.error
  return done ? 'deployed' : 'nothing'
}

async function deployAll(
  current: Step,
  rows: readonly Deployment[],
  o: { rollback?: boolean; force?: boolean; isAsked: boolean },
): Promise<DeployedDomain> {
  const deployments = await inParallel(rows, WIDTH, async (row): Promise<DeploymentOutcome> => {
    const certificate = await certificateOf(current, row)
    const reason = o.rollback ? 'rollback' : 'deploy'
    // What is wrong with its settings is found again below, and is told of this target alone.
    const unknown = () => {
      current.signal.throwIfAborted()
      return false
    }
    if (!o.force && o.isAsked && (await isServed(current, row, certificate).catch(unknown)))
      return { target: row.target, done: 'unchanged', proven: true, warnings: [] }
    return putInPlace(current, { row, certificate, reason })
  })
  const failures = deployments.flatMap(({ error }) => error ?? [])
  const [first] = failures
  const error =
    first && failures.length > 1 ? retold(first, { message: failures.map(({ message }) => message).join(' ') }) : first
  return { deployments, ...(error && { error }) }
}

async function certificateOf({ services, domain }: Step, { certificateId }: Deployment): Promise<Certificate> {
  const certificate = await services.store.getCertificate(certificateId)
  if (!certificate) throw noCertificate(domain.name)
  return certificate
}

/** One that is proven to be there is not put there again. */
async function isServed({ services, domain, signal }: Step, row: Deployment, certificate: Certificate): Promise<boolean> {
  if (row.status !== 'deployed' || !row.live?.proven) return false
  const configured = services.target(row.target)
  if ((configured.proveAt ?? []).length === 0) return false
  const { names, fingerprint } = certificate
  return (await provenBy(services, configured, { name: domain.name, names, fingerprint }, { signal, patient: false })) === null
}

/** @throws `TARGET_UNKNOWN` */
function chosenTargets({ name, deploy = [] }: Domain, targets?: readonly string[]): readonly string[] {
  const strange = targets?.find((target) => !deploy.includes(target))
  if (strange === undefined && deploy.length > 0) return [...new Set(targets ?? deploy)]
  const message = strange === undefined ? `${name} has no target.` : `${name} is not to serve at ${JSON.stringify(strange)}.`
  const hint = deploy.length > 0 ? `It is at: ${deploy.join(', ')}. For another one` : 'To have it serve somewhere'
  throw new DomainctlError('TARGET_UNKNOWN', message, { hint: `${hint}: domainctl issue ${name} --deploy TARGET.` })
}

async function rowsAhead(current: Step, targets: readonly string[], live: Certificate): Promise<Deployment[]> {
  const { services, domain } = current
  const changes = await deploymentsOf(services, domain, live)
  if (changes.deployments || changes.deploymentsRemoved) await current.commit(changes)
  return (await services.store.deploymentsOf(domain.id)).filter(({ target }) => targets.includes(target))
}

/** Where the live certificate of the domain has not come to stay, it is what was last seen there. */
function generationBefore({ certificateId, live, previous }: Deployment, domain: Domain): DeployedGeneration | undefined {
  return certificateId === domain.certificateId && live && live.certificateId !== certificateId ? live : previous
}

/** @throws `CERTIFICATE_NONE` where there is none to go back to, before anything is changed */
async function rowsBack({ services, domain }: Step, targets: readonly string[]): Promise<Deployment[]> {
  const rows = (await services.store.deploymentsOf(domain.id)).filter(({ target }) => targets.includes(target))
  const now = services.runtime.clock.now()
  const back: Deployment[] = []
  for (const target of targets) {
    const row = rows.find((one) => one.target === target)
    const to = row && generationBefore(row, domain)
    const certificate = to && (await services.store.getCertificate(to.certificateId))
    const why = !certificate
      ? 'no certificate was there before'
      : certificate.revokedAt
        ? `the one before (${certificate.serial}) was revoked`
        : certificate.notAfter <= now
          ? `the one before (${certificate.serial}) has expired`
          : undefined
    if (to && why === undefined) back.push({ ...row, certificateId: to.certificateId, fingerprint: to.fingerprint })
    else {
      throw new DomainctlError('CERTIFICATE_NONE', `${domain.name} cannot be rolled back at ${target}: ${why}.`, {
        hint: `For another certificate: domainctl renew ${domain.name} --force.`,
      })
    }
  }
  return back
}
