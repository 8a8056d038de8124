import type { ConfiguredTarget, Deployed, DeployedCertificate } from '../contracts/deploy-target.ts'
import type { DeploymentOutcome } from '../contracts/issuance.ts'
import { begun, type Deployment, failed, putOff, settled } from '../domain/deployment.ts'
import { toFailure } from '../domain/failures.ts'
import type { Certificate, Domain } from '../domain/model.ts'
import { DomainctlError, toDomainctlError } from '../errors.ts'
import { deployedNotices, undeployedNotices } from './deployment-notices.ts'
import { provenBy } from './prove-deployment.ts'
import type { Services } from './services.ts'
import type { Step } from './step.ts'
import { targetWithin } from './target-within.ts'

/** For putting back what was there before, whatever ended the work, in ms. */
const PUT_BACK_TIMEOUT = 90_000
/** A server that was told to go back goes on for a moment as well, in ms. */
const SERVED_AGAIN = 10_000

/** What is to be where. */
export interface Placement {
  row: Deployment
  certificate: Certificate
  reason: 'deploy' | 'rollback'
}

/**
 * Puts a certificate where it is to serve, proves that it does, and else puts back what was there before (requirements V1, V3, V4).
 * Whatever comes of it is in the state when this ends: a failure with its next attempt, an interruption as something still to do.
 * @throws what ended the work from outside alone: an abort, a lease that was lost, a state that fails
 */
export async function putInPlace(current: Step, { row, certificate, reason }: Placement): Promise<DeploymentOutcome> {
  const { services, signal } = current
  const { clock } = services.runtime
  const { target, fingerprint } = row
  const shown = `certificate ${certificate.serial}`
  current.report(`deploying to ${target}`)
  const open = begun(row, clock.now())
  await current.commit({ deployments: [open], events: [current.event('deployment.began', `${shown} to ${target}`, { target })] })
  const warnings = reason === 'rollback' ? endsEarly(current, certificate) : []
  try {
    const configured = services.target(target)
    const bundle = bundleOf(current.domain, certificate)
    const placed = await deployTo(services, target, bundle, { signal, reason })
    if ((configured.proveAt ?? []).length > 0) current.report(`proving that ${target} serves it`)
    const wrong = await provenBy(services, configured, bundle, { signal })
    if (wrong) throw unproven(target, wrong, await putBack(current, { row, configured, placed }))
    const proven = (configured.proveAt ?? []).length > 0
    const done = settled(open, { now: clock.now(), proven })
    const how = proven ? ', proven by a handshake' : ''
    const event = current.event('deployment.done', `${shown} is at ${target}${how}`, { target, fingerprint, proven })
    await current.commit({ deployments: [done], events: [event], ...deployedNotices(current, { row, certificate, proven }) })
    return { target, done: reason === 'rollback' ? 'rolled back' : placed.changed ? 'deployed' : 'unchanged', proven, warnings }
  } catch (thrown) {
    const error = toDomainctlError(thrown, signal)
    if (error.code === 'LEASE_LOST' || error.code.startsWith('STATE_')) throw error
    if (signal.aborted || error.code === 'INTERRUPTED') {
      const event = current.event('deployment.interrupted', `${shown} to ${target}`, { target })
      await current.commit({ deployments: [putOff(open, clock.now())], events: [event] })
      throw error
    }
    const now = clock.now()
    const after = failed(open, toFailure(error, now), now)
    const event = current.event('deployment.failed', `${target}: ${error.message} (${error.code})`, { target, code: error.code })
    await current.commit({ deployments: [after], events: [event], ...undeployedNotices(current, { before: row, after, error }) })
    return { target, done: 'failed', proven: false, warnings, error }
  }
}

