import { DomainctlError, REVOCATION_REASONS, type RevocationReason } from '@domainctl/core'
import { overNames } from '../batch.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { nextAfterFailure } from '../next.ts'
import { shownName } from '../output/domain.ts'
import { mark } from '../output/marks.ts'
import { columnsOf } from '../output/output.ts'
import { hanging } from '../output/prose.ts'
import { quote } from '../quote.ts'

export interface RevokeFlags extends Omit<NameFlags, 'all'> {
  reason?: string
}

const QUESTION = {
  doing: 'Revoking the certificate of',
  ask: 'Revoke the certificate of',
  declined: 'Nothing was revoked.',
} as const

/** `revoke NAME…`: tells the CA that the live certificate of each name is not to be trusted any more. */
export async function revoke(context: Context, typed: string[], flags: RevokeFlags): Promise<number> {
  const reason = flags.reason === undefined ? undefined : reasonOf(flags.reason)
  const names = await namesFor(context, typed, flags)
  await confirm(context, names, QUESTION)
  const { paint } = context.output
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const { domain, serial, was } = await domainctl.revoke(name, { ...o, ...(reason !== undefined && { reason }) })
      const next = [{ command: `domainctl renew ${quote(domain.name)}`, why: 'gets a new certificate with a new key' }]
      return { domain, serial, was, next }
    },
    afterFailure: (name, error) => nextAfterFailure('revoke', name, error),
    describe: (result) => {
      if (!('serial' in result)) return []
      const { domain, serial, was } = result
      const said = was === 'revoked already' ? 'was revoked already' : 'is revoked'
      return [
        ...hanging(`The certificate ${serial} of ${shownName(domain)} ${said}. It is still where it was put: replace it there.`, {
          lead: `${mark(paint, 'ok')} `,
          columns: columnsOf(context.io),
        }),
      ]
    },
  })
}

function reasonOf(text: string): RevocationReason {
  const reason = REVOCATION_REASONS.find((reason) => reason.toLowerCase() === text.toLowerCase())
  if (reason) return reason
  throw new DomainctlError('USAGE', `--reason: expected one of ${REVOCATION_REASONS.join(', ')}.`, {
    hint: 'Leave it out if you do not want to give one.',
  })
}
