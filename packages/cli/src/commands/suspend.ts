import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { nextAfterFailure } from '../next.ts'
import { shownName } from '../output/domain.ts'
import { mark } from '../output/marks.ts'
import { columnsOf } from '../output/output.ts'
import { hanging } from '../output/prose.ts'
import { printable } from '../output/text.ts'
import { quote } from '../quote.ts'
import { when } from '../time.ts'

export interface SuspendFlags extends Omit<NameFlags, 'all'> {
  reason?: string
}

/** `suspend NAME…`: puts domains aside; what they serve goes on. */
export async function suspend(context: Context, typed: string[], flags: SuspendFlags): Promise<number> {
  const names = await namesFor(context, typed, flags)
  const { paint } = context.output
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const { domain, warnings } = await domainctl.suspend(name, {
        ...o,
        ...(flags.reason !== undefined && { reason: flags.reason }),
      })
      const next = [{ command: `domainctl resume ${quote(domain.name)}`, why: 'takes it up again' }]
      return { domain, warnings, next }
    },
    afterFailure: (name, error) => nextAfterFailure('suspend', name, error),
    describe: ({ domain }) => {
      if (!domain) return []
      const until = domain.certificate
        ? ` Its certificate ends ${when(new Date(domain.certificate.notAfter), context.io.now())}, and is not renewed.`
        : ''
      const why = domain.reason === undefined ? '' : ` (${printable(domain.reason)})`
      return hanging(`${shownName(domain)} is suspended${why}.${until}`, {
        lead: `${mark(paint, 'ok')} `,
        columns: columnsOf(context.io),
      })
    },
  })
}

/** `resume NAME…`: takes them up again. */
export async function resume(context: Context, typed: string[], flags: Omit<NameFlags, 'all'>): Promise<number> {
  const names = await namesFor(context, typed, flags)
  const { paint } = context.output
  return overNames(context, names, {
    work: async (domainctl, name, o) => {
      const domain = await domainctl.resume(name, o)
      const [command, why] = domain.certificate ? ['renew', 'renews it where that is due'] : ['verify', 'looks at its records']
      return { domain, next: [{ command: `domainctl ${command} ${quote(domain.name)}`, why }] }
    },
    afterFailure: (name, error) => nextAfterFailure('resume', name, error),
    describe: ({ domain }) => (domain ? [`${mark(paint, 'ok')} ${shownName(domain)} is ${domain.status}.`] : []),
  })
}
