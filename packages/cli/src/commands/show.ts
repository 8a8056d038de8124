import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { nextAfterFailure } from '../next.ts'
import { domainDetails } from '../output/domain.ts'

/** `show NAME`: all that the state knows of a domain. */
export async function show(context: Context, name: string): Promise<number> {
  return overNames(context, [name], {
    work: async (domainctl, name) => ({ domain: await domainctl.get(name), next: [] }),
    afterFailure: (name, error) => nextAfterFailure('show', name, error),
    describe: ({ domain }) => (domain ? domainDetails(domain, context.io, context.output.paint) : []),
  })
}
