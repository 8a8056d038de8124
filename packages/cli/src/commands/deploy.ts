import { overNames } from '../batch.ts'
import type { Context } from '../context.ts'
import { type NameFlags, namesFor } from '../names.ts'
import { nextAfterFailure } from '../next.ts'
import { deploymentLines, shownOutcome } from '../output/deployments.ts'
import { shownName } from '../output/domain.ts'
import { mark } from '../output/marks.ts'
import { quote } from '../quote.ts'

export interface DeployFlags extends NameFlags {
  target?: string[]
  rollback?: boolean
  force?: boolean
}

/** `deploy NAME…`: the certificate to its targets, or back to the one before. */
export async function deploy(context: Context, typed: string[], flags: DeployFlags): Promise<number> {
  const { target, rollback = false, force = false } = flags
  const names = await namesFor(context, typed, flags)
  const { paint } = context.output
  const how = { ...(target && { targets: target }), rollback, force }
  const domainctl = flags.all ? await context.domainctl() : undefined
  const chosen = domainctl ? (await Promise.all(names.map((name) => domainctl.get(name)))).filter(hasTargets) : undefined
  return overNames(context, chosen?.map(({ name }) => name) ?? names, {
    work: async (domainctl, name, o) => {
      const { domain, deployments, error } = await domainctl.deploy(name, { ...how, ...o })
      const skipped = deployments.every(({ done }) => done === 'unchanged')
      const next = error
        ? [{ command: `domainctl show ${quote(domain.name)}`, why: 'says when it is tried again by itself' }]
        : []
      return { domain, ...(skipped && { skipped }), deployments: deployments.map(shownOutcome), ...(error && { error }), next }
    },
    afterFailure: (name, error) => nextAfterFailure('deploy', name, error),
    describe: (result) => {
      if (!('deployments' in result) || !result.domain) return []
      const head = `${mark(paint, result.error ? 'fail' : 'ok')} ${shownName(result.domain)}`
      return [head, ...deploymentLines(result.deployments, paint)]
    },
  })
}

function hasTargets({ deployments }: { deployments: readonly unknown[] }): boolean {
  return deployments.length > 0
}
