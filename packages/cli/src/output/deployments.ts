import type { DeploymentOutcome, DeploymentReport } from '@domainctl/core'
import { when } from '../time.ts'
import type { Meaning, Paint } from './paint.ts'
import { hanging } from './prose.ts'
import { printable } from './text.ts'

const MEANING: Record<DeploymentOutcome['done'], Meaning> = {
  deployed: 'good',
  unchanged: 'good',
  'rolled back': 'waiting',
  failed: 'bad',
}

/** What was done at each target, a line each; of one that failed the error says why. */
export function deploymentLines(
  deployments: readonly Pick<DeploymentOutcome, 'target' | 'done' | 'proven' | 'warnings'>[],
  paint: Paint,
  columns?: number,
): string[] {
  return deployments.flatMap(({ target, done, proven, warnings }) => {
    const how = done === 'failed' ? '' : proven ? ', and is served (handshake)' : ', not proven (no proveAt)'
    const lines = warnings.flatMap((text) => hanging(printable(text), { lead: `    ${paint('waiting', 'note')}: `, columns }))
    const what = `${paint(MEANING[done], done)} ${done === 'unchanged' ? 'at' : 'to'} ${printable(target)}${how}`
    return [...hanging(what, { lead: '  ', columns }), ...lines]
  })
}

/** Where a domain's certificate serves, as rows of `show`. */
export function deploymentFacts(deployments: readonly DeploymentReport[], now: Date, paint: Paint): [string, string][] {
  return deployments.flatMap(({ target, status, live, nextAttemptAt, error }, i): [string, string][] => {
    const meaning = status === 'deployed' ? 'good' : status === 'failed' ? 'bad' : 'waiting'
    const since = live ? `, since ${when(new Date(live.at), now)}${live.proven ? ', proven' : ''}` : ''
    const again = nextAttemptAt === undefined ? '' : `, tried again ${when(new Date(nextAttemptAt), now)}`
    const shown = `${printable(target)} ${paint(meaning, status)}${status === 'deployed' ? since : again}`
    const why = error ? [['', printable(`${error.message} (${error.code})`)] as [string, string]] : []
    return [[i === 0 ? 'serves at' : '', shown], ...why]
  })
}

/** What `--json` says of each. */
export function shownOutcome({ error, ...rest }: DeploymentOutcome) {
  return { ...rest, ...(error && { error: { code: error.code, message: error.message } }) }
}
