import type { CaContext } from './ca-context.ts'
import { malformed } from './payload.ts'
import { AcmeProblem } from './problem.ts'
import { settleOrder } from './progress.ts'
import { certificateOf } from './renewal-info.ts'
import type { Account, Certificate } from './resources.ts'

/**
 * The certificate that a new order says to replace (RFC 9773 §5), with the checks of that section and the answers of Let's
 * Encrypt to what does not pass them.
 * @param replaces the member of the order
 * @returns undefined when it replaces none
 * @throws AcmeProblem `malformed`, `unauthorized`, `alreadyReplaced`
 */
export function readReplaced(
  context: CaContext,
  replaces: unknown,
  { account, names, now }: { account: Account; names: readonly string[]; now: Date },
): Certificate | undefined {
  if (replaces === undefined || !context.settings.renewalInfo) return undefined
  if (typeof replaces !== 'string') throw malformed('The replaces has to be a string.')
  const certificate = certificateOf(context, replaces)
  if (certificate.account !== account)
    throw new AcmeProblem('unauthorized', 403, 'The certificate to be replaced was issued to another account.')
  if (!certificate.issued.names.some((name) => names.includes(name)))
    throw malformed('The order has no name of the certificate that it is to replace.')
  const { replacedBy } = certificate
  if (replacedBy) settleOrder(context.ledger, replacedBy, now)
  // An order that has come to nothing has replaced nothing.
  if (replacedBy && replacedBy.status !== 'invalid')
    throw new AcmeProblem('alreadyReplaced', 409, 'Another order replaces this certificate already.')
  return certificate
}
