import type { HealthCheck, VerbOptions } from '../contracts/domainctl.ts'
import type { HealthTarget } from '../contracts/health-probe.ts'
import { judgeHealth } from '../domain/health/judge.ts'
import type { HealthObservation } from '../domain/health/observation.ts'
import { healthProblem } from '../domain/health/problems.ts'
import { parseName } from '../domain/parse-name.ts'
import { reportDomain } from '../domain/report.ts'
import { DomainctlError } from '../errors.ts'
import { type Services, signalOf } from './services.ts'

/** Measures one name now. Takes no lease and changes nothing. */
export async function measureHealth(
  services: Services,
  input: string,
  { signal, onProgress, ...target }: VerbOptions & Omit<HealthTarget, 'name'>,
): Promise<HealthCheck> {
  const { name, wildcard } = parseName(input)
  if (wildcard) throw withoutServer(name)
  for (const { path } of [target.page, target.endpoint].filter((one) => one !== undefined)) {
    if (!/^\/[\x21-\x7e]*$/.test(path)) throw noPath(path)
  }
  const { store, settings, runtime } = services
  const there = await store.viewDomain(settings.tenant, name)
  const known = there?.domain.status === 'deleted' ? null : there
  onProgress?.({ name, message: 'measuring' })
  const probe = await services.healthProbe()
  const measurement = await probe.measure({ name, ...target }, { signal: signalOf({ ...(signal && { signal }) }) })
  const observation = judgeHealth(measurement)
  const error = errorOf(name, observation)
  return {
    name,
    domain: known && reportDomain(known.domain, known.certificate, known.records, runtime.clock.now()),
    observation,
    measurement,
    ...(error && { error }),
  }
}

/** What an observation is to whoever asked for it; undefined when all is well. */
export function errorOf(name: string, { outcome, code, why = '', actor, address }: HealthObservation) {
  if (outcome === 'ok') return undefined
  if (!code) {
    return new DomainctlError('HEALTH_INCONCLUSIVE', `The health of ${name} could not be measured: ${why}.`, {
      hint: "Look at this machine's own connection, then measure again.",
    })
  }
  const where = address === undefined ? '' : ` at ${address}`
  return new DomainctlError('HEALTH_BROKEN', `${name} is unhealthy${where}: ${why} (${code}).`, {
    hint: healthProblem(code).hint,
    ...(actor && { actor }),
  })
}

function withoutServer(name: string): DomainctlError {
  return new DomainctlError('USAGE', `${name} has no server of its own that could be measured.`, {
    hint: 'Name a host that it covers.',
  })
}

function noPath(path: string): DomainctlError {
  return new DomainctlError('USAGE', `${JSON.stringify(path)} is no path that could be asked for.`, {
    hint: 'Give one that begins with /, in ASCII without blanks, such as /healthz.',
  })
}
