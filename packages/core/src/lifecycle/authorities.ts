import type { AuthorityStatus } from '../contracts/standing.ts'
import type { VerbOptions } from '../contracts/verb-options.ts'
import { toDomainctlError } from '../errors.ts'
import { accountInState, requireAgreement } from './account.ts'
import { isCounted } from './budget.ts'
import { type Services, signalOf } from './services.ts'

/**
 * Every CA of the configuration: whether its directory answers, and whether what an account there needs is at hand. Reads
 * directories and changes nothing.
 */
export async function authorities(services: Services, o: VerbOptions): Promise<AuthorityStatus[]> {
  const { settings, store, runtime } = services
  const circuits = await store.caCircuits(settings.cas)
  return Promise.all(
    settings.cas.map(async (ca) => {
      o.onProgress?.({ name: ca, message: 'reading the directory' })
      const account = await accountInState(services, ca)
      const circuit = circuits.find((one) => one.ca === ca && one.openUntil > runtime.clock.now())
      return {
        ca,
        account: account?.url ?? null,
        isCounted: isCounted(services, ca),
        ...(circuit && { rests: { until: circuit.openUntil, reason: circuit.reason } }),
        ...(await ask(services, ca, account?.url !== undefined, signalOf(o))),
      }
    }),
  )
}

/** What the CA says of itself, and what keeps an account from being made there. */
async function ask(
  services: Services,
  ca: string,
  hasAccount: boolean,
  signal: AbortSignal,
): Promise<Pick<AuthorityStatus, 'error' | 'isReachable' | 'terms' | 'clockAheadMs'>> {
  let said: Pick<AuthorityStatus, 'isReachable' | 'terms' | 'clockAheadMs'> = { isReachable: false }
  try {
    const description = await (await services.issuer(ca)).describe({ signal })
    const { clockAheadMs, termsOfService: terms } = description
    said = { isReachable: true, ...(terms !== undefined && { terms }), ...(clockAheadMs !== undefined && { clockAheadMs }) }
    if (!hasAccount) await requireAgreement(services, ca, description, { signal, onlyLooks: true })
    return said
  } catch (error) {
    signal.throwIfAborted()
    return { ...said, error: toDomainctlError(error) }
  }
}
