import type { CaContext } from './ca-context.ts'
import { asProblem } from './problem.ts'
import { moveOrder } from './progress.ts'
import type { Order } from './resources.ts'

/** CA/Browser Forum Baseline Requirements §3.2.2.8: what was seen of CAA may be relied on for so long. */
const CAA_LASTS_MS = 8 * 3_600_000

/**
 * Looks at CAA again for each name of an order that is processing and whose proof is old, since its records may forbid by
 * now. A refusal ends the order (RFC 8555 §7.1.6); of several the first name's is told.
 * @throws AcmeProblem `caa`, `dns`, `serverInternal`
 */
export async function checkCaaAgain(context: CaContext, order: Order): Promise<void> {
  const { ledger, runtime, stopping, validation } = context
  const now = runtime.clock.now().getTime()
  const proofs = order.authorizations.map(({ challenges, ...others }) => ({
    ...others,
    proof: challenges.find(({ validated }) => validated),
  }))
  const checks = proofs
    .filter(({ proof }) => !proof?.validated || now - proof.validated.getTime() > CAA_LASTS_MS)
    .map(({ name, wildcard, account, proof }) =>
      validation.caa({ name, wildcard, accountUrl: account.url, method: proof?.type ?? 'dns-01' }, stopping),
    )
  for (const result of await Promise.allSettled(checks)) {
    if (result.status === 'fulfilled') continue
    const problem = asProblem(result.reason, 'CAA could not be looked at for a reason of its own.')
    moveOrder(ledger, order, 'failed', problem.document)
    throw problem
  }
}