/** What a person has gone back to is replaced when the later one is renewed, which may come too late for it. */
function endsEarly({ domain, claimed }: Step, { serial, notAfter }: Certificate): string[] {
  const { certificate: live } = claimed
  if (!live || live.serial === serial || notAfter > live.renewAt) return []
  const [ends, renewal] = [notAfter.toISOString(), live.renewAt.toISOString()]
  return [
    `Certificate ${serial} ends at ${ends}, before the next renewal (${renewal}): nothing replaces it there by itself until then. ` +
      `Before it ends: domainctl deploy ${domain.name}, or renew ${domain.name} --force.`,
  ]
}

/** The certificate as targets get it. */
function bundleOf({ name, upstream }: Pick<Domain, 'name' | 'upstream'>, certificate: Certificate): DeployedCertificate {
  const { names, privateKey, serial, fingerprint, notAfter } = certificate
  const [leaf = '', ...rest] = (certificate.chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map(
    (block) => `${block}\n`,
  )
  return {
    name,
    names,
    certificate: leaf,
    chain: rest.join(''),
    fullchain: leaf + rest.join(''),
    ...(privateKey !== undefined && { privateKey }),
    serial,
    fingerprint,
    notAfter,
    ...(upstream !== undefined && { upstream }),
  }
}

async function deployTo(
  services: Services,
  name: string,
  bundle: DeployedCertificate,
  o: { signal: AbortSignal; reason: Placement['reason'] },
): Promise<Deployed> {
  const { target } = services.target(name)
  try {
    return await targetWithin(services, name, o.signal, (signal) => target.deploy(bundle, { ...o, signal }))
  } catch (thrown) {
    if (thrown instanceof DomainctlError || o.signal.aborted) throw thrown
    throw new DomainctlError('DEPLOY_FAILED', `The target ${name} has failed: ${String(thrown)}`, {
      hint: 'What it says is in the cause; mend that, and run: domainctl deploy NAME.',
      cause: thrown,
    })
  }
}

/** Brings back what was there before, and says in a sentence what came of it. */
async function putBack(
  current: Step,
  { row, configured, placed }: { row: Deployment; configured: ConfiguredTarget; placed: Deployed },
): Promise<string> {
  const { services } = current
  const { target, live } = row
  const signal = AbortSignal.any([current.held, AbortSignal.timeout(PUT_BACK_TIMEOUT)])
  current.report(`putting back what ${target} had`)
  const before = live && live.fingerprint !== row.fingerprint ? await services.store.getCertificate(live.certificateId) : null
  let told: string
  try {
    if (placed.undo) await targetWithin(services, target, signal, async (signal) => placed.undo?.({ signal }))
    else if (before) await deployTo(services, target, bundleOf(current.domain, before), { signal, reason: 'rollback' })
    else return 'There is nothing known to go back to: what was put there stays.'
    told = 'What was there before was put back'
  } catch (error) {
    services.runtime.logger.log('error', 'deployment not rolled back', { target, error: String(error) })
    return `What was there before could not be put back (${error instanceof Error ? error.message : String(error)}): look at the target.`
  }
  if (!before) return `${told}.`
  const proveTimeoutMs = Math.min(configured.proveTimeoutMs ?? SERVED_AGAIN, SERVED_AGAIN)
  const wrong = await provenBy(services, { ...configured, proveTimeoutMs }, bundleOf(current.domain, before), { signal }).catch(
    (error: unknown) => [`nobody could look (${error instanceof Error ? error.message : String(error)})`],
  )
  return wrong
    ? `${told}, and was not seen to be served either: ${wrong.join('; ')}.`
    : `${told} (certificate ${before.serial}), and is served.`
}

function unproven(target: string, wrong: readonly string[], back: string): DomainctlError {
  return new DomainctlError(
    'DEPLOY_UNPROVEN',
    `${target} has the certificate and does not serve it: ${wrong.join('; ')}. ${back}`,
    {
      hint: 'See that the server reads what the target writes, and that proveAt has its addresses; then run: domainctl deploy NAME.',
    },
  )
}
