import { overNames } from '../batch.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { nextAfterFailure } from '../next.ts'
import { mark } from '../output/marks.ts'
import { printable } from '../output/text.ts'
import { quote } from '../quote.ts'
import type { Outcome } from '../verb.ts'

export interface ReleaseFlags extends Omit<NameFlags, 'all'> {
  reason?: string
}

const QUESTION = {
  doing: 'Erasing certificates and keys of',
  ask: 'Erase certificates and keys, and end the quarantine, of',
  declined: 'Nothing was released.',
} as const

/** `release NAME…`: ends the quarantine of removed domains. */
export async function release(context: Context, typed: string[], { reason, ...flags }: ReleaseFlags): Promise<number> {
  const names = await namesFor(context, typed, flags)
  await confirm(context, names, QUESTION)
  const { paint } = context.output
  return overNames(context, names, {
    work: async (domainctl, given, o): Promise<Outcome & { erased: boolean }> => {
      const { name, erased } = await domainctl.release(given, { ...o, ...(reason !== undefined && { reason }) })
      const domain = erased ? null : await domainctl.get(name)
      return { domain, erased, next: [{ command: `domainctl add ${quote(name)}`, why: 'adds it anew, in any tenant' }] }
    },
    afterFailure: (name, error) => nextAfterFailure('release', name, error),
    describe: (result) => {
      if (!('erased' in result)) return []
      const kept = result.erased
        ? 'nothing of it is left but its audit'
        : 'it is kept in the state all the same, for a key that was said to be in wrong hands'
      return [`${mark(paint, 'ok')} ${printable(result.name)} is released; ${kept}.`]
    },
  })
}
