import type { HealthCheck } from '../contracts/health-check.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import { type HealthCheckOptions, measuredOf } from '../domain/health/health-check.ts'
import { judgeHealth } from '../domain/health/judge.ts'
import type { HealthObservation } from '../domain/health/observation.ts'
import { healthProblem } from '../domain/health/problems.ts'
import { parseName } from '../domain/parse-name.ts'
import { reportDomain } from '../domain/report.ts'
import { DomainctlError } from '../errors.ts'
import { type Services, signalOf } from './services.ts'

/** Measures one name now, by what is asked for and else by what its domain is checked by. Takes no lease and changes nothing. */
export async function measureHealth(
  services: Services,
  input: string,
  { signal, onProgress, ...asked }: VerbOptions & HealthCheckOptions,
): Promise<HealthCheck> {
  const { name, wildcard } = parseName(input)
  if (wildcard) throw withoutServer(name)
  const measured = measuredOf(asked)
  const { store, settings, runtime } = services
  const there = await store.viewDomain(settings.tenant, name)
  const known = there?.domain.status === 'deleted' ? null : there
  const { names: _, ...kept } = (known?.domain.healthCheck || undefined) ?? {}
  onProgress?.({ name, message: 'measuring' })
  const probe = await services.healthProbe()
  const measurement = await probe.measure({ name, ...kept, ...measured }, { signal: signalOf({ ...(signal && { signal }) }) })
  const observation = judgeHealth(measurement)
  const error = errorOf(name, observation)
  return {
    name,
    domain:
      known && reportDomain(known.domain, known.certificate, known.records, runtime.clock.now(), known.deployments, known.health),
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
